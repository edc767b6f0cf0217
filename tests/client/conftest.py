"""The parts the command talks to, without the functions: tests play what those would say."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiohttp import web

from client.target import Target
from tests.clouds import CloudThread


@pytest.fixture(scope="session")
def services() -> Iterator[CloudThread]:
    """Storage, bus and model server; no host."""
    with CloudThread(parts=("azurite", "broker", "model_server")) as running:
        yield running


class Webhook:
    """A functions host that takes every event, or answers what it is told to."""

    def __init__(self) -> None:
        self.status = 202
        self.requests: list[tuple[dict[str, str], str, dict[str, Any]]] = []

    async def take(self, request: web.Request) -> web.Response:
        event = await request.json()
        self.requests.append((dict(request.query), request.headers["aeg-event-type"], event))
        return web.Response(status=self.status)


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    hook = Webhook()
    app = web.Application()
    app.router.add_post("/runtime/webhooks/eventgrid", hook.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}"  # type: ignore[attr-defined]
    yield hook
    await runner.cleanup()
    await asyncio.sleep(0)


@pytest.fixture
def target(services: CloudThread, webhook: Webhook) -> Target:
    settings = {**services.settings, "TUNEGATE_HOST": webhook.url, "TUNEGATE_HOST_KEY": "hook-key"}
    return Target(settings=settings, origin="the tests")
