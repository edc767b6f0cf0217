"""The host as a whole: what serves each function, started together and stopped together."""

import asyncio
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from aiohttp import web

from local.host import app, host_json, logs
from local.host.app_settings import AppSettings
from local.host.crash import CrashingInvoker, CrashPoint
from local.host.event_grid import EventGridWebhook
from local.host.functions import Function
from local.host.host_json import HostJson
from local.host.http_trigger import HttpTriggers
from local.host.invocation import Invoker
from local.host.keys import Keys
from local.host.refusals import Refused
from local.host.service_bus import ServiceBusListener
from local.host.timer import TimerListener
from local.host.uploads import Subscription, UploadWatcher
from local.lifetime import announce, until_stopped

_GRACE_S: Final = 5.0
_SERVED: Final = ("eventGridTrigger", "httpTrigger", "serviceBusTrigger", "timerTrigger")


class Listener(Protocol):
    """What feeds one function."""

    async def run(self) -> None:
        """Serve until stopped."""

    async def stop(self, *, grace_s: float) -> None:
        """Take nothing more; give what runs up to `grace_s`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the host was started."""

    folder: Path
    port: int
    key: str
    uploads: Sequence[str] = ()
    with_parent: bool = False
    crash_at: str = ""


class Host:
    """One function app, served; raises Refused while it is built where the app cannot be."""

    def __init__(self, options: Options, environment: Mapping[str, str]) -> None:
        self._options = options
        settings = AppSettings(environment)
        configuration = host_json.read(options.folder)
        self._functions = {function.name: function for function in app.load(options.folder)}
        for function in self._functions.values():
            _check_served(function)
        self._invoker = _invoker(configuration.function_timeout_s, options.crash_at)
        if options.crash_at and CrashPoint.parse(options.crash_at).function not in self._functions:
            raise Refused(f"{options.crash_at} names no function")
        self._listeners: list[Listener] = [
            *(
                ServiceBusListener(function, settings, configuration.extensions.service_bus, self._invoker)
                for function in self._with("serviceBusTrigger")
            ),
            *(TimerListener(function, settings, self._invoker) for function in self._with("timerTrigger")),
        ]
        self._web = self._web_application(configuration)
        self._watchers = [self._watcher(text, settings) for text in options.uploads]

    async def run(self) -> None:
        """Serve until stopped; what runs then gets five seconds."""
        asyncio.get_running_loop().set_exception_handler(logs.tell_unhandled)
        runner = web.AppRunner(self._web, access_log=None, shutdown_timeout=_GRACE_S)
        await runner.setup()
        try:
            with socket.create_server(("127.0.0.1", self._options.port)) as listening:
                await web.SockSite(runner, listening).start()
                port: int = listening.getsockname()[1]
                await self._serve(port, runner)
        finally:
            self._invoker.stop()

    async def _serve(self, port: int, runner: web.AppRunner) -> None:
        async with asyncio.TaskGroup() as group:
            for listener in self._listeners:
                group.create_task(listener.run())
            watching = [
                group.create_task(watcher.run(f"http://127.0.0.1:{port}")) for watcher in self._watchers
            ]
            stopped = group.create_task(until_stopped(with_parent=self._options.with_parent))
            await asyncio.sleep(0)  # so that a signal is heeded by the time anyone knows that we serve
            announce("host", port=port, functions=sorted(self._functions))
            await stopped
            for watcher_task in watching:
                watcher_task.cancel()
            await asyncio.gather(
                runner.cleanup(), *(listener.stop(grace_s=_GRACE_S) for listener in self._listeners)
            )

    def _web_application(self, configuration: HostJson) -> web.Application:
        keys = Keys(self._options.key)
        events = {function.name: function for function in self._with("eventGridTrigger")}
        http = HttpTriggers(
            self._with("httpTrigger"),
            self._invoker,
            keys,
            prefix=configuration.extensions.http.route_prefix,
        )
        application = web.Application(client_max_size=100 * 1024 * 1024)
        application.router.add_get("/admin/host/status", _status)
        application.add_routes(EventGridWebhook(events, self._invoker, keys).routes())
        application.add_routes(http.routes())
        return application

    def _watcher(self, text: str, settings: AppSettings) -> UploadWatcher:
        subscription = Subscription.parse(text)
        function = self._functions.get(subscription.function)
        if function is None or function.trigger.type != "eventGridTrigger":
            raise Refused(f"{subscription.function} is no function with an Event Grid trigger")
        return UploadWatcher(subscription, settings, key=self._options.key)

    def _with(self, trigger_type: str) -> list[Function]:
        return [function for function in self._functions.values() if function.trigger.type == trigger_type]


def _invoker(timeout_s: float | None, crash_at: str) -> Invoker:
    if not crash_at:
        return Invoker(timeout_s=timeout_s)
    return CrashingInvoker(timeout_s=timeout_s, point=CrashPoint.parse(crash_at))


def _check_served(function: Function) -> None:
    """Refuse what Azure would serve and this host does not, rather than leave it unserved."""
    if function.trigger.type not in _SERVED:
        raise Refused(f"function {function.name}: the local host serves no {function.trigger.type}")
    others = set(function.inputs) - {function.trigger.parameter}
    if others:
        raise Refused(
            f"function {function.name}: the local host serves no input bindings ({', '.join(sorted(others))})"
        )
    for value in (*function.outputs.values(), function.returns):
        if value is not None and value.declared_type != "http":
            raise Refused(f"function {function.name}: the local host serves no {value.declared_type} output")


async def _status(request: web.Request) -> web.Response:
    return web.json_response({"state": "Running"})


def serve(options: Options) -> int:
    """The exit code of a whole life: 0 stopped, 1 a bug, 3 refused."""
    logs.configure()
    try:
        host = Host(options, os.environ)
    except Refused as refusal:
        sys.stderr.write(f"refused: {refusal}\n")
        return 3
    try:
        asyncio.run(host.run())
    except KeyboardInterrupt:
        return 0
    except BaseException as bug:  # noqa: BLE001 - it ends the host; said here because a traceback would tell texts
        for error in _leaves(bug):
            sys.stderr.write(f"crashed: {logs.told(error)}\n")
        return 1
    return 0


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for part in error.exceptions for leaf in _leaves(part)]
    return [error]
