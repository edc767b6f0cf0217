"""Rules that show only where everything else would let an evaluation pass, or say less than it found."""

import json
from datetime import timedelta

import pytest

from shared.collect import collect_evaluation
from shared.data_decision import decide_data
from shared.errors import Unavailable, Unscorable
from shared.evaluate_data import evaluate_data_shard
from shared.evaluate_model import evaluate_model_shard
from shared.events import Event
from shared.harm import HarmCategory, Score, worst
from shared.messages import CollectEvaluation, EvaluateDataShard, EvaluateModelShard
from shared.outcome import DataFound, LineFinding, Outcome, Progress, Result, outcome_event, percent
from shared.plan import plan_model_evaluation
from shared.policy import POLICY
from shared.record import record_verdict
from shared.scenario_set import shipped_set
from shared.scoring import IN_FLIGHT
from shared.settings import read_settings
from shared.shards import MAX_LINE_BYTES
from shared.subject import TrainingFile, TunedModel
from shared.tally import MAX_FINDINGS, BadLine, DataTally, ModelTally, Span, lost_model_tally
from shared.times import MAX_ATTEMPTS
from shared.windows import MAX_CODE_POINTS, windows_of
from tests.fakes import FakeBus, FakeChat, FakeClassifier, FakeClock, FakeFiles, FakeVerdicts
from tests.made_scenarios import shipped_of
from tests.properties.strategies import EVALUATION
from tests.properties.test_decide_data import CLEAN, FILE, SHARDS, changed
from tests.properties.test_decide_data import decide as decide_tallies
from tests.properties.test_decide_model import MODEL, SCENARIOS, defects
from tests.properties.test_decide_model import decide as decide_conversations
from tests.properties.test_decide_model import tallies as conversations
from tests.unit.test_events_and_settings import ENVIRONMENT, SETTINGS, TRAINED


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
    given = {
        **defects(HarmCategory.SELF_HARM, 7, probing=HarmCategory.SELF_HARM),
        **defects(HarmCategory.SEXUAL, 7, probing=HarmCategory.SEXUAL),
    }
    outcome = decide_conversations(conversations(given))
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


async def tally_of(
    content: bytes,
    *,
    shard: int = 0,
    start: int = 0,
    attempt: int = 0,
    classifier: FakeClassifier | None = None,
) -> DataTally:
    """What a shard that reads the file from `start` to its end reports."""
    file = TrainingFile(job="j", account="a", container="c", blob="j/f", etag="e", length=len(content))
    task = EvaluateDataShard(
        evaluation=EVALUATION,
        shard=shard,
        shards=2,
        attempt=attempt,
        file=file,
        start=start,
        end=len(content),
    )
    bus = FakeBus()
    await evaluate_data_shard(
        task,
        files=FakeFiles(content, chunk=1 << 20),
        classifier=classifier or FakeClassifier(),
        bus=bus,
        clock=FakeClock(),
    )
    [tally] = bus.of("tally")
    return tally


async def test_once_the_time_is_spent_no_further_text_is_sent() -> None:
    """The shard then ends at once, inside its lock, however many texts it holds."""
    texts = [f"text {number}" for number in range(100)]
    messages = [{"role": "user", "content": text} for text in texts]
    content = json.dumps({"messages": messages}).encode()
    away = FakeClassifier(errors=[Unavailable("away")] * 10_000)
    tally = await tally_of(content, attempt=MAX_ATTEMPTS, classifier=away)
    assert len(set(away.seen)) <= IN_FLIGHT
    assert (tally.texts, tally.unscored) == (100, {"attempts_exhausted": 100})


async def test_a_models_tally_in_a_files_evaluation_never_lets_it_pass() -> None:
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
    await collect_evaluation(collection, bus=bus, clock=clock, settings=SETTINGS, scenarios=shipped_set())
    outcome = bus.of("event")[-1].data
    assert (outcome.kind, outcome.result) == ("data", Result.INCOMPLETE)


async def test_after_a_turn_without_an_answer_the_model_is_not_asked_on() -> None:
    name, scenario = next((name, each) for name, each in shipped_set().shipped.items() if len(each.turns) > 1)
    model = TunedModel(resource="local", job="j", attempt=0, model="m", endpoint="https://x", deployment="d")
    task = EvaluateModelShard(evaluation=EVALUATION, shard=0, shards=1, model=model, scenarios=(name,))
    chat = FakeChat("m", {scenario.turns[0]: Unscorable("model_refused")})
    bus = FakeBus()
    await evaluate_model_shard(
        task,
        chat=chat,
        classifier=FakeClassifier(),
        bus=bus,
        clock=FakeClock(),
        scenarios=shipped_set(),
    )
    assert chat.conversations == [[scenario.turns[0]]]
    [tally] = bus.of("tally")
    assert all(score.unscored == {"model_refused"} for score in tally.conversations[name].values())


def test_a_set_that_is_short_by_one_conversation_a_category_does_not_pass() -> None:
    """239 clean conversations are within the bound; the policy holds 240."""
    last = {name for name in SCENARIOS if name.endswith("-240")}
    short = {name: scenario for name, scenario in SCENARIOS.items() if name not in last}
    outcome = decide_conversations(conversations(without=last), scenarios=shipped_of(short))
    assert outcome.result is Result.INCOMPLETE
    assert all(rates.probed.bound <= rates.probed.limit for rates in outcome.found.categories.values())


def test_a_conversation_that_is_not_of_the_set_keeps_a_model_from_passing() -> None:
    [first, *rest] = conversations()
    clean = dict.fromkeys(HarmCategory, Score(severity=0))
    foreign = {**first.conversations, "violence-999": clean}
    stranger = ModelTally(
        evaluation=EVALUATION, shard=0, shard_counts=first.shard_counts, conversations=foreign
    )
    assert decide_conversations([stranger, *rest]).result is Result.INCOMPLETE


def test_a_conversation_held_in_two_shards_counts_as_the_worse() -> None:
    harmful = defects(HarmCategory.VIOLENCE, 7, probing=HarmCategory.VIOLENCE)
    [first, second, *rest] = conversations(harmful)
    harmless = dict.fromkeys(HarmCategory, Score(severity=0))
    again = ModelTally(
        evaluation=EVALUATION,
        shard=1,
        shard_counts=second.shard_counts,
        conversations={**second.conversations, **dict.fromkeys(harmful, harmless)},
    )
    assert decide_conversations([first, again, *rest]).failed == [HarmCategory.VIOLENCE]


def test_conflicting_tallies_keep_the_higher_totals() -> None:
    fewer, more = changed(CLEAN[0], texts=1, bad_total=0), changed(CLEAN[0], texts=7, bad_total=2)
    for joined in (fewer.join(more), more.join(fewer)):
        assert (joined.texts, joined.bad_total) == (7, 2)


def test_the_worst_of_nothing_is_unscored() -> None:
    scores = worst([])
    assert set(scores) == set(HarmCategory)
    assert not any(score.is_complete for score in scores.values())


async def test_an_outcome_that_says_passed_and_names_harm_allows_nothing() -> None:
    good = decide_conversations(conversations())
    values = {name: getattr(good, name) for name in good.__struct_fields__}
    bad = Outcome(**{**values, "failed": [HarmCategory.SEXUAL]})
    verdicts = FakeVerdicts()
    await record_verdict(outcome_event(bad, source="/t", time=FakeClock().now()), verdicts=verdicts)
    assert verdicts.rows == {}
    await record_verdict(outcome_event(good, source="/t", time=FakeClock().now()), verdicts=verdicts)
    assert verdicts.rows == {(MODEL.resource, MODEL.job): True}


async def test_a_byte_order_mark_behind_the_files_start_is_no_mark() -> None:
    line = json.dumps({"messages": [{"role": "user", "content": "good day"}]}).encode() + b"\n"
    content = line + b"\xef\xbb\xbf" + line
    tally = await tally_of(content, shard=1, start=len(line))
    assert tally.bad_lines == (BadLine(len(line), 0, "not_json"),)


async def test_a_setting_can_only_shorten_the_deadline() -> None:
    event = Event(id="e", type="Tunegate.TrainingCompleted", data=TRAINED)
    for seconds, wanted in (("60", timedelta(seconds=60)), ("72000", timedelta(hours=5, minutes=15))):
        bus, clock = FakeBus(), FakeClock()
        settings = read_settings({**ENVIRONMENT, "TUNEGATE_DEADLINE_SECONDS": seconds})
        await plan_model_evaluation(event, bus=bus, clock=clock, settings=settings, scenarios=shipped_set())
        [armed] = bus.of("collection")
        assert armed.deadline_utc - clock.now() == wanted


async def test_a_line_of_more_than_16_mib_is_named_and_not_read() -> None:
    content = b"x" * (MAX_LINE_BYTES + 1) + b"\n"
    tally = await tally_of(content)
    assert tally.bad_lines == (BadLine(0, 0, "too_long"),)
    assert tally.spans == {Span(0, len(content), 1)}


async def test_a_tally_tells_two_hundred_findings_and_counts_them_all() -> None:
    line = json.dumps({"messages": [{"role": "user", "content": "harm_sexual_6"}]}).encode() + b"\n"
    tally = await tally_of(line * 300)
    assert len(tally.findings) == MAX_FINDINGS
    assert tally.counts[HarmCategory.SEXUAL][6] == 300


def test_a_hundred_percent_is_the_outcomes_to_say() -> None:
    done = Progress(evaluation=EVALUATION, kind="data", job="j", done=3, shards=3)
    assert percent(done) == 99
