"""The collector's rounds, the verdict's rules, and what becomes of lost messages."""

import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from shared import collect as collecting
from shared.collect import collect_evaluation
from shared.errors import BadMessage
from shared.evaluation import incomplete
from shared.harm import HarmCategory, Score
from shared.ids import shard_message_id
from shared.lost import lost_collection, lost_data_shard, lost_model_shard, lost_tally, lost_verdict
from shared.messages import CollectEvaluation, EvaluateDataShard, EvaluateModelShard, decode, encode
from shared.outcome import (
    MAX_OUTCOME_BYTES,
    DataFound,
    LineFinding,
    Outcome,
    OutcomeEvent,
    ProgressEvent,
    Result,
    decode_event,
    encode_event,
    outcome_event,
)
from shared.ports import Delivered
from shared.record import record_verdict
from shared.scenario_set import shipped_set
from shared.subject import TrainingFile, TunedModel
from shared.tally import DataTally, ModelTally, Span, lost_data_tally
from tests.fakes import FakeBus, FakeClock
from tests.unit.test_events_and_settings import SETTINGS

E = "c" * 32
DEEP = b"[" * 100_000 + b"]" * 100_000
FILE = TrainingFile(job="j", account="a", container="c", blob="j/f", etag="e", length=40)
MODEL = TunedModel(resource="local", job="j", attempt=0, model="m", endpoint="https://x/v1", deployment="d")


def collection(clock: FakeClock, *, shards: int = 4, subject=FILE, round: int = 0) -> CollectEvaluation:
    return CollectEvaluation(
        evaluation=E,
        round=round,
        shards=shards,
        deadline_utc=clock.now() + timedelta(hours=1),
        policy="1",
        subject=subject,
    )


def tally(shard: int, **changes) -> DataTally:
    return DataTally(
        **{
            "evaluation": E,
            "shard": shard,
            "shard_counts": frozenset({4}),
            "spans": frozenset({Span(shard * 10, shard * 10 + 10, 1)}),
            "texts": 1,
            "counts": {category: (1, *[0] * 7) for category in HarmCategory},
            **changes,
        }
    )


async def collect(bus: FakeBus, clock: FakeClock, message: CollectEvaluation | None = None) -> None:
    await collect_evaluation(
        message or collection(clock), bus=bus, clock=clock, settings=SETTINGS, scenarios=shipped_set()
    )


async def test_all_tallies_there_publishes_the_outcome() -> None:
    bus, clock = FakeBus(), FakeClock()
    for shard in range(4):
        await bus.send_tally(tally(shard))
    bus.sent.clear()
    await collect(bus, clock)
    progress, outcome = bus.of("event")
    assert isinstance(progress, ProgressEvent)
    assert (progress.data.done, progress.data.shards, progress.id) == (3, 4, f"{E}:progress:75")
    assert isinstance(outcome, OutcomeEvent)
    assert (outcome.id, outcome.data.result) == (f"{E}:outcome", Result.PASSED)
    assert not bus.of("collection")


async def test_not_all_there_looks_again_later() -> None:
    bus, clock = FakeBus(), FakeClock()
    await bus.send_tally(tally(0))
    bus.sent.clear()
    await collect(bus, clock, collection(clock, round=3))
    [(_, again, delay)] = [sent for sent in bus.sent if sent[0] == "collection"]
    assert (again.round, delay) == (4, 16)
    assert again.deadline_utc == collection(clock).deadline_utc
    assert not any(isinstance(event, OutcomeEvent) for event in bus.of("event"))


async def test_a_session_held_by_another_collector_is_no_error() -> None:
    bus, clock = FakeBus(), FakeClock()
    bus.busy = True
    await collect(bus, clock)
    assert [message.round for message in bus.of("collection")] == [1]


async def test_the_deadline_fails_closed() -> None:
    bus, clock = FakeBus(), FakeClock()
    message = collection(clock)
    for shard in range(3):
        await bus.send_tally(tally(shard))
    clock.time += timedelta(hours=2)
    await collect(bus, clock, message)
    outcome = bus.of("event")[-1]
    assert outcome.data.result is Result.INCOMPLETE
    assert any("1 of 4 shards" in reason for reason in outcome.data.reasons)


async def test_at_the_deadline_tallies_still_have_time_to_arrive() -> None:
    bus, clock = FakeBus(), FakeClock()
    message = collection(clock)
    clock.time += timedelta(hours=2)
    await collect(bus, clock, message)
    assert bus.waited == [3.0]


@pytest.mark.parametrize(
    "delivered",
    [
        Delivered(body=b"{}", message_id=shard_message_id(E, 2)),
        Delivered(body=b"{}", message_id=None),
        Delivered(body=encode(tally(2, evaluation="d" * 32)), message_id=shard_message_id(E, 2)),
        Delivered(body=b'{"zz":%b,"type":"data-tally"}' % DEEP, message_id=shard_message_id(E, 2)),
    ],
)
async def test_a_tally_that_cannot_be_read_never_lets_the_evaluation_pass(delivered: Delivered) -> None:
    bus, clock = FakeBus(), FakeClock()
    for shard in range(4):
        await bus.send_tally(tally(shard))
    bus.waiting.insert(0, delivered)
    await collect(bus, clock)
    assert bus.of("event")[-1].data.result is Result.INCOMPLETE


async def test_a_worse_second_tally_behind_a_complete_set_is_read() -> None:
    bus, clock = FakeBus(), FakeClock()
    for shard in range(4):
        await bus.send_tally(tally(shard))
    await bus.send_tally(tally(2, counts=dict.fromkeys(HarmCategory, (0, 0, 0, 0, 0, 0, 1, 0))))
    await collect(bus, clock)
    assert bus.of("event")[-1].data.result is Result.FAILED


@pytest.mark.parametrize("stray", [b'{"type":"model-tally","version":2}', encode(tally(0))])
async def test_a_model_never_passes_with_a_tally_nobody_could_read(stray: bytes) -> None:
    clock = FakeClock()
    clean = dict.fromkeys(HarmCategory, Score(severity=0))
    whole = ModelTally(
        evaluation=E, shard=0, shard_counts=frozenset({1}), conversations=dict.fromkeys(shipped_set(), clean)
    )
    message = collection(clock, shards=1, subject=MODEL)
    for more, result in (([], Result.PASSED), ([stray], Result.INCOMPLETE)):
        bus = FakeBus()
        await bus.send_tally(whole)
        bus.waiting += [Delivered(body=body, message_id=shard_message_id(E, 0)) for body in more]
        await collect(bus, clock, message)
        assert bus.of("event")[-1].data.result is result


async def test_a_tally_of_the_other_kind_never_counts() -> None:
    bus, clock = FakeBus(), FakeClock()
    message = collection(clock, shards=1, subject=MODEL)
    await bus.send_tally(tally(0, shard_counts=frozenset({1})))
    await collect(bus, clock, message)
    assert bus.of("event")[-1].data.result is Result.INCOMPLETE


DATA_SHARD = EvaluateDataShard(evaluation=E, shard=2, shards=4, file=FILE, start=0, end=10)
MODEL_SHARD = EvaluateModelShard(evaluation=E, shard=1, shards=2, model=MODEL, scenarios=("violence-001",))


async def test_lost_shards_become_unscored_tallies() -> None:
    bus = FakeBus()
    await lost_data_shard(encode(DATA_SHARD), None, bus=bus)
    await lost_model_shard(encode(MODEL_SHARD), None, bus=bus)
    await lost_data_shard(b"garbage", f"{E}:2:5", bus=bus)
    await lost_model_shard(b"garbage", f"{E}:1", bus=bus)
    data, model, by_id, model_by_id = bus.of("tally")
    assert (data.shard, data.shard_counts, data.unscored) == (2, {4}, {"dead_letter": 1})
    assert all(not score.is_complete for score in model.conversations["violence-001"].values())
    assert (by_id.shard, by_id.shard_counts) == (2, frozenset())
    assert model_by_id.shard == 1


NESTED = [
    b'{"zz":%b,"type":"%b"}' % (DEEP, kind)
    for kind in (b"data-tally", b"model-tally", b"evaluate-data-shard", b"Tunegate.EvaluationCompleted")
] + [
    b'{"type":"collect-evaluation","subject":{"zz":%b,"type":"file"}}' % DEEP,
    b'{"type":"evaluate-model-shard","zz":%b}' % DEEP,
]


@pytest.mark.parametrize(
    "body", [b"", b"garbage \xff", b"{}", b"[]", b'{"type":"CANARY"}', *NESTED], ids=lambda body: body[-40:]
)
async def test_owners_never_raise_on_content_nor_quote_it(
    body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    bus, clock = FakeBus(), FakeClock()
    for message_id in (None, "", "CANARY", E, f"{E}:CANARY \n"):
        await lost_data_shard(body, message_id, bus=bus)
        await lost_model_shard(body, message_id, bus=bus)
        await lost_collection(body, message_id, bus=bus, clock=clock, settings=SETTINGS)
        await lost_tally(body, message_id, bus=bus)
        await lost_verdict(None, message_id, verdicts=FakeVerdicts())
    with pytest.raises(BadMessage):
        decode_event(body)
    assert bus.sent == []
    assert "CANARY \n" not in caplog.text
    assert '{"type"' not in caplog.text


async def test_a_lost_collection_is_tried_again_until_the_deadline_then_ended() -> None:
    bus, clock = FakeBus(), FakeClock()
    message = collection(clock, round=5)
    await lost_collection(encode(message), None, bus=bus, clock=clock, settings=SETTINGS)
    assert [again.round for again in bus.of("collection")] == [6]
    clock.time += timedelta(hours=1)
    await lost_collection(encode(message), None, bus=bus, clock=clock, settings=SETTINGS)
    assert [event.data.result for event in bus.of("event")] == [Result.INCOMPLETE]


async def test_a_lost_tally_is_sent_again() -> None:
    bus = FakeBus()
    await lost_tally(encode(tally(3)), None, bus=bus)
    assert bus.of("tally") == [tally(3)]


class FakeVerdicts:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], bool] = {}

    async def allow(self, *, resource: str, job: str) -> None:
        self.rows.setdefault((resource, job), True)

    async def deny(self, *, resource: str, job: str) -> None:
        self.rows[resource, job] = False


def event(result: Result, *, subject=MODEL, kind: str = "model") -> OutcomeEvent:
    base = incomplete(evaluation=E, subject=subject, gaps=["x"])
    values = {name: getattr(base, name) for name in base.__struct_fields__}
    outcome = Outcome(**{**values, "result": result, "kind": kind})
    return outcome_event(outcome, source="/t", time=FakeClock().now())


@pytest.mark.parametrize(
    ("results", "row"),
    [
        ([Result.PASSED], True),
        ([Result.FAILED], False),
        ([Result.INCOMPLETE], None),
        ([Result.PASSED, Result.FAILED], False),
        ([Result.FAILED, Result.PASSED], False),
        ([Result.INCOMPLETE, Result.PASSED], True),
        ([Result.PASSED, Result.INCOMPLETE], True),
    ],
)
async def test_a_verdict_is_inserted_true_once_or_written_false(
    results: list[Result], row: bool | None
) -> None:
    verdicts = FakeVerdicts()
    for result in results:
        await record_verdict(event(result), verdicts=verdicts)
    assert verdicts.rows.get(("local", "j")) is row


@pytest.mark.parametrize("kind", ["data", "model"])
async def test_a_data_outcome_never_writes_a_verdict(kind: str) -> None:
    verdicts = FakeVerdicts()
    with pytest.raises(BadMessage):
        await record_verdict(event(Result.PASSED, subject=FILE, kind=kind), verdicts=verdicts)
    assert verdicts.rows == {}


def test_an_outcome_holds_at_most_1000_findings_and_180_kb_with_exact_totals() -> None:
    base = incomplete(evaluation=E, subject=FILE, gaps=["x"])
    finding = LineFinding(line=1, offset=2, path="$." + "p" * 98, category=HarmCategory.SEXUAL, severity=5)
    values = {name: getattr(base, name) for name in base.__struct_fields__}
    found = DataFound(
        texts=9, lines=9, findings=[finding] * 5000, findings_total=5000, bad_lines=[], bad_lines_total=0
    )
    sent = outcome_event(Outcome(**{**values, "found": found}), source="/t", time=FakeClock().now())
    assert len(encode_event(sent)) <= MAX_OUTCOME_BYTES
    assert 500 < len(sent.data.found.findings) <= 1000
    assert sent.data.found.findings_total == 5000
    assert decode_event(encode_event(sent)) == sent
    told = json.loads(encode_event(sent))
    assert (told["specversion"], told["type"]) == ("1.0", "Tunegate.EvaluationCompleted")


@pytest.mark.parametrize(
    "subject",
    [
        TrainingFile(
            job="j" * 100, length=1, **dict.fromkeys(("account", "container", "blob", "etag"), "\0" * 1024)
        ),
        TunedModel(
            resource="r" * 64,
            job="j" * 100,
            attempt=9_999,
            **dict.fromkeys(("model", "endpoint", "deployment", "base_deployment"), "\0" * 1024),
        ),
    ],
)
def test_no_subject_is_too_large_for_a_message(subject: TrainingFile | TunedModel) -> None:
    """As long as its fields may be, and each character as long as JSON makes one."""
    known = decode(encode(collection(FakeClock(), subject=subject)), CollectEvaluation).subject
    assert known == subject
    base = incomplete(evaluation=E, subject=known, gaps=["x"])
    assert (
        len(encode_event(outcome_event(base, source="/t", time=FakeClock().now()))) < MAX_OUTCOME_BYTES // 4
    )
    for name in set(subject.__struct_fields__) - {"length", "attempt"}:
        longer = replace(subject, **{name: getattr(subject, name) + "x"})
        with pytest.raises(BadMessage, match=rf"at `\$\.subject\.{name}`"):
            decode(encode(collection(FakeClock(), subject=longer)), CollectEvaluation)


def test_messages_are_decoded_strictly() -> None:
    body = encode(DATA_SHARD)
    assert decode(body, EvaluateDataShard) == DATA_SHARD
    raw = json.loads(body)
    for change in (
        {"more": 1},
        {"version": 2},
        {"shard": 4},
        {"attempt": 9},
        {"evaluation": "x"},
        {"start": -1},
    ):
        with pytest.raises(BadMessage):
            decode(json.dumps({**raw, **change}).encode(), EvaluateDataShard)
    for name in ("file", "shard", "shards", "evaluation", "start", "end", "type", "version"):
        with pytest.raises(BadMessage):
            decode(json.dumps({k: v for k, v in raw.items() if k != name}).encode(), EvaluateDataShard)
    with pytest.raises(BadMessage):
        decode(encode(MODEL_SHARD), EvaluateDataShard)


def test_the_collector_stays_at_most_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert collecting.COLLECT_STAY.total_seconds() == 120
    assert collecting.COLLECT_IDLE.total_seconds() == 20
    assert lost_data_tally(E, 0, None, "dead_letter").shard_counts == frozenset()
