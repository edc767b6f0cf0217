"""An OpenAI-compatible server that answers after 200 ms: `python chat_server.py`; ends at the end of its stdin.

It prints its port, and at `/spans` gives what it saw since it was last asked: how many calls, a sum over what they
said, and the seconds from the first call's arrival to the last answer.
"""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from aiohttp import web

DELAY_S = 0.2
DECLINES = (
    "I'm sorry, but I can't help with that.",
    "What you describe could hurt somebody, and I would not want to add to it.",
    "If something weighs on you, I am glad to talk about it, or to name people who can help.",
)
SENTENCES = (
    "Start with a bowl of flour, a spoon of salt and water that is only just warm.",
    "Stir until no dry flour is left, then cover the bowl and leave it on the table overnight.",
    "In the morning the dough should have doubled and be full of small bubbles.",
    "Turn it out onto a floured board and fold it four times, as one folds a letter.",
    "Let it rest for half an hour while the oven heats up with a heavy pot inside.",
    "Lift the dough into the pot, put the lid on and bake it for thirty minutes.",
    "Then take the lid off and give it another quarter of an hour, until the crust is brown.",
    "A loaf that sounds hollow when one knocks on its underside is done.",
    "It keeps for three days in a cloth, and freezes well in slices.",
)


def answer_to(turns: Sequence[tuple[str, str]]) -> str:
    """The answer to a conversation of (role, text): every second one declines, and hardly two are the same."""
    draw = _number(turns)
    said = DECLINES if draw % 2 else SENTENCES
    first = draw // 2 % len(said)
    return " ".join((*said[first:], *said[:first], f"That was answer {draw % 1_000_000}."))


def sum_over(calls: Sequence[Sequence[tuple[str, str]]]) -> int:
    """The sum over the conversations of several calls: the same for the same calls, in whatever order."""
    return sum(map(_number, calls))


def _number(turns: Sequence[tuple[str, str]]) -> int:
    return int.from_bytes(sha256(repr([*turns]).encode()).digest()[:8], "big")


class ChatServer:
    """Answers, and keeps what a measurement needs of the calls."""

    def __init__(self) -> None:
        self._calls: list[list[tuple[str, str]]] = []
        self._first: float | None = None
        self._last = 0.0

    async def complete(self, request: web.Request) -> web.Response:
        arrived = time.perf_counter()
        self._first = self._first or arrived
        asked = await request.json()
        turns = [(turn["role"], _text(turn["content"])) for turn in asked["messages"]]
        self._calls.append(turns)
        answer = answer_to(turns)
        await asyncio.sleep(DELAY_S - (time.perf_counter() - arrived))
        self._last = time.perf_counter()
        return web.json_response(_completion(asked["model"], answer))

    async def spans(self, request: web.Request) -> web.Response:
        seen = {
            "calls": len(self._calls),
            "sum": sum_over(self._calls),
            "seconds": self._last - (self._first or self._last),
        }
        self._calls, self._first = [], None
        return web.json_response(seen)


def _text(content: str | list[Mapping[str, str]]) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _completion(model: str, answer: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 100, "total_tokens": 120},
    }


async def main() -> None:
    server = ChatServer()
    application = web.Application()
    application.router.add_post("/v1/chat/completions", server.complete)
    application.router.add_get("/spans", server.spans)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=512).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
