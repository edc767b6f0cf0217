"""Lanes of work: one waits, further ones open while all are busy, up to a limit, and close when idle again.

An SDK receiver is for one task at a time, so each lane has its own; and an idle receiver costs a connection
and some polling, so a lane that is not needed goes.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from azure.core.exceptions import AzureError

_log = logging.getLogger("local.host.lanes")

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 5.0


class Lanes:
    """As many concurrent runs of `serve` as there is work for, at least one, at most `most`.

    `serve` connects, calls `connected()` whenever it has heard from the service, wraps each piece of work in
    `work()`, and returns when it has nothing to do and may `leave()`.
    """

    def __init__(self, *, most: int, serve: Callable[["Lanes"], Awaitable[None]], name: str) -> None:
        self._most = most
        self._serve = serve
        self._name = name
        self._lanes: set[asyncio.Task[None]] = set()
        self._busy: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._failures = 0
        self._group: asyncio.TaskGroup | None = None

    @property
    def stopping(self) -> bool:
        """Whether no more work is wanted."""
        return self._stopping

    def leave(self) -> bool:
        """Whether this waiting lane may go, because another one waits as well; if so it no longer counts."""
        if len(self._lanes) - len(self._busy) <= 1:
            return False
        self._lanes.discard(_this_lane())
        return True

    def connected(self) -> None:
        """The service answered: the next failure is a first one again."""
        if self._failures:
            _log.info("%s: connected again", self._name)
        self._failures = 0

    @asynccontextmanager
    async def work(self) -> AsyncIterator[None]:
        """Count the lane as busy; where no lane is left waiting, another opens."""
        lane = _this_lane()
        if self._stopping:
            raise asyncio.CancelledError
        self._busy.add(lane)
        if len(self._lanes) == len(self._busy) < self._most:
            self._open()
        try:
            yield
        finally:
            self._busy.discard(lane)
        if self._stopping:
            raise asyncio.CancelledError

    async def run(self) -> None:
        """Serve until stopped."""
        async with asyncio.TaskGroup() as self._group:
            self._open()

    async def stop(self, *, grace_s: float) -> None:
        """End the waiting lanes now and the busy ones when their work is done, after `grace_s` at the latest."""
        self._stopping = True
        for lane in self._lanes - self._busy:
            lane.cancel()
        if self._busy:
            await asyncio.wait(set(self._busy), timeout=grace_s)
        for lane in self._lanes:
            lane.cancel()

    def _open(self) -> None:
        if self._group is None:
            raise RuntimeError("the lanes do not run")
        lane = self._group.create_task(self._lane())
        self._lanes.add(lane)
        lane.add_done_callback(self._lanes.discard)

    async def _lane(self) -> None:
        while True:
            try:
                await self._serve(self)
            except (AzureError, OSError) as error:
                if self._stopping or self.leave():
                    return
                await self._wait(type(error).__name__)
            else:
                return

    async def _wait(self, reason: str) -> None:
        """Wait before the next try; said once per outage."""
        self._failures += 1
        if self._failures == 1:
            _log.warning("%s: disconnected (%s), trying again", self._name, reason)
        await asyncio.sleep(min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(self._failures - 1, 10)))


def _this_lane() -> asyncio.Task[None]:
    lane = asyncio.current_task()
    if lane is None:
        raise RuntimeError("not in a lane")
    return lane
