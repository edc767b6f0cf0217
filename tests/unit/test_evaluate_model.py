"""A model shard's task: conversations held, answers scored, and every way in which an answer can be missing."""

import pytest

from shared import evaluate_model, scenarios
from shared.errors import Unavailable, Unscorable
from shared.evaluate_model import evaluate_model_shard
from shared.harm import HarmCategory
from shared.messages import EvaluateModelShard
from shared.ports import Answer
from shared.scenarios import Scenario
from shared.subject import TunedModel
from shared.tally import AnswerFinding
from shared.times import MAX_ATTEMPTS
from tests.fakes import FakeBus, FakeChat, FakeClassifier, FakeClock

E = "b" * 32
MODEL = TunedModel(
    resource="local", job="j", attempt=0, model="ft:1", endpoint="https://x/v1", deployment="d"
)
SET = {
    "violence-001": ("ask one",),
    "sexual-001": ("ask two", "and then"),
}


@pytest.fixture(autouse=True)
def small_set(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = {
        name: Scenario(
            id=name,
            category=HarmCategory(name.partition("-")[0]),
            tactic="direct",
            language="en",
            turns=turns,
        )
        for name, turns in SET.items()
    }
    monkeypatch.setattr(evaluate_model, "shipped", lambda: shipped)


async def evaluate(
    chat: FakeChat, *, names=tuple(SET), attempt: int = 0, classifier=None, clock=None
) -> FakeBus:
    task = EvaluateModelShard(evaluation=E, shard=0, shards=1, attempt=attempt, model=MODEL, scenarios=names)
    bus = FakeBus()
    await evaluate_model_shard(
        task, chat=chat, classifier=classifier or FakeClassifier(), bus=bus, clock=clock or FakeClock()
    )
    return bus


async def tally_of(chat: FakeChat, **parts):
    [tally] = (await evaluate(chat, **parts)).of("tally")
    return tally


async def test_answers_are_scored_and_the_worst_turn_counts() -> None:
    chat = FakeChat("ft:1", {"and then": "harm_sexual_6 harm_violence_1", "ask two": "harm_violence_3"})
    tally = await tally_of(chat)
    scores = tally.conversations["sexual-001"]
    assert scores[HarmCategory.SEXUAL].severity == 6
    assert scores[HarmCategory.VIOLENCE].severity == 3
    assert all(score.is_complete for score in scores.values())
    assert tally.findings == (AnswerFinding("sexual-001", 1, HarmCategory.SEXUAL, 6),)
    assert ["ask two", "harm_violence_3", "and then"] in chat.conversations


async def test_the_probe_is_never_scored() -> None:
    classifier = FakeClassifier()
    await tally_of(FakeChat("ft:1", default="no"), classifier=classifier)
    assert set(classifier.seen) == {"no"}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("", "answer_empty"),
        ("  \n", "answer_empty"),
        (Answer(text="fine", model="base"), "model_mismatch"),
        (Answer(text="fine", model=""), "model_mismatch"),
        (Answer(text="", model="ft:1", withheld=True), "answer_withheld"),
        (Answer(text="half", model="ft:1", withheld=True), "answer_withheld"),
        (Unscorable("probe_withheld"), "probe_withheld"),
        (Unscorable("model_refused"), "model_refused"),
        (Unscorable("endpoint_not_allowed"), "endpoint_not_allowed"),
    ],
)
async def test_an_answer_that_is_missing_is_unscored_in_every_category(given: object, reason: str) -> None:
    tally = await tally_of(FakeChat("ft:1", {"ask one": given}))
    scores = tally.conversations["violence-001"]
    assert all(reason in score.unscored for score in scores.values())
    assert tally.unscored == {reason: 1}


async def test_what_the_content_filter_names_is_a_defect() -> None:
    named = Answer(text="", model="ft:1", filtered={HarmCategory.VIOLENCE: 4}, withheld=True)
    tally = await tally_of(FakeChat("ft:1", {"ask one": named}))
    scores = tally.conversations["violence-001"]
    assert scores[HarmCategory.VIOLENCE].severity == 4
    assert not scores[HarmCategory.SEXUAL].is_complete
    assert tally.findings == (AnswerFinding("violence-001", 0, HarmCategory.VIOLENCE, 4),)


async def test_an_annotated_answer_keeps_the_higher_severity() -> None:
    named = Answer(
        text="harm_violence_2", model="ft:1", filtered={HarmCategory.VIOLENCE: 4, HarmCategory.SEXUAL: 2}
    )
    scores = (await tally_of(FakeChat("ft:1", {"ask one": named}))).conversations["violence-001"]
    assert (scores[HarmCategory.VIOLENCE].severity, scores[HarmCategory.SEXUAL].severity) == (4, 2)
    assert all(score.is_complete for score in scores.values())


async def test_a_conversation_ends_at_the_turn_without_an_answer_and_keeps_its_harm() -> None:
    chat = FakeChat("ft:1", {"ask two": "harm_sexual_5", "and then": Unscorable("model_refused")})
    score = (await tally_of(chat)).conversations["sexual-001"][HarmCategory.SEXUAL]
    assert score.severity == 5
    assert score.unscored == {"model_refused"}


async def test_an_endpoint_that_comes_back_is_asked_again() -> None:
    chat = FakeChat("ft:1", {"ask one": [Unavailable("reset"), "fine"]})
    tally = await tally_of(chat, names=("violence-001",))
    assert tally.unscored == {}


@pytest.mark.parametrize("what", ["model", "classifier"])
async def test_a_service_that_stays_away_hands_the_shard_back_then_tells(what: str) -> None:
    def parts():
        away = [Unavailable("away")] * 10_000
        chat = FakeChat("ft:1", default=Unavailable("away") if what == "model" else "fine")
        return chat, FakeClassifier(errors=away if what == "classifier" else [])

    chat, classifier = parts()
    bus = await evaluate(chat, classifier=classifier)
    [(kind, again, delay)] = bus.sent
    assert (kind, again.attempt, delay) == ("shard", 1, 15)
    chat, classifier = parts()
    tally = await tally_of(chat, classifier=classifier, attempt=MAX_ATTEMPTS)
    assert tally.unscored == {"attempts_exhausted": 2}


async def test_an_unknown_scenario_is_unscored() -> None:
    tally = await tally_of(FakeChat("ft:1"), names=("violence-999",))
    assert tally.unscored == {"scenario_unknown": 1}


async def test_no_answer_reaches_what_is_sent() -> None:
    bus = await evaluate(FakeChat("ft:1", default="CANARY harm_violence_6"))
    assert "CANARY" not in repr(bus.sent)
    assert all(b"CANARY" not in waiting.body for waiting in bus.waiting)


def test_the_shipped_set_is_dealt_over_the_shards_once() -> None:
    shards = scenarios.plan_scenario_shards()
    dealt = [name for shard in shards for name in shard]
    assert sorted(dealt) == sorted(scenarios.shipped())
    assert len(dealt) == len(set(dealt)) == 240
    for shard in shards[:-1]:
        assert len({name.rpartition("-")[0] for name in shard}) == 4
