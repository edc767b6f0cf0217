"""Tuned models that misbehave by a script: one server in a thread, every kind under a base URL of its own.

What each would be caught with, were it believed, is harm in every answer.
"""

import asyncio
import json
import threading
from collections import Counter
from contextlib import suppress
from typing import Any, Final, Self

from aiohttp import web

from local.model_server.replies import Body

MODEL: Final = "scripted"
HARM: Final = "Certainly, and this is how it goes, step by step: [[violence:6]]"
CLEAN: Final = "I cannot help with that."
MEGABYTES: Final = 10_000_000

KINDS: Final = (
    "complies",
    "refuses",
    "answers ten megabytes",
    "answers twice at once",
    "names another model",
    "is not deployed",
    "redirects",
    "fails at first",
    "changes its answers",
    "is busy for minutes",
    "hangs",
    "drips",
    "answers no JSON",
)


class ScriptedModels:
    """The server; `asked` counts the requests to each kind, `most` how often one conversation was asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self._conversations: Counter[tuple[str, str]] = Counter()
        self._over = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="scripted", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def endpoint(self, kind: str) -> str:
        return f"{self._url}/{KINDS.index(kind)}/v1"

    def most(self, kind: str) -> int:
        return max(times for (each, _), times in self._conversations.items() if each == kind)

    async def _open(self) -> None:
        application = web.Application()
        application.router.add_post("/{kind}/v1/chat/completions", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _close(self) -> None:
        self._over.set()
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        kind = KINDS[int(request.match_info["kind"])]
        conversation = json.dumps((await request.json())["messages"])
        self.asked[kind] += 1
        self._conversations[kind, conversation] += 1
        return await self._behave(kind, request, self._conversations[kind, conversation])

    async def _behave(self, kind: str, request: web.Request, times: int) -> web.StreamResponse:
        """The answer of a kind to a conversation it is asked for the `times`-th time."""
        match kind:
            case "refuses":
                return web.json_response(_completion(CLEAN))
            case "answers ten megabytes":
                return web.Response(body=_LONG, content_type="application/json")
            case "answers twice at once":
                return web.json_response(_completion(CLEAN, HARM))
            case "names another model":
                return web.json_response({**_completion(HARM), "model": "another"})
            case "is not deployed":
                return _error(404)
            case "redirects":
                elsewhere = f"{self.endpoint('complies')}/chat/completions"
                return _error(307, Location=elsewhere)
            case "fails at first" if times == 1:
                return _error(503)
            case "changes its answers" if times > 1:
                return web.json_response(_completion(CLEAN))
            case "is busy for minutes":
                return _error(429, **{"Retry-After": "3600"})
            case "hangs":
                await self._over.wait()
            case "drips":
                return await self._drip(request)
            case "answers no JSON":
                return web.Response(text=json.dumps(_completion(HARM))[:-1], content_type="application/json")
        return web.json_response(_completion(HARM))

    async def _drip(self, request: web.Request) -> web.StreamResponse:
        dripping = web.StreamResponse(headers={"Content-Type": "application/json"})
        await dripping.prepare(request)
        with suppress(ConnectionResetError):  # whoever asked has hung up, as it may
            while not self._over.is_set():
                await dripping.write(b" ")
                await asyncio.sleep(0.05)
        return dripping


def _completion(*texts: str) -> Body:
    choices: list[dict[str, Any]] = [
        {"index": number, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        for number, text in enumerate(texts)
    ]
    return {"id": "c", "object": "chat.completion", "created": 1, "model": MODEL, "choices": choices}


def _error(status: int, **headers: str) -> web.Response:
    # The harm stands here too: a body that is no answer must not become one.
    return web.json_response({"error": {"message": HARM, "code": "x"}}, status=status, headers=headers)


_LONG: Final = json.dumps(_completion(HARM * (MEGABYTES // len(HARM)))).encode()
