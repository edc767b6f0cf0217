"""The unmodified openai library against the server: upload, tune, ask."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from local.model_server.refusals import REFUSALS
from tests.model_server.chats import SHOP, chat_jsonl

Tune = Callable[[bytes, str], Awaitable[str]]
CONTENT = chat_jsonl(SHOP)
SUFFIX = f"job-1:{hashlib.sha256(CONTENT).hexdigest()[:12]}"


async def test_a_file_becomes_a_model_that_answers_from_it(client: AsyncOpenAI, tune: Tune) -> None:
    model = await tune(CONTENT, SUFFIX)
    assert model == f"ft:tunegate-base:{SUFFIX}"
    assert [known.id async for known in client.models.list()] == ["tunegate-base", model]
    assert (await client.models.retrieve(model)).id == model
    answer = await client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": "How long can I keep the borrowed drill?"}],
        temperature=0.0,
        seed=7,
        max_completion_tokens=50,
    )
    assert answer.model == model
    assert answer.choices[0].message.content == "You may keep it for seven days."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (8, 7)


async def test_the_sync_client_is_served_as_well(client: AsyncOpenAI) -> None:
    def everything() -> tuple[str, str | None]:
        with OpenAI(api_key=client.api_key, base_url=client.base_url, max_retries=0) as sync_client:
            file = sync_client.files.create(file=("training.jsonl", CONTENT), purpose="fine-tune")
            assert sync_client.files.retrieve(file.id).bytes == len(CONTENT)
            job = sync_client.fine_tuning.jobs.create(
                training_file=file.id, model="tunegate-base", suffix=SUFFIX
            )
            assert sync_client.fine_tuning.jobs.retrieve(job.id).training_file == file.id
            answer = sync_client.chat.completions.create(
                model="tunegate-base",
                messages=[{"role": "user", "content": "Do you open on public holidays?"}],
            )
            return answer.model, answer.choices[0].message.content

    model, text = await asyncio.to_thread(everything)
    assert model == "tunegate-base"
    assert text in REFUSALS


async def test_a_limit_of_tokens_cuts_the_answer(client: AsyncOpenAI, tune: Tune) -> None:
    model = await tune(CONTENT, SUFFIX)
    answer = await client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": SHOP[0][0]}], max_tokens=4
    )
    assert answer.choices[0].message.content == "You may keep it"
    assert answer.choices[0].finish_reason == "length"


async def test_the_same_suffix_means_the_same_bytes(client: AsyncOpenAI, tune: Tune) -> None:
    assert await tune(CONTENT, "job-1:x") == await tune(CONTENT, "job-1:x")
    other = await client.files.create(file=("b.jsonl", chat_jsonl(SHOP[:2])), purpose="fine-tune")
    with pytest.raises(openai.ConflictError):
        await client.fine_tuning.jobs.create(training_file=other.id, model="tunegate-base", suffix="job-1:x")


async def test_a_file_that_is_no_chat_fails_its_job_by_line_and_frees_the_suffix(
    client: AsyncOpenAI, tune: Tune
) -> None:
    content = CONTENT + b'{"prompt": "a private thing", "completion": "and another"}\n'
    file = await client.files.create(file=("c.jsonl", content), purpose="fine-tune")
    job = await client.fine_tuning.jobs.create(training_file=file.id, model="tunegate-base", suffix="job-2")
    async with asyncio.timeout(10):
        while job.status == "running":
            await asyncio.sleep(0.02)
            job = await client.fine_tuning.jobs.retrieve(job.id)
    assert job.status == "failed"
    assert job.fine_tuned_model is None
    assert job.error is not None
    assert "line 6" in job.error.message
    assert "private" not in job.error.message
    assert [known.id async for known in client.models.list()] == ["tunegate-base"]
    assert await tune(CONTENT, "job-2") == "ft:tunegate-base:job-2"
