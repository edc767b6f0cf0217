"""The HTTP surface: one model and its chat completions under /v1, in OpenAI's shape."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from typing import Final, Protocol

import msgspec
from aiohttp import web

from local.model_server.chat import ChatRequest
from local.model_server.middlewares import errors_in_openai_shape, key_check, log_without_text
from local.model_server.replies import ApiError, Body, json_response
from local.smollm2.engine import Completion, ContextExceeded

MODEL: Final = "smollm2-135m-instruct"
MAX_BODY_BYTES: Final = 1 << 20


class Answering(Protocol):
    """Answers conversations; `engine.Engine` is one."""

    def answer(self, messages: Sequence[tuple[str, str]], *, limit: int, **sampling: float) -> Completion: ...


class SmolService:
    """One server: its model, the key it asks for and how long an answer may be."""

    def __init__(self, engine: Answering, *, key: str, longest: int) -> None:
        self._engine = engine
        self._key = key
        self._longest = longest
        self._started_s = int(time.time())

    def application(self) -> web.Application:
        """Yield the application to serve."""
        app = web.Application(
            middlewares=[log_without_text, errors_in_openai_shape, key_check(self._key)],
            client_max_size=MAX_BODY_BYTES,
        )
        app.add_routes(
            [
                web.get("/v1/models", self.list_models),
                web.post("/v1/chat/completions", self.create_completion),
            ]
        )
        return app

    async def list_models(self, _: web.Request) -> web.Response:
        """Answer with the one model."""
        model = {"id": MODEL, "object": "model", "created": self._started_s, "owned_by": "HuggingFaceTB"}
        return json_response({"object": "list", "data": [model]})

    async def create_completion(self, request: web.Request) -> web.Response:
        """Answer a conversation."""
        asked = await _decoded(request)
        if asked.model != MODEL:
            raise ApiError(404, "There is no such model.", code="model_not_found", param="model")
        asked.prompt()  # refuses what is not served
        sampling = {"temperature": asked.temperature, "seed": asked.seed}
        try:
            completion = await asyncio.to_thread(
                self._engine.answer,
                [(message.role, message.text) for message in asked.messages],
                limit=min(filter(None, (self._longest, asked.max_tokens, asked.max_completion_tokens))),
                **{name: value for name, value in sampling.items() if value is not None},
            )
        except ContextExceeded:
            raise ApiError(
                400, "The conversation is too long for the model.", code="context_length_exceeded"
            ) from None
        except (ValueError, RuntimeError):  # its words may quote the conversation
            raise ApiError(500, "The model gave no answer.") from None
        return json_response(_body(completion))


async def _decoded(request: web.Request) -> ChatRequest:
    """Yield the request; raise ApiError that names the place, never the value."""
    body = await request.read()
    try:
        return msgspec.json.decode(body, type=ChatRequest)
    except msgspec.ValidationError as error:
        # With no Literal or Enum in the shape, its words are types and field names of ours.
        raise ApiError(400, f"The body does not fit: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ApiError(400, "The body is not JSON.") from None


def _body(completion: Completion) -> Body:
    message = {"role": "assistant", "content": completion.text, "refusal": None}
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": MODEL,
        "choices": [
            {"index": 0, "message": message, "logprobs": None, "finish_reason": completion.finish_reason}
        ],
        "usage": {
            "prompt_tokens": completion.prompt_tokens,
            "completion_tokens": completion.tokens,
            "total_tokens": completion.prompt_tokens + completion.tokens,
        },
    }
