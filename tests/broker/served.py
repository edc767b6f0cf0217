"""A broker for one test: on a thread with a loop of its own, so that the synchronous SDK can block the test's."""

import asyncio
import base64
import hashlib
import hmac
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.broker.configuration import load
from local.broker.server import Broker

KEY = "a-key-for-tests"
ENTITIES = Path(__file__).with_name("entities.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Where a broker listens and how to get in."""

    port: int
    key: str = KEY

    @property
    def host(self) -> str:
        """Return the namespace as the SDK wants it."""
        return f"127.0.0.1:{self.port}"

    def connection_string(self, key: str | None = None) -> str:
        """Return a connection string, with another key if one is given."""
        return (
            f"Endpoint=sb://{self.host};SharedAccessKeyName=RootManageSharedAccessKey;"
            f"SharedAccessKey={key or self.key};UseDevelopmentEmulator=true;"
        )

    def connection_string_of_token(self, token: str) -> str:
        """Return a connection string that holds a ready token instead of a key."""
        return f"Endpoint=sb://{self.host};SharedAccessSignature={token};UseDevelopmentEmulator=true;"

    def token(
        self,
        path: str,
        *,
        seconds: float = 600,
        key: str | None = None,
        name: str = "RootManageSharedAccessKey",
        host: str | None = None,
    ) -> str:
        """Return a shared access signature for the path."""
        resource = urllib.parse.quote_plus(f"sb://{host or self.host}/{path}")
        expiry = int(time.time() + seconds)
        digest = hmac.new(
            (key or self.key).encode(), f"{resource}\n{expiry}".encode(), hashlib.sha256
        ).digest()
        signature = urllib.parse.quote_plus(base64.b64encode(digest))
        return f"SharedAccessSignature sr={resource}&sig={signature}&se={expiry}&skn={name}"


@contextmanager
def serve(*, cut_holds_sessions: bool = False) -> Iterator[Served]:
    """Yield a broker with the entities of entities.json, empty."""
    started: list[Served] = []
    ready, stop = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        async with Broker(load(ENTITIES), KEY, cut_holds_sessions=cut_holds_sessions) as broker:
            started.append(Served(port=broker.port))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="broker")
    thread.start()
    try:
        assert ready.wait(10), "the broker did not start"
        yield started[0]
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join(10)
        assert not thread.is_alive()
