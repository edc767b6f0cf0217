"""The two SDKs behind one face: the same test body runs over the asynchronous and over the synchronous client."""

import inspect
from types import TracebackType
from typing import Any, Self

import azure.servicebus
import azure.servicebus.aio

from tests.broker.served import Served

# Blocking is well in a test: the broker runs on a thread of its own.
_CLIENTS = {"aio": azure.servicebus.aio.ServiceBusClient, "sync": azure.servicebus.ServiceBusClient}


class Face:
    """An object of the SDK whose calls are all awaited, whether they are coroutines or block."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __aenter__(self) -> Self:
        if hasattr(self.inner, "__aenter__"):
            await self.inner.__aenter__()
        else:
            self.inner.__enter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if hasattr(self.inner, "__aexit__"):
            await self.inner.__aexit__(kind, error, trace)
        else:
            self.inner.__exit__(kind, error, trace)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.inner, name)
        if name == "session":
            return Face(value)
        if not callable(value):
            return value
        if name.startswith("get_") and name.endswith(("_sender", "_receiver")):
            return lambda *args, **options: Face(value(*args, **options))

        async def call(*args: Any, **options: Any) -> Any:
            result = value(*args, **options)
            return await result if inspect.isawaitable(result) else result

        return call


def client(kind: str, served: Served, connection_string: str | None = None, **options: Any) -> Face:
    """Return a client without retries, so that a refusal shows at once."""
    text = connection_string or served.connection_string()
    return Face(_CLIENTS[kind].from_connection_string(text, retry_total=0, **options))
