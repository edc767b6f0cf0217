"""Every request that is refused gets OpenAI's error body, and the library raises its own kind of error."""

from typing import Any

import aiohttp
import openai
import pytest
from openai import AsyncOpenAI

from local.model_server import service
from tests.model_server.chats import SHOP, chat_jsonl

USER = [{"role": "user", "content": "a private question"}]


async def test_a_wrong_key_is_refused_whatever_the_route(client: AsyncOpenAI) -> None:
    stranger = client.with_options(api_key="another")
    for call in (
        stranger.models.list(),
        stranger.files.retrieve("file-1"),
        stranger.get("/nowhere", cast_to=object),
    ):
        with pytest.raises(openai.AuthenticationError) as refused:
            await call
        assert refused.value.code == "invalid_api_key"


async def test_what_is_not_there_is_not_found(client: AsyncOpenAI) -> None:
    calls = (
        client.models.retrieve("ft:tunegate-base:none"),
        client.files.retrieve("file-none"),
        client.fine_tuning.jobs.retrieve("ftjob-none"),
        client.chat.completions.create(model="ft:tunegate-base:none", messages=USER),  # type: ignore[arg-type]
        client.fine_tuning.jobs.create(training_file="file-none", model="gpt-of-others", suffix="s"),
        client.get("/nowhere", cast_to=object),
    )
    for call in calls:
        with pytest.raises(openai.NotFoundError) as refused:
            await call
        assert isinstance(refused.value.body, dict)
        assert refused.value.body["message"]


async def test_a_method_that_is_not_served_is_told_in_the_same_shape(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        await client.post("/models", cast_to=object)
    assert refused.value.status_code == 405
    assert refused.value.response.headers["Allow"] == "GET,HEAD"
    assert isinstance(refused.value.body, dict)


@pytest.mark.parametrize(
    "change",
    [
        {"stream": True},
        {"n": 2},
        {"temperature": 2.5},
        {"max_tokens": 0},
        {"messages": []},
        {"messages": "a private question"},
        {"messages": [{"role": "poet", "content": "a private question"}]},
        {"messages": [{"role": "user", "content": " "}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}]},
        {"model": None},
    ],
)
async def test_what_is_not_served_is_a_bad_request_that_quotes_nothing(
    client: AsyncOpenAI, change: dict[str, Any]
) -> None:
    body = {"model": "tunegate-base", "messages": USER, **change}
    with pytest.raises(openai.BadRequestError) as refused:
        await client.post("/chat/completions", cast_to=object, body=body)
    assert refused.value.type == "invalid_request_error"
    assert "private" not in str(refused.value)


async def test_a_body_that_is_no_json_is_a_bad_request(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        await client.post("/chat/completions", cast_to=object, content=b"private {")


@pytest.mark.parametrize("suffix", ["", "a b", "a/b", "x" * 129, "\u00e4"])
async def test_a_suffix_that_cannot_stand_in_a_name_is_refused(client: AsyncOpenAI, suffix: str) -> None:
    file = await client.files.create(file=("t.jsonl", chat_jsonl(SHOP)), purpose="fine-tune")
    with pytest.raises(openai.BadRequestError) as refused:
        await client.fine_tuning.jobs.create(training_file=file.id, model="tunegate-base", suffix=suffix)
    assert refused.value.param == "suffix"


async def test_a_job_without_suffix_or_file_is_refused(client: AsyncOpenAI) -> None:
    file = await client.files.create(file=("t.jsonl", chat_jsonl(SHOP)), purpose="fine-tune")
    with pytest.raises(openai.BadRequestError):
        await client.fine_tuning.jobs.create(training_file=file.id, model="tunegate-base")
    with pytest.raises(openai.BadRequestError) as refused:
        await client.fine_tuning.jobs.create(training_file="file-none", model="tunegate-base", suffix="s")
    assert refused.value.param == "training_file"


async def test_an_upload_for_another_purpose_is_refused(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        await client.files.create(file=("t.jsonl", b"{}"), purpose="assistants")
    with pytest.raises(openai.BadRequestError):
        await client.post("/files", cast_to=object, body={"purpose": "fine-tune"})


@pytest.mark.parametrize(
    "body",
    [
        b"private",
        b"--b\r\nprivate header\r\n\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="file"',
    ],
)
async def test_an_upload_that_is_no_multipart_is_a_bad_request(client: AsyncOpenAI, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Authorization": f"Bearer {client.api_key}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{client.base_url}files", data=body) as refused,
    ):
        assert refused.status == 400
        assert "private" not in await refused.text()


async def test_a_file_over_the_limit_is_refused(client: AsyncOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    content = chat_jsonl(SHOP)
    monkeypatch.setattr(service, "MAX_FILE_BYTES", len(content))
    await client.files.create(file=("t.jsonl", content), purpose="fine-tune")
    with pytest.raises(openai.APIStatusError) as refused:
        await client.files.create(file=("t.jsonl", content + b"\n"), purpose="fine-tune")
    assert refused.value.status_code == 413
