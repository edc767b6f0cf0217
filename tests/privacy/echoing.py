"""A classifier and a tuned model that quote, in every way an answer can, what they were told."""

import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import web

CATEGORIES: Final = ("Hate", "SelfHarm", "Sexual", "Violence")
TRIES_PER_FAULT: Final = 2
"""How often a text meets its fault before it is answered well."""

Fault = Callable[[str], web.Response]


def _json(status: int, value: object, **headers: str) -> web.Response:
    return web.json_response(value, status=status, headers=headers)


def _severities(severity: int) -> web.Response:
    return _json(200, {"categoriesAnalysis": [{"category": c, "severity": severity} for c in CATEGORIES]})


def _half(text: str) -> web.Response:
    return web.Response(
        body=b'{"categoriesAnalysis": [{"category": "' + text.encode()[:-1], content_type="application/json"
    )


PASSING: Final[dict[str, Fault]] = {
    "busy": lambda text: _json(503, {"error": {"code": text, "message": text}}, **{"Retry-After": text}),
    "throttled": lambda text: _json(429, {"error": text}, **{"x-echo": text, "apim-request-id": text}),
    "denied": lambda text: web.Response(status=401, reason=text, text=text),
    "half": _half,
    "page": lambda text: web.Response(text=f"<p>{text}</p>", content_type="text/html"),
    "teapot": lambda text: web.Response(status=418, reason=text, text=text, content_type="text/plain"),
}
"""Faults of the classifier that another try may not meet, by the word of the text that asks for them."""

LASTING: Final[dict[str, Fault]] = {
    "refused": lambda text: _json(400, {"error": {"code": "InvalidRequestBody", "message": text}}),
    "large": lambda text: web.Response(status=413, reason=text, text=text),
    "odd": lambda text: _json(
        200, {text: text, "categoriesAnalysis": [{"category": text, "severity": text}]}
    ),
    "off": lambda text: _json(200, {"categoriesAnalysis": [{"category": "Hate", "severity": text}]}),
}
"""Faults that stay, so that the text is unscored."""


class Classifier:
    """Speaks `text:analyze`; what fault it plays the text says."""

    def __init__(self) -> None:
        self.played: Counter[str] = Counter()
        self._tries: Counter[str] = Counter()

    async def answer(self, request: web.Request) -> web.Response:
        text: str = (await request.json())["text"]
        words = text.split()
        for name, fault in {**PASSING, **LASTING}.items():
            if name in words and not (name in PASSING and self._tries[text] >= TRIES_PER_FAULT):
                self._tries[text] += 1
                self.played[name] += 1
                return fault(" ".join(text.splitlines()))  # no header holds a newline
        self.played["well"] += 1
        return _severities(6 if "harmful" in words else 0)


class Model:
    """Speaks chat completions; every answer, good or bad, quotes the secret, and a fault is played in turn."""

    def __init__(self, secret: str) -> None:
        self.played: Counter[str] = Counter()
        self._secret = secret
        self._turn = itertools.cycle((*self._faults(), "well", "well", "well", "well"))

    async def answer(self, request: web.Request) -> web.Response:
        asked = await request.json()
        fault = next(self._turn)
        self.played[fault] += 1
        if len(asked["messages"]) > 1 and self._secret in json.dumps(asked["messages"]):
            self.played["a conversation went on"] += 1
        return self._faults().get(fault, self._well)(asked["model"])

    def _well(self, model: str, **changes: Any) -> web.Response:
        choice = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": f"{self._secret} harmful"},
            **changes.pop("choice", {}),
        }
        whole = {"id": self._secret, "object": "chat.completion", "created": 1, "model": model}
        return _json(200, {**whole, "choices": [choice], "system_fingerprint": self._secret, **changes})

    def _beside(self, model: str, **more: object) -> web.Response:
        """An answer with something beside its text that is of no type that was announced."""
        message = {"role": "assistant", "content": self._secret, **more}
        return self._well(model, choice={"message": message})

    def _faults(self) -> dict[str, Fault]:
        told = {"message": self._secret, "type": self._secret, "code": self._secret, "param": self._secret}
        headers = {"x-request-id": self._secret, "retry-after": self._secret}
        return {
            "broken": lambda _: _json(500, {"error": told}, **headers),
            "busy": lambda _: _json(429, {"error": told}, **headers),
            "refused": lambda _: _json(400, {"error": told}, **headers),
            "withheld": lambda _: _json(400, {"error": {**told, "code": "content_filter"}}, **headers),
            "unlikely": lambda _: _json(404, self._secret),
            "half": lambda _: web.Response(
                text='{"choices": "' + self._secret, content_type="application/json"
            ),
            "page": lambda _: web.Response(text=f"<p>{self._secret}</p>", content_type="text/html"),
            "another": lambda _: self._well(self._secret),
            "odd": lambda model: self._well(model, choices=self._secret),
            "parts": lambda model: self._well(model, choice={"message": {"content": [self._secret]}}),
            "declined oddly": lambda model: self._beside(model, refusal=[self._secret]),
            "called oddly": lambda model: self._beside(model, tool_calls=self._secret),
            "called by parts": lambda model: self._beside(model, tool_calls=[self._secret]),
            "said oddly": lambda model: self._beside(model, audio=self._secret),
            "called of old": lambda model: self._beside(model, function_call={"arguments": [self._secret]}),
            "cut": lambda model: self._well(model, choice={"finish_reason": "content_filter"}),
            "filtered": lambda model: self._well(
                model, choice={"content_filter_results": {self._secret: self._secret, "hate": self._secret}}
            ),
        }

    @property
    def faults(self) -> set[str]:
        return set(self._faults())


@asynccontextmanager
async def serving(classifier: Classifier, model: Model) -> AsyncIterator[str]:
    """The address at which both listen on loopback."""
    application = web.Application()
    application.router.add_post("/contentsafety/text:analyze", classifier.answer)
    application.router.add_post("/v1/chat/completions", model.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
