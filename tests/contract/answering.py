"""A server that answers every request alike and remembers what came: for faults no real server plays."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass
class Answering:
    """What is answered, and the bodies that came."""

    url: str
    bodies: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def answering(
    status: int, body: bytes = b"{}", headers: Mapping[str, str] | None = None
) -> AsyncIterator[Answering]:
    """A server on loopback that gives this one answer to everything."""
    kept = Answering(url="")

    async def answer(request: web.Request) -> web.Response:
        kept.bodies.append(await request.read())
        return web.Response(
            status=status, body=body, headers={"Content-Type": "application/json", **(headers or {})}
        )

    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", answer)
    async with TestServer(application, host="127.0.0.1") as server:
        kept.url = str(server.make_url("")).rstrip("/")
        yield kept
