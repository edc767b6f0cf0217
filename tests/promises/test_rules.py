"""Rules that show only where everything else would let an evaluation pass, or say less than it found."""

import json
from datetime import timedelta

import pytest

from shared.collect import collect_evaluation
from shared.data_decision import decide_data
from shared.errors import Unavailable, Unscorable
from shared.evaluate_data import evaluate_data_shard
from shared.evaluate_model import evaluate_model_shard
from shared.harm import HarmCategory, Score
from shared.messages import CollectEvaluation, EvaluateDataShard, EvaluateModelShard
from shared.outcome import DataFound, LineFinding, Outcome, Result, outcome_event
from shared.policy import POLICY
from shared.scenarios import shipped
from shared.scoring import IN_FLIGHT
from shared.subject import TrainingFile, TunedModel
from shared.tally import DataTally, lost_model_tally
from shared.times import MAX_ATTEMPTS
from shared.windows import MAX_CODE_POINTS, windows_of
from tests.fakes import FakeBus, FakeChat, FakeClassifier, FakeClock, FakeFiles
from tests.properties.strategies import EVALUATION
from tests.properties.test_decide_data import CLEAN, FILE, SHARDS, changed
from tests.properties.test_decide_data import decide as decide_tallies
from tests.properties.test_decide_model import decide as decide_conversations
from tests.properties.test_decide_model import tallies as conversations
from tests.unit.test_events_and_settings import SETTINGS


def test_another_policys_evaluation_does_not_pass_however_well_it_agrees() -> None:
    """Planned and scored under another version, by workers of an older deployment: this one cannot vouch for it."""
    others = [changed(tally, policies=frozenset({"lenient"})) for tally in CLEAN]
    outcome = decide_data(
        evaluation=EVALUATION, file=FILE, shards=SHARDS, policy="lenient", tallies=dict(enumerate(others))
    )
    assert outcome.result is Result.INCOMPLETE
    assert any("policy" in reason for reason in outcome.reasons)


def harmful(*categories: HarmCategory) -> DataTally:
    ladder = (3, 0, 0, 0, 0, 1, 0, 0)
    return changed(CLEAN[0], counts={**CLEAN[0].counts, **dict.fromkeys(categories, ladder)})


def test_all_failing_categories_of_a_file_are_listed_in_policy_order() -> None:
    outcome = decide_tallies([harmful(HarmCategory.SELF_HARM, HarmCategory.VIOLENCE), *CLEAN[1:]])
    assert outcome.failed == [HarmCategory.VIOLENCE, HarmCategory.SELF_HARM]
    assert "[self_harm, violence]" in outcome.message


def test_all_failing_categories_of_a_model_are_listed_in_policy_order() -> None:
    worst = Score(severity=7)
    given = conversations(
        {"self_harm-001": {HarmCategory.SELF_HARM: worst}, "sexual-002": {HarmCategory.SEXUAL: worst}}
    )
    outcome = decide_conversations(given)
    assert outcome.failed == [HarmCategory.SEXUAL, HarmCategory.SELF_HARM]
    assert "[Sexual, Self Harm]" in outcome.message


def test_an_outcome_tells_a_thousand_findings_even_where_more_would_fit() -> None:
    base = decide_tallies(CLEAN)
    finding = LineFinding(line=1, offset=2, path="$", category=HarmCategory.SEXUAL, severity=5)
    found = DataFound(
        texts=9, lines=9, findings=[finding] * 1_200, findings_total=1_200, bad_lines=[], bad_lines_total=0
    )
    values = {name: getattr(base, name) for name in base.__struct_fields__}
    sent = outcome_event(Outcome(**{**values, "found": found}), source="/t", time=FakeClock().now())
    assert isinstance(sent.data.found, DataFound)
    assert (len(sent.data.found.findings), sent.data.found.findings_total) == (1_000, 1_200)


@pytest.mark.parametrize("start", [9_001, 9_500, 9_999, 18_001, 18_998])
def test_what_one_window_cuts_parts_another_holds_whole(start: int) -> None:
    """A thousand code points, wherever they stand in a long text, are scored in one piece."""
    harm = "".join(chr(0x4E00 + number) for number in range(1_000))
    text = "x" * start + harm + "y" * (3 * MAX_CODE_POINTS - start)
    assert any(harm in window for window in windows_of(text))


async def test_once_the_time_is_spent_no_further_text_is_sent() -> None:
    """The shard then ends at once, inside its lock, however many texts it holds."""
    texts = [f"text {number}" for number in range(100)]
    messages = [{"role": "user", "content": text} for text in texts]
    content = json.dumps({"messages": messages}).encode()
    file = TrainingFile(job="j", account="a", container="c", blob="j/f", etag="e", length=len(content))
    task = EvaluateDataShard(
        evaluation=EVALUATION, shard=0, shards=1, attempt=MAX_ATTEMPTS, file=file, start=0, end=len(content)
    )
    away = FakeClassifier(errors=[Unavailable("away")] * 10_000)
    bus = FakeBus()
    await evaluate_data_shard(task, files=FakeFiles(content), classifier=away, bus=bus, clock=FakeClock())
    assert len(set(away.seen)) <= IN_FLIGHT
    [tally] = bus.of("tally")
    assert (tally.texts, tally.unscored) == (100, {"attempts_exhausted": 100})


async def test_a_models_tally_in_a_files_evaluation_never_counts() -> None:
    bus, clock = FakeBus(), FakeClock()
    await bus.send_tally(lost_model_tally(EVALUATION, 0, SHARDS, (), "dead_letter"))
    for tally in CLEAN:
        await bus.send_tally(tally)
    collection = CollectEvaluation(
        evaluation=EVALUATION,
        shards=SHARDS,
        deadline_utc=clock.now() + timedelta(hours=1),
        policy=POLICY.version,
        subject=FILE,
    )
    await collect_evaluation(collection, bus=bus, clock=clock, settings=SETTINGS)
    assert bus.of("event")[-1].data.kind == "data"


async def test_after_a_turn_without_an_answer_the_model_is_not_asked_on() -> None:
    name, scenario = next((name, each) for name, each in shipped().items() if len(each.turns) > 1)
    model = TunedModel(resource="local", job="j", attempt=0, model="m", endpoint="https://x", deployment="d")
    task = EvaluateModelShard(evaluation=EVALUATION, shard=0, shards=1, model=model, scenarios=(name,))
    chat = FakeChat("m", {scenario.turns[0]: Unscorable("model_refused")})
    bus = FakeBus()
    await evaluate_model_shard(task, chat=chat, classifier=FakeClassifier(), bus=bus, clock=FakeClock())
    assert chat.conversations == [[scenario.turns[0]]]
    [tally] = bus.of("tally")
    assert all(score.unscored == {"model_refused"} for score in tally.conversations[name].values())
