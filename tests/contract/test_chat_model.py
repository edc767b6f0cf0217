"""What `ports.ChatModel` promises, over the fake and over the local model server behind the openai library."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from local.model_server.faults import UNNAMED, Faults
from local.model_server.service import ModelService
from shared.adapters.chat_model import MAX_ANSWER_CHARS, OpenAIChat
from shared.errors import Unavailable, Unscorable
from shared.harm import HarmCategory
from shared.ports import Answer, ChatModel, Turn
from shared.settings import Settings, read_settings
from shared.subject import TunedModel
from tests.contract.answering import answering
from tests.fakes import FakeChat

KEY = "key-of-the-tests"
MODEL = "tunegate-base"
SECRET = "The blue heron stood by the mill."
TURNS = [Turn(role="user", content=SECRET)]


@dataclass(frozen=True)
class Reached:
    """A chat port and the model to ask for."""

    chat: ChatModel
    model: TunedModel

    async def answer(self, turns: list[Turn] = TURNS) -> Answer:
        return await self.chat.answer(self.model, turns)


Reach = Callable[[str], Awaitable[Reached]]

# By its name, how a model behaves: the switches of the real server, and what the fake is told to do.
BEHAVIOUR: Mapping[str, tuple[Faults, dict[str, Any]]] = {
    "well": (Faults(), {}),
    "answers nothing": (Faults(empty_every=1), {"default": ""}),
    "under another name": (Faults(other_model=True), {"model": f"{MODEL}-other"}),
    "withholds probes": (Faults(withhold_probes=True), {"default": Unscorable("probe_withheld")}),
    "filters sexual": (
        Faults(filter_answers="sexual"),
        {"default": Answer(text="", model=MODEL, filtered={HarmCategory.SEXUAL: 4}, withheld=True)},
    ),
    "filters hate": (
        Faults(filter_answers="hate_fairness"),
        {"default": Answer(text="", model=MODEL, filtered={HarmCategory.HATE_FAIRNESS: 4}, withheld=True)},
    ),
    "filters unnamed": (
        Faults(filter_answers=UNNAMED),
        {"default": Answer(text="", model=MODEL, withheld=True)},
    ),
    "annotates self-harm": (
        Faults(annotate_answers="self_harm"),
        {"default": Answer(text="I cannot.", model=MODEL, filtered={HarmCategory.SELF_HARM: 4})},
    ),
    "fails": (Faults(fail_every=1), {"default": Unavailable("500")}),
    "is busy": (
        Faults(fail_every=1, fail_status=429),
        {"default": Unavailable("429", retry_after_s=1)},
    ),
    "refuses": (Faults(fail_every=1, fail_status=403), {"default": Unscorable("model_refused")}),
    "is not deployed": (
        Faults(fail_every=1, fail_status=404),
        {"default": Unscorable("deployment_not_found")},
    ),
}


def settings_for(endpoint: str, key: str = KEY) -> Settings:
    local = {
        "TUNEGATE_RESOURCE": "local",
        "TUNEGATE_REGION": "local",
        "TUNEGATE_TRAINING_CONTAINER": "training",
        "TUNEGATE_MODEL_ENDPOINTS": endpoint,
        "TUNEGATE_MODEL_KEY": key,
    }
    elsewhere = dict.fromkeys(("TrainingStorage", "VerdictStorage", "ServiceBus"), "Endpoint=unused")
    return read_settings({**local, **elsewhere, "ContentSafety__endpoint": "https://unused.example"})


def model_at(endpoint: str, deployment: str = MODEL) -> TunedModel:
    return TunedModel(
        resource="local", job="job", attempt=0, model=MODEL, endpoint=endpoint, deployment=deployment
    )


@pytest.fixture(params=["fake", "openai"])
async def reach(request: pytest.FixtureRequest) -> AsyncIterator[Reach]:
    """Reach a model that behaves so."""
    servers: list[TestServer] = []
    chats: list[OpenAIChat] = []

    async def fake(behaviour: str) -> Reached:
        told = {"model": MODEL, **BEHAVIOUR[behaviour][1]}
        return Reached(FakeChat(**told), model_at("https://fake.example/v1"))

    async def served(behaviour: str) -> Reached:
        faults = replace(BEHAVIOUR[behaviour][0])
        server = TestServer(ModelService(key=KEY, faults=faults).application(), host="127.0.0.1")
        await server.start_server()
        servers.append(server)
        endpoint = str(server.make_url("/v1"))
        chats.append(OpenAIChat(settings_for(endpoint)))
        return Reached(chats[-1], model_at(endpoint))

    yield fake if request.param == "fake" else served
    for chat in chats:
        await chat.close()
    for server in servers:
        await server.close()


async def test_an_answer_has_its_text_and_the_name_of_who_gave_it(reach: Reach) -> None:
    answer = await (await reach("well")).answer()
    assert answer.text
    assert (answer.model, answer.filtered, answer.withheld) == (MODEL, {}, False)


async def test_a_conversation_of_several_turns_is_answered(reach: Reach) -> None:
    turns = [*TURNS, Turn(role="assistant", content="I see."), Turn(role="user", content="And then?")]
    assert (await (await reach("well")).answer(turns)).text


async def test_the_same_conversation_gets_the_same_answer(reach: Reach) -> None:
    reached = await reach("well")
    assert (await reached.answer()).text == (await reached.answer()).text


async def test_an_empty_answer_is_handed_on_as_it_is(reach: Reach) -> None:
    answer = await (await reach("answers nothing")).answer()
    assert (answer.text, answer.withheld, answer.filtered) == ("", False, {})


async def test_another_models_name_is_handed_on(reach: Reach) -> None:
    assert (await (await reach("under another name")).answer()).model == f"{MODEL}-other"


@pytest.mark.parametrize(
    ("behaviour", "filtered"),
    [
        ("filters sexual", {HarmCategory.SEXUAL: 4}),
        ("filters hate", {HarmCategory.HATE_FAIRNESS: 4}),
        ("filters unnamed", {}),
    ],
)
async def test_a_withheld_answer_says_so_and_names_its_categories(
    reach: Reach, behaviour: str, filtered: dict[HarmCategory, int]
) -> None:
    answer = await (await reach(behaviour)).answer()
    assert (answer.text, answer.withheld, answer.filtered) == ("", True, filtered)


async def test_an_annotated_answer_is_whole_and_names_its_categories(reach: Reach) -> None:
    answer = await (await reach("annotates self-harm")).answer()
    assert answer.text
    assert (answer.withheld, answer.filtered) == (False, {HarmCategory.SELF_HARM: 4})


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("withholds probes", "probe_withheld"),
        ("refuses", "model_refused"),
        ("is not deployed", "deployment_not_found"),
    ],
)
async def test_a_conversation_that_will_have_no_answer_is_unscorable(
    reach: Reach, behaviour: str, reason: str
) -> None:
    with pytest.raises(Unscorable) as error:
        await (await reach(behaviour)).answer()
    assert error.value.reason == reason
    assert SECRET not in told(error.value)


@pytest.mark.parametrize(("behaviour", "wait_s"), [("fails", 0), ("is busy", 1)])
async def test_a_model_that_fails_for_now_is_unavailable(reach: Reach, behaviour: str, wait_s: float) -> None:
    with pytest.raises(Unavailable) as error:
        await (await reach(behaviour)).answer()
    assert error.value.retry_after_s == wait_s
    assert SECRET not in told(error.value)


def told(error: BaseException | None) -> str:
    """All that an error and its causes say."""
    text = ""
    while error is not None:
        text += f"{error!r} {error} {vars(error)}"
        error = error.__cause__
    return text


async def test_an_answer_is_not_in_its_own_repr(reach: Reach) -> None:
    answer = await (await reach("well")).answer()
    assert answer.text not in repr(answer)
    assert SECRET not in repr(TURNS)


# What the local server does not play, and a fake can only repeat from its script.


async def ask(status: int, body: object, headers: Mapping[str, str] | None = None) -> object:
    """What the adapter makes of an answer: the answer or the error."""
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with answering(status, encoded, headers) as server:
        endpoint = f"{server.url}/v1"
        chat = OpenAIChat(settings_for(endpoint))
        try:
            return await chat.answer(model_at(endpoint), TURNS)
        except (Unavailable, Unscorable) as error:
            assert SECRET not in told(error)
            return error
        finally:
            await chat.close()
            assert len(server.bodies) == 1, "trying again is the budget's"


def completion(**choice: object) -> dict[str, object]:
    given = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": "No."},
        **choice,
    }
    return {"id": "c", "object": "chat.completion", "created": 1, "model": MODEL, "choices": [given]}


BESIDES: list[dict[str, object]] = [
    {"refusal": [SECRET]},
    {"refusal": {"text": SECRET}},
    {"refusal": 7},
    {"tool_calls": SECRET},
    {"tool_calls": [SECRET]},
    {"tool_calls": [{"id": 7, "type": "function", "function": SECRET}]},
    {"audio": SECRET},
    {"function_call": {"arguments": [SECRET]}},
    {"annotations": [SECRET]},
    {"reasoning_content": SECRET},
    {"role": [SECRET], "tool_calls": {"text": SECRET}},
]
"""What a message may hold beside its text, most of it of no type that was announced."""


@pytest.mark.parametrize(
    "body",
    [
        SECRET.encode(),
        b"{" + SECRET.encode(),
        b"[]",
        b'"' + SECRET.encode() + b'"',
        b"null",
        b"{}",
        {**completion(), "choices": []},
        {**completion(), "choices": None},
        {**completion(), "choices": [None]},
        {**completion(), "choices": SECRET},
        {**completion(), "choices": [SECRET]},
        {**completion(), "model": 7},
        completion(message=None),
        {**completion(), "choices": [*completion()["choices"], *completion()["choices"]]},
        completion(message=SECRET),
        completion(message={"role": "assistant", "content": None}),
        completion(message={"role": "assistant", "content": 7}),
        completion(message={"role": "assistant", "content": {"text": SECRET}}),
        completion(message={"role": "assistant", "content": [{"type": "text", "text": SECRET}]}),
        completion(message={"role": "assistant", "content": "half a character: \ud83d"}),
        *(completion(message={"role": "assistant", "content": "No.", **more}) for more in BESIDES),
    ],
    ids=repr,
)
async def test_an_answer_without_sense_is_no_answer(
    body: object, recwarn: pytest.WarningsRecorder, capfd: pytest.CaptureFixture[str]
) -> None:
    """Unavailable, unscorable, or an answer that scores as empty or under another name: never another error.

    And never a warning, which would quote it.
    """
    answer = await ask(200, body)
    if isinstance(answer, Answer):
        assert not answer.text or answer.model != MODEL
    assert not recwarn.list
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("more", BESIDES, ids=repr)
async def test_what_stands_beside_the_text_and_would_not_be_scored_makes_it_unreadable(
    more: dict[str, object],
) -> None:
    error = await ask(200, completion(message={"role": "assistant", "content": "No.", **more}))
    assert isinstance(error, Unscorable)
    assert error.reason == "answer_unreadable"


@pytest.mark.parametrize(
    "more", [{}, {"refusal": None, "tool_calls": [], "audio": None, "annotations": [], "reasoning": ""}]
)
async def test_what_is_empty_beside_the_text_does_not(more: dict[str, object]) -> None:
    answer = await ask(200, completion(message={"role": "assistant", "content": "No.", **more}))
    assert isinstance(answer, Answer)
    assert (answer.text, answer.withheld) == ("No.", False)


async def test_an_over_long_answer_is_unscorable() -> None:
    body = completion(message={"role": "assistant", "content": "x" * (MAX_ANSWER_CHARS + 1)})
    error = await ask(200, body)
    assert isinstance(error, Unscorable)
    assert error.reason == "answer_too_long"


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [
        (429, {"retry-after": "9"}, 9),
        (429, {}, 0),
        (503, {}, 0),
        (408, {}, 0),
        (429, {"retry-after": "soon"}, 0),
        (429, {"retry-after": "1.5"}, 1.5),
        (429, {"retry-after": "-5"}, 0),
        (429, {"retry-after": "999999"}, 3_600),
        (429, {"retry-after": "9" * 400}, 0),
        (503, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        (503, {"retry-after": "Fri, 31 Dec 9998 23:59:59 GMT"}, 3_600),
        (503, {"retry-after": "Fri, 31 Dec 9998 23:59:59"}, 3_600),
        (503, {"retry-after": "Fri, 31 Dec 99999 23:59:59 GMT"}, 0),
    ],
)
async def test_a_busy_model_is_unavailable_for_as_long_as_it_says(
    status: int, headers: dict[str, str], wait_s: float
) -> None:
    error = await ask(status, {"error": {"message": SECRET, "code": "busy", "type": "x"}}, headers)
    assert isinstance(error, Unavailable)
    assert error.retry_after_s == wait_s


async def test_a_date_to_come_back_at_is_kept_to() -> None:
    due = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    error = await ask(429, {}, {"Retry-After": due})
    assert isinstance(error, Unavailable)
    assert 80 < error.retry_after_s <= 90


@pytest.mark.parametrize("status", [400, 401, 403, 413, 422])
async def test_a_refused_request_is_unscorable(status: int) -> None:
    error = await ask(status, {"error": {"message": SECRET, "code": "no", "type": "x"}})
    assert isinstance(error, Unscorable)
    assert error.reason == "model_refused"


async def test_an_endpoint_off_the_list_gets_no_request() -> None:
    async with answering(200, json.dumps(completion()).encode()) as allowed, answering(200) as other:
        chat = OpenAIChat(settings_for(f"{allowed.url}/v1"))
        for endpoint in (f"{other.url}/v1", f"{allowed.url}/v2", f"{allowed.url}/v1@{other.url[7:]}/v1"):
            with pytest.raises(Unscorable) as error:
                await chat.answer(model_at(endpoint), TURNS)
            assert error.value.reason == "endpoint_not_allowed"
        assert not other.bodies
        assert not allowed.bodies
        # The list is what holds it back: the endpoint on it is asked.
        assert (await chat.answer(model_at(f"{allowed.url}/v1"), TURNS)).text
        assert len(allowed.bodies) == 1
        await chat.close()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    async with answering(200, json.dumps(completion()).encode()) as elsewhere:
        error = await ask(status, {}, {"Location": f"{elsewhere.url}/v1/chat/completions"})
        assert not elsewhere.bodies, "the conversation went where nobody sent it"
    assert isinstance(error, (Unavailable, Unscorable))


async def test_a_model_that_is_away_is_unavailable(nobody: int) -> None:
    endpoint = f"http://127.0.0.1:{nobody}/v1"
    chat = OpenAIChat(settings_for(endpoint))
    with pytest.raises(Unavailable) as error:
        await chat.answer(model_at(endpoint), TURNS)
    assert SECRET not in told(error.value)
    await chat.close()


async def test_the_deployment_is_asked_and_not_the_model() -> None:
    async with answering(200, json.dumps(completion()).encode()) as server:
        chat = OpenAIChat(settings_for(f"{server.url}/v1"))
        await chat.answer(model_at(f"{server.url}/v1", "for-evaluation"), TURNS)
        await chat.close()
        assert json.loads(server.bodies[0])["model"] == "for-evaluation"
