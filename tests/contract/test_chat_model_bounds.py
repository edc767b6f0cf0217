"""What no endpoint can do to the adapter: hold it, fill its memory, lead it elsewhere, or answer what was not asked."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace

import httpx2
import pytest
from azure.identity import CredentialUnavailableError

from shared.adapters import chat_model
from shared.adapters.chat_model import MAX_BODY_BYTES, MAX_TOKENS, SEED, OpenAIChat
from shared.errors import Unavailable, Unscorable
from shared.ports import Answer
from tests.contract.answering import answering
from tests.contract.test_chat_model import SECRET, TURNS, ask, completion, model_at, settings_for, told

Speak = Callable[[asyncio.StreamWriter], Awaitable[None]]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BODY = json.dumps(completion()).encode()


@asynccontextmanager
async def speaking(speak: Speak) -> AsyncIterator[str]:
    """A server that reads a request's head and then says what it likes; its base URL."""
    gone: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        gone.append(task)
        try:
            await reader.readuntil(b"\r\n\r\n")
            await speak(writer)
        except OSError:
            pass  # the adapter has had enough, and hung up
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()
        for task in gone:
            task.cancel()
        await asyncio.gather(*gone, return_exceptions=True)


async def outcome_of(speak: Speak, *, answer_s: float = 20) -> object:
    """What the adapter makes of a server: its answer or its error."""
    async with speaking(speak) as endpoint:
        chat = OpenAIChat(settings_for(endpoint), answer_s=answer_s)
        try:
            return await chat.answer(model_at(endpoint), TURNS)
        except (Unavailable, Unscorable) as error:
            assert SECRET not in told(error)
            return error
        finally:
            await chat.close()


async def whole(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)
    await writer.drain()


async def test_such_a_server_is_understood_where_it_behaves() -> None:
    answer = await outcome_of(whole)
    assert isinstance(answer, Answer)
    assert answer.text == "No."


async def test_an_endless_answer_is_given_up_at_its_limit() -> None:
    sent = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        part = b"x" * 65_536
        while True:
            writer.write(b"%x\r\n%b\r\n" % (len(part), part))
            await writer.drain()
            sent += len(part)

    error = await outcome_of(endless)
    assert isinstance(error, Unscorable)
    assert error.reason == "answer_too_long"
    assert MAX_BODY_BYTES < sent < 8 * MAX_BODY_BYTES, "what was under way lies in the sockets' buffers"


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 10_000_000])
async def test_an_answer_of_megabytes_is_too_long(size: int) -> None:
    error = await ask(200, completion(message={"role": "assistant", "content": "x" * size}))
    assert isinstance(error, Unscorable)
    assert error.reason == "answer_too_long"


async def test_a_body_up_to_the_limit_is_read() -> None:
    given = json.dumps(completion()).encode()
    answer = await ask(200, given + b" " * (MAX_BODY_BYTES - len(given)))
    assert isinstance(answer, Answer)
    assert isinstance(await ask(200, given + b" " * (MAX_BODY_BYTES - len(given) + 1)), Unscorable)


@pytest.mark.parametrize(("status", "kind"), [(503, Unavailable), (400, Unscorable), (404, Unscorable)])
async def test_a_failure_of_megabytes_is_still_that_failure(status: int, kind: type[Exception]) -> None:
    error = await ask(status, b"x" * 10_000_000, {"Retry-After": "7"})
    assert type(error) is kind
    if isinstance(error, Unavailable):
        assert error.retry_after_s == 7


async def test_an_answer_that_drips_ends_at_the_time_out() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"Content-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    started = time.monotonic()
    error = await outcome_of(drip, answer_s=0.5)
    assert isinstance(error, Unavailable)
    assert 0.5 <= time.monotonic() - started < 5


@pytest.mark.parametrize("said", [b"", HEAD, HEAD + b"Content-Length: 9\r\n\r\n{"])
async def test_an_endpoint_that_falls_silent_ends_at_the_time_out(said: bytes) -> None:
    async def silent(writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await asyncio.sleep(60)

    assert isinstance(await outcome_of(silent, answer_s=0.3), Unavailable)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200",
        b"\x16\x03\x01 not HTTP\r\n\r\n",
        HEAD + b"Content-Length: 10000\r\n\r\n" + BODY,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(BODY), BODY),
        HEAD + b"Content-Length: %d\r\n\r\n" % (len(BODY) - 1) + BODY[:-1],
    ],
    ids=["nothing", "half a status", "no HTTP", "half a body", "no last chunk", "half of the JSON"],
)
async def test_half_an_answer_is_none(said: bytes) -> None:
    async def half(writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()

    assert isinstance(await outcome_of(half), Unavailable)


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "identity, gzip", "br", "unheard-of"])
async def test_a_compressed_answer_is_not_unpacked(encoding: str) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    error = await ask(200, bomb, {"Content-Encoding": encoding})
    assert isinstance(error, Unscorable)
    assert error.reason == "answer_unreadable"


async def test_a_compressed_failure_is_not_unpacked() -> None:
    error = await ask(503, gzip.compress(b" " * 50_000_000), {"Content-Encoding": "gzip"})
    assert isinstance(error, Unavailable)
    # It is read as the bytes that came: these were never compressed.
    error = await ask(400, {"error": {"code": "content_filter"}}, {"Content-Encoding": "gzip"})
    assert isinstance(error, Unscorable)
    assert error.reason == "probe_withheld"


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"choices":['])
async def test_an_answer_nested_without_end_is_unreadable(opening: bytes) -> None:
    error = await ask(200, opening * 100_000)
    assert isinstance(error, Unscorable)
    assert error.reason == "answer_unreadable"


async def test_a_stream_that_nobody_asked_for_is_unreadable() -> None:
    chunk = {**completion(), "object": "chat.completion.chunk"}
    stream = b"data: %b\n\ndata: [DONE]\n\n" % json.dumps(chunk).encode()
    error = await ask(200, stream, {"Content-Type": "text/event-stream"})
    assert isinstance(error, Unscorable)
    assert error.reason == "answer_unreadable"


async def test_what_is_asked_is_fixed_to_the_last_field() -> None:
    async with answering(200, BODY) as server:
        chat = OpenAIChat(settings_for(f"{server.url}/v1"))
        await chat.answer(model_at(f"{server.url}/v1"), TURNS)
        await chat.close()
    assert json.loads(server.bodies[0]) == {
        "model": "tunegate-base",
        "messages": [{"role": "user", "content": SECRET}],
        "temperature": 0,
        "seed": SEED,
        "max_completion_tokens": MAX_TOKENS,
        "n": 1,
        "stream": False,
    }


async def test_the_machines_proxies_are_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with answering(200, BODY) as proxy, answering(200, BODY) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        chat = OpenAIChat(settings_for(f"{server.url}/v1"))
        assert (await chat.answer(model_at(f"{server.url}/v1"), TURNS)).text
        await chat.close()
        assert (len(server.bodies), len(proxy.bodies)) == (1, 0)


class Identity:
    """Gives a token, and remembers who was asked for what."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def __call__(self, client_id: str) -> SimpleNamespace:
        async def get_token(scope: str) -> SimpleNamespace:
            self.asked.append((client_id, scope))
            return SimpleNamespace(token="token-of-the-identity")

        return SimpleNamespace(get_token=get_token)


AZURES_OWN = [
    "https://one.openai.azure.com/openai/v1",
    "https://one.cognitiveservices.azure.com/openai/v1",
    "https://ONE.services.ai.azure.com:443/openai/v1",
]


@pytest.mark.parametrize(
    ("endpoint", "key", "shown"),
    [
        *((endpoint, "", "Bearer token-of-the-identity") for endpoint in AZURES_OWN),
        *((endpoint, "a-key", "Bearer a-key") for endpoint in (*AZURES_OWN, "https://models.example/v1")),
        ("https://models.example/v1", "", None),
        ("https://one.openai.azure.com.models.example/v1", "", None),
        ("https://models.example/one.openai.azure.com/v1", "", None),
        (
            "https://one.openai.azure.com@models.example/v1",
            "",
            "Basic b25lLm9wZW5haS5henVyZS5jb206",
        ),  # the user
        ("https://notopenai.azure.com/v1", "", None),
        ("http://127.0.0.1:8000/v1", "", None),
    ],
)
async def test_the_identitys_token_is_shown_to_azures_own_alone(
    endpoint: str, key: str, shown: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    came: list[httpx2.Request] = []

    def answered(request: httpx2.Request) -> httpx2.Response:
        came.append(request)
        return httpx2.Response(200, content=BODY, headers={"Content-Type": "application/json"})

    def client_for(**options: object) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.MockTransport(answered))

    identity = Identity()
    monkeypatch.setattr(chat_model, "credential", identity)
    monkeypatch.setattr(chat_model, "DefaultAsyncHttpx2Client", client_for)
    monkeypatch.setenv("OPENAI_API_KEY", "somebody-elses")
    settings = settings_for(endpoint, key=key)
    settings = replace(settings, content_safety=replace(settings.content_safety, client_id="who-we-are"))
    chat = OpenAIChat(settings)
    assert (await chat.answer(model_at(endpoint), TURNS)).text == "No."
    await chat.close()
    [request] = came
    assert request.headers.get("Authorization") == shown
    assert "api-key" not in request.headers
    scope = "https://cognitiveservices.azure.com/.default"
    assert identity.asked == ([("who-we-are", scope)] if shown == "Bearer token-of-the-identity" else [])


async def test_an_identity_that_gets_no_token_is_a_passing_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoIdentity:
        async def get_token(self, scope: str) -> None:
            raise CredentialUnavailableError(SECRET)

    monkeypatch.setattr(chat_model, "credential", lambda client_id: NoIdentity())
    chat = OpenAIChat(settings_for(AZURES_OWN[0], key=""))
    with pytest.raises(Unavailable, match="the identity's token: CredentialUnavailableError") as error:
        await chat.answer(model_at(AZURES_OWN[0]), TURNS)
    assert SECRET not in told(error.value)
    await chat.close()
