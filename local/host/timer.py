"""Timer triggers: one run at a time, at the times of the schedule, in UTC."""

import asyncio
import json
from datetime import UTC, datetime

from azure.functions.meta import Datum

from local.host.app_settings import AppSettings
from local.host.functions import Function
from local.host.invocation import Invoker
from local.host.ncrontab import Schedule
from local.host.refusals import InvocationFailed, Refused


class TimerListener:
    """Calls one function on its schedule; nothing is kept over a restart, so no run is ever past due."""

    def __init__(self, function: Function, settings: AppSettings, invoker: Invoker) -> None:
        self._function = function
        self._invoker = invoker
        self._run_on_startup = function.trigger.flag("runOnStartup")
        self._task: asyncio.Task[None] | None = None
        self._calling = False
        self._stopping = False
        self._last = datetime.min.replace(tzinfo=UTC)
        try:
            self._schedule = Schedule.parse(settings.resolved(function.trigger.text("schedule")))
        except ValueError as error:
            raise Refused(f"function {function.name}: {error}") from error

    async def run(self) -> None:
        """Serve until stopped, or until the schedule has no more times."""
        self._task = asyncio.current_task()
        if self._run_on_startup:
            await self._call(self._schedule.after(datetime.now(UTC)))
        due = self._schedule.after(datetime.now(UTC))
        while due is not None and not self._stopping:
            await asyncio.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds()))
            following = self._schedule.after(due)
            await self._call(following)
            # Times missed while the function ran are made up for by one run, at once.
            now = datetime.now(UTC)
            due = following if following is None or following >= now else now

    async def stop(self, *, grace_s: float) -> None:
        """Call the function no more; a run under way gets `grace_s`."""
        self._stopping = True
        if self._task is None:
            return
        if self._calling:
            await asyncio.wait({self._task}, timeout=grace_s)
        self._task.cancel()

    async def _call(self, following: datetime | None) -> None:
        request = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": {
                "Last": self._last.isoformat(),
                "LastUpdated": self._last.isoformat(),
                "Next": following.isoformat() if following else None,
            },
            "IsPastDue": False,
        }
        self._last = datetime.now(UTC)
        self._calling = True
        try:
            await self._invoker.invoke(
                self._function, Datum(json.dumps(request), "json"), {}, subject="timer"
            )
        except InvocationFailed:
            return  # it is logged, and the next time on the schedule is its next try
        finally:
            self._calling = False
