"""One call of a function: arguments decoded, awaited or run in a thread, outputs encoded, and told by name and id."""

import asyncio
import logging
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from azure.functions.meta import Datum

from local.host.converters import as_metadata, decoded, encoded
from local.host.functions import Function
from local.host.invocation_context import InvocationContext, Output
from local.host.logs import told
from local.host.refusals import InvocationFailed

_log = logging.getLogger("local.host.invocation")


class UnexpectedReturn(RuntimeError):
    """A function without a $return binding returned a value."""


class CancelledItself(RuntimeError):
    """A function ended as cancelled although nobody had cancelled it."""


class TimedOut(RuntimeError):
    """A function took longer than host.json's functionTimeout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What a function gave back: its return value and its output bindings, as the host receives them."""

    returned: Datum | None
    set: Mapping[str, Datum]


class Invoker:
    """Calls functions: coroutines on the running loop, plain functions in a pool of threads."""

    def __init__(self, *, timeout_s: float | None) -> None:
        self._timeout_s = timeout_s
        self._threads = ThreadPoolExecutor(thread_name_prefix="function")

    async def invoke(
        self, function: Function, data: Datum | None, metadata: Mapping[str, object], *, subject: str
    ) -> Outputs:
        """What the function gave back; raises InvocationFailed, and logs why by type and place, never by message.

        `subject` names what was delivered, such as a message's id.
        """
        invocation = str(uuid.uuid4())
        started = time.monotonic()
        try:
            outputs = await self._run(function, data, metadata, invocation)
        except Exception as error:  # noqa: BLE001 - whatever an app raises, its work is not done
            _log.error(
                "%s: invocation %s of %s failed after %.3f s: %s",
                function.name,
                invocation,
                subject,
                time.monotonic() - started,
                told(error),
            )
            raise InvocationFailed(type(error).__name__) from None
        _log.info(
            "%s: invocation %s of %s succeeded after %.3f s",
            function.name,
            invocation,
            subject,
            time.monotonic() - started,
        )
        return outputs

    def stop(self) -> None:
        """Take no more calls; threads that still run a function are left behind."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(
        self, function: Function, data: Datum | None, metadata: Mapping[str, object], invocation: str
    ) -> Outputs:
        parameter = function.trigger.parameter
        outputs = {name: Output() for name in function.outputs}
        arguments: dict[str, object] = {
            parameter: decoded(function.inputs[parameter].binding_type, data, as_metadata(metadata)),
            **outputs,
        }
        if function.wants_context:
            arguments["context"] = InvocationContext(
                invocation=invocation, function=function.name, directory=function.directory
            )
        returned = await self._call(function, arguments)
        if returned is not None and not function.may_return:
            raise UnexpectedReturn
        given = {name: output.get() for name, output in outputs.items()}
        return Outputs(
            returned=None
            if function.returns is None
            else encoded(function.returns.binding_type, returned, function.returns.pytype),
            set={
                name: encoded(function.outputs[name].binding_type, value, function.outputs[name].pytype)
                for name, value in given.items()
                if value is not None
            },
        )

    async def _call(self, function: Function, arguments: Mapping[str, object]) -> object:
        running: asyncio.Future[object]
        if function.is_async:
            running = asyncio.ensure_future(function.call(**arguments))
        else:
            loop = asyncio.get_running_loop()
            running = loop.run_in_executor(self._threads, lambda: function.call(**arguments))
        try:
            done, _ = await asyncio.wait({running}, timeout=self._timeout_s)
        except asyncio.CancelledError:
            running.cancel()
            raise
        if not done:
            running.cancel()
            raise TimedOut
        if running.cancelled():
            raise CancelledItself
        return running.result()
