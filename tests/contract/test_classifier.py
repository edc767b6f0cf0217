"""What `ports.Classifier` promises, over the fake and over the Content Safety service."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

import pytest

from shared.adapters.content_safety import CLASSIFIER, ContentSafety
from shared.errors import Unavailable, Unscorable
from shared.harm import HarmCategory
from shared.ports import Classifier
from shared.settings import Connection
from shared.windows import MAX_CODE_POINTS
from tests.clouds import CloudThread
from tests.contract.answering import answering
from tests.fakes import FakeClassifier

SECRET = "The blue heron stood by the mill."


class Scoring(Protocol):
    """A classifier, and how a text is marked to be scored."""

    classifier: Classifier

    def mark(self, category: HarmCategory, severity: int) -> str: ...


class FakeScoring:
    def __init__(self) -> None:
        self.classifier = FakeClassifier()

    def mark(self, category: HarmCategory, severity: int) -> str:
        return f"harm_{category}_{severity}"


class ServedScoring:
    def __init__(self, settings: Mapping[str, str]) -> None:
        self.classifier = ContentSafety(
            Connection(address=settings["ContentSafety__endpoint"], secret=settings["ContentSafety__key"])
        )

    def mark(self, category: HarmCategory, severity: int) -> str:
        return f"[[{category}:{severity}]]"


@pytest.fixture(params=["fake", "content safety"])
async def scoring(request: pytest.FixtureRequest) -> AsyncIterator[Scoring]:
    if request.param == "fake":
        yield FakeScoring()
        return
    servers: CloudThread = request.getfixturevalue("servers")
    served = ServedScoring(servers.settings)
    yield served
    await served.classifier._client.close()


@pytest.mark.parametrize("severity", range(8))
@pytest.mark.parametrize("category", HarmCategory)
async def test_every_category_is_scored_on_all_eight_levels(
    scoring: Scoring, category: HarmCategory, severity: int
) -> None:
    analysis = await scoring.classifier.analyze(f"a text {scoring.mark(category, severity)} of one mark")
    assert analysis.severities == {**dict.fromkeys(HarmCategory, 0), category: severity}
    assert analysis.classifier


async def test_a_text_may_be_marked_in_several_categories(scoring: Scoring) -> None:
    marks = {HarmCategory.SEXUAL: 3, HarmCategory.SELF_HARM: 7}
    text = " ".join(scoring.mark(category, severity) for category, severity in marks.items())
    assert (await scoring.classifier.analyze(text)).severities == {**dict.fromkeys(HarmCategory, 0), **marks}


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\U0001f600"], ids=["ascii", "two bytes", "four bytes"])
async def test_the_limit_is_ten_thousand_code_points(scoring: Scoring, letter: str) -> None:
    mark = f" {scoring.mark(HarmCategory.VIOLENCE, 5)}"
    text = letter * (MAX_CODE_POINTS - len(mark)) + mark
    assert (await scoring.classifier.analyze(text)).severities[HarmCategory.VIOLENCE] == 5
    with pytest.raises(Unscorable) as refused:
        await scoring.classifier.analyze(letter + text)
    assert refused.value.reason == "classifier_refused"


async def test_a_text_that_is_refused_is_unscorable_and_not_quoted(scoring: Scoring) -> None:
    with pytest.raises(Unscorable) as refused:
        await scoring.classifier.analyze(SECRET * 1000)
    assert SECRET not in told(refused.value)
    with pytest.raises(Unscorable):
        await scoring.classifier.analyze("  ")


def told(error: BaseException | None) -> str:
    """All that an error and its causes say."""
    text = ""
    while error is not None:
        text += f"{error!r} {error} {vars(error)}"
        error = error.__cause__
    return text


# What no service plays for us, and what a fake can only repeat from its script.


async def ask(status: int, body: bytes = b"{}", headers: Mapping[str, str] | None = None) -> object:
    """What the adapter makes of an answer: its analysis or the error."""
    async with answering(status, body, headers) as server:
        adapter = ContentSafety(Connection(address=server.url, secret="key"))
        try:
            return await adapter.analyze(SECRET)
        except (Unavailable, Unscorable) as error:
            return error
        finally:
            await adapter._client.close()
            assert len(server.bodies) == 1, "trying again is the budget's"
            assert SECRET.encode() in server.bodies[0]


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [
        (429, {"Retry-After": "7"}, 7),
        (429, {}, 0),
        (503, {"Retry-After": "3"}, 3),
        (503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0),
        (503, {"Retry-After": "-1"}, 0),
        (500, {}, 0),
        (502, {}, 0),
        (408, {}, 0),
        (401, {}, 0),
        (403, {}, 0),
    ],
)
async def test_a_service_that_is_busy_or_away_is_unavailable_for_as_long_as_it_says(
    status: int, headers: dict[str, str], wait_s: float
) -> None:
    error = await ask(status, f'{{"error": {{"code": "x", "message": "{SECRET}"}}}}'.encode(), headers)
    assert isinstance(error, Unavailable)
    assert error.retry_after_s == wait_s
    assert SECRET not in told(error)


@pytest.mark.parametrize("status", [400, 404, 413, 415, 422])
async def test_a_refusal_is_unscorable_and_says_nothing_of_the_text(status: int) -> None:
    error = await ask(status, f'{{"error": {{"code": "x", "message": "{SECRET}"}}}}'.encode())
    assert isinstance(error, Unscorable)
    assert SECRET not in told(error)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null", b'{"categoriesAnalysis": 3}'])
async def test_an_answer_without_sense_gives_no_severity(body: bytes) -> None:
    """Unavailable, or an analysis without severities, which counts as unscored: never a zero."""
    answer = await ask(200, body)
    assert isinstance(answer, Unavailable) or getattr(answer, "severities", None) == {}


def analysis_of(entries: Sequence[object]) -> bytes:
    return json.dumps({"blocklistsMatch": [], "categoriesAnalysis": entries}).encode()


@pytest.mark.parametrize(
    ("entries", "severities"),
    [
        ([], {}),
        ([{"category": "Violence", "severity": 2}], {HarmCategory.VIOLENCE: 2}),
        ([{"category": "Violence"}], {HarmCategory.VIOLENCE: None}),
        ([{"category": "Violence", "severity": None}], {HarmCategory.VIOLENCE: None}),
        ([{"category": "Violence", "severity": True}], {HarmCategory.VIOLENCE: None}),
        ([{"category": "Violence", "severity": "6"}], {HarmCategory.VIOLENCE: None}),
        ([{"category": "SelfHarm", "severity": 9}], {HarmCategory.SELF_HARM: 9}),
        ([{"category": "Weapons", "severity": 6}], {}),
    ],
)
async def test_what_an_answer_leaves_out_is_left_out(
    entries: Sequence[object], severities: dict[HarmCategory, int | None]
) -> None:
    answer = await ask(200, analysis_of(entries))
    assert getattr(answer, "severities", answer) == severities


@pytest.mark.parametrize(
    ("headers", "classifier"),
    [({}, CLASSIFIER), ({"x-tunegate-classifier": "embedded/3"}, "embedded/3")],
)
async def test_the_classifier_is_named(headers: dict[str, str], classifier: str) -> None:
    assert getattr(await ask(200, analysis_of([]), headers), "classifier", None) == classifier


async def test_a_redirect_is_not_followed() -> None:
    async with answering(200, analysis_of([])) as elsewhere:
        error = await ask(307, headers={"Location": f"{elsewhere.url}/contentsafety/text:analyze"})
        assert not elsewhere.bodies, "the text went where nobody sent it"
    assert isinstance(error, (Unavailable, Unscorable))


async def test_a_service_that_is_away_is_unavailable(nobody: int) -> None:
    adapter = ContentSafety(Connection(address=f"http://127.0.0.1:{nobody}", secret="key"))
    with pytest.raises(Unavailable) as error:
        await adapter.analyze(SECRET)
    assert SECRET not in told(error.value)
    await adapter._client.close()
