"""A chat completion: the request as far as it is understood, and the answer in OpenAI's shape."""

import hashlib
import re
import time
from collections.abc import Iterable

import msgspec

from local.model_server.replies import ApiError, Body
from local.model_server.training_file import Message, Prompt

_WORD = re.compile(r"\S+")


class ChatRequest(msgspec.Struct, frozen=True):
    """The body of a chat completion; the temperature is checked and otherwise without effect."""

    model: str
    messages: list[Message]
    temperature: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n: int | None = None
    stream: bool | None = None

    def prompt(self) -> Prompt:
        """Yield what is to be answered; raise ApiError where the request asks for what is not served."""
        if self.stream:
            raise ApiError(400, "Streaming is not served.", code="unsupported_value", param="stream")
        if self.n not in (None, 1):
            raise ApiError(400, "Only one choice is served.", code="unsupported_value", param="n")
        if self.temperature is not None and not 0 <= self.temperature <= 2:
            raise ApiError(400, "The temperature is not between 0 and 2.", param="temperature")
        for name, limit in (
            ("max_tokens", self.max_tokens),
            ("max_completion_tokens", self.max_completion_tokens),
        ):
            if limit is not None and limit < 1:
                raise ApiError(400, "The limit of tokens is not positive.", param=name)
        for position, message in enumerate(self.messages):
            if message.defect is not None:
                raise ApiError(400, f"The message {message.defect}.", param=f"messages[{position}]")
        prompt = Prompt.of(self.messages)
        if prompt is None:
            raise ApiError(400, "The conversation has no user's turn.", param="messages")
        return prompt

    def completion(self, answer: str) -> Body:
        """Yield the completion that carries the answer; a word counts as a token, and the rest is cut off."""
        limits = [limit for limit in (self.max_tokens, self.max_completion_tokens) if limit is not None]
        ends = [word.end() for word in _WORD.finditer(answer)]
        allowed = min([len(ends), *limits])
        asked = sum(_words(message.text for message in self.messages))
        finish_reason = "stop"
        if allowed < len(ends):
            answer, finish_reason = answer[: ends[allowed - 1]], "length"
        request = msgspec.json.encode(self)
        return {
            "id": f"chatcmpl-{hashlib.sha256(request).hexdigest()[:24]}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": self.model,
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": answer, "refusal": None},
                    "logprobs": None,
                    "finish_reason": finish_reason,
                }
            ],
            "usage": {"prompt_tokens": asked, "completion_tokens": allowed, "total_tokens": asked + allowed},
        }


def _words(texts: Iterable[str]) -> Iterable[int]:
    return (len(_WORD.findall(text)) for text in texts)
