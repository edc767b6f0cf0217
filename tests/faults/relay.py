"""A relay before a service, which plays faults a test asks for and remembers what it saw."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp
from aiohttp import web

from tests.journey import PATIENCE_S


@dataclass
class Fault:
    """What happens to the requests whose body holds `text`: every `every`-th of them is struck.

    With a status it is answered so; without one it is not answered until the fault is over.
    """

    text: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    every: int = 1
    seen: int = 0
    struck: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def takes(self, body: bytes) -> bool:
        if self.text.encode() not in body:
            return False
        self.seen += 1
        due = self.seen % self.every == 0
        self.struck += due
        return due


class Relay:
    """Listens on loopback from its start on; `upstream` may be named later."""

    def __init__(self) -> None:
        self.upstream = ""
        self._faults: list[Fault] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @contextmanager
    def playing(self, text: str, status: int | None = None, **how: Any) -> Iterator[Fault]:
        """The fault, while the context lasts."""
        fault = Fault(text, status, **how)
        self._faults.append(fault)
        try:
            yield fault
        finally:
            self._faults.remove(fault)
            self._loop.call_soon_threadsafe(fault.over.set)

    async def _open(self) -> None:
        self._client = aiohttp.ClientSession()
        application = web.Application(client_max_size=1 << 24)
        application.router.add_route("*", "/{rest:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _close(self) -> None:
        await self._runner.cleanup()
        await self._client.close()

    async def _handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        for fault in self._faults:
            if fault.takes(body):
                if fault.status is not None:
                    return web.json_response({"error": {}}, status=fault.status, headers=fault.headers)
                await fault.over.wait()
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        url = f"{self.upstream}{request.rel_url}"
        async with self._client.request(request.method, url, data=body, headers=headers) as answer:
            kept = {
                name: value
                for name, value in answer.headers.items()
                if name.lower() == "x-tunegate-classifier"
            }
            return web.Response(
                status=answer.status,
                body=await answer.read(),
                content_type=answer.content_type,
                headers=kept,
            )


async def until(condition: Callable[[], Any], what: str, timeout_s: float = PATIENCE_S) -> None:
    """Return once the condition holds."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 -- what is waited for happens in other processes
            await asyncio.sleep(0.05)
    assert condition(), what
