"""The server of the real model, without the model: what it serves, what it refuses, and what it never says."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import openai
import pytest
from aiohttp.test_utils import TestServer
from openai import AsyncOpenAI

from local.smollm2.engine import Completion, ContextExceeded
from local.smollm2.service import MODEL, SmolService

KEY = "key-of-the-tests"
LONGEST = 50


@dataclass
class Scripted:
    """An engine that echoes and keeps what it was asked, or fails as it is told."""

    failure: Exception | None = None
    asked: list[tuple[Sequence[tuple[str, str]], int, dict[str, float]]] = field(default_factory=list)
    side_by_side: threading.Barrier | None = None

    def answer(self, messages: Sequence[tuple[str, str]], *, limit: int, **sampling: float) -> Completion:
        self.asked.append((messages, limit, sampling))
        if self.side_by_side is not None:
            self.side_by_side.wait(timeout=20)
        if self.failure is not None:
            raise self.failure
        return Completion(text="An answer.", finish_reason="stop", prompt_tokens=9, tokens=3)


@pytest.fixture
def engine() -> Scripted:
    return Scripted()


@pytest.fixture
async def client(engine: Scripted) -> AsyncIterator[AsyncOpenAI]:
    application = SmolService(engine, key=KEY, longest=LONGEST).application()
    async with (
        TestServer(application, host="127.0.0.1") as server,
        AsyncOpenAI(api_key=KEY, base_url=str(server.make_url("/v1")), max_retries=0) as client,
    ):
        yield client


async def test_the_openai_library_is_answered(client: AsyncOpenAI, engine: Scripted) -> None:
    assert [known.id async for known in client.models.list()] == [MODEL]
    completion = await client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "user", "content": "One?"},
            {"role": "assistant", "content": "Two."},
            {"role": "user", "content": "Three?"},
        ],
        temperature=0,
        seed=7,
    )
    assert completion.model == MODEL
    assert completion.choices[0].message.content == "An answer."
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage is not None
    assert completion.usage.total_tokens == 12
    [(messages, _, sampling)] = engine.asked
    assert messages == [("user", "One?"), ("assistant", "Two."), ("user", "Three?")]
    assert sampling == {"temperature": 0, "seed": 7}


@pytest.mark.parametrize(("asked", "given"), [(None, LONGEST), (400, LONGEST), (20, 20)])
async def test_an_answer_is_no_longer_than_the_server_lets_it(
    client: AsyncOpenAI, engine: Scripted, asked: int | None, given: int
) -> None:
    limit = {} if asked is None else {"max_completion_tokens": asked}
    await client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "One?"}], extra_body=limit
    )
    assert [limit for _, limit, _ in engine.asked] == [given]


async def test_conversations_are_answered_side_by_side(client: AsyncOpenAI, engine: Scripted) -> None:
    engine.side_by_side = threading.Barrier(4)  # broken, and each answer a failure, where they come in turn
    asks = (
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "One?"}])
        for _ in range(4)
    )
    assert len(await asyncio.gather(*asks)) == 4


async def test_what_is_not_served_is_refused_before_the_model_is_asked(
    client: AsyncOpenAI, engine: Scripted
) -> None:
    with pytest.raises(openai.NotFoundError):
        await client.chat.completions.create(model="other", messages=[{"role": "user", "content": "One?"}])
    for body in ({"n": 2}, {"stream": True}, {"temperature": 3}, {"max_tokens": 0}, {"messages": []}):
        with pytest.raises(openai.BadRequestError):
            await client.chat.completions.create(
                model=MODEL, messages=[{"role": "user", "content": "One?"}], extra_body=body
            )
    with pytest.raises(openai.AuthenticationError):
        await client.with_options(api_key="wrong").chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "One?"}]
        )
    assert engine.asked == []


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (ContextExceeded("CANARY"), 400),
        (ValueError("CANARY"), 500),
        (RuntimeError("CANARY"), 500),
    ],
)
async def test_a_failure_is_told_without_its_words(
    client: AsyncOpenAI,
    engine: Scripted,
    failure: Exception,
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine.failure = failure
    with pytest.raises(openai.APIStatusError) as refused:
        await client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "CANARY?"}])
    assert refused.value.status_code == status
    assert "CANARY" not in refused.value.response.text
    assert "CANARY" not in caplog.text
    assert len(engine.asked) == 1
