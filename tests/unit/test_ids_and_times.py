"""Rules 7 and 8: deterministic ids, and times that fit one another and the declared entities."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from shared import ids, times
from shared.ids import (
    collect_message_id,
    data_evaluation_id,
    model_evaluation_id,
    outcome_message_id,
    progress_message_id,
    shard_message_id,
    work_of,
)

ENTITIES = json.loads((Path(__file__).parents[2] / "infra" / "servicebus.json").read_text())
NAMESPACE = ENTITIES["UserConfig"]["Namespaces"][0]
QUEUES = {queue["Name"]: queue["Properties"] for queue in NAMESPACE["Queues"]}
TOPIC = NAMESPACE["Topics"][0]
SUBSCRIPTIONS = {sub["Name"]: sub["Properties"] for sub in TOPIC["Subscriptions"]}
E = "0" * 32
START = datetime(2026, 1, 1, tzinfo=UTC)


def hours(text: str) -> timedelta:
    assert text.startswith("PT")
    amount, unit = float(text[2:-1]), text[-1]
    return timedelta(hours=amount) if unit == "H" else timedelta(minutes=amount)


def test_the_evaluation_id_is_32_hex_digits_of_sha256_over_what_is_evaluated() -> None:
    given = {"account": "acc", "container": "con", "blob": "job/f.jsonl", "etag": "0x8D"}
    wanted = sha256(b"4:data3:acc3:con11:job/f.jsonl4:0x8D").hexdigest()[:32]
    assert data_evaluation_id(**given) == wanted
    assert data_evaluation_id(**{**given, "etag": '"0x8D"'}) == wanted
    assert data_evaluation_id(**{**given, "etag": "0x8E"}) != wanted
    model = model_evaluation_id(resource="r", job="j", model="m", attempt=0)
    assert model == sha256(b"5:model1:r1:j1:m1:0").hexdigest()[:32]
    assert model != model_evaluation_id(resource="r", job="j", model="m", attempt=1)
    assert data_evaluation_id(account="a", container="bc", blob="d", etag="e") != data_evaluation_id(
        account="ab", container="c", blob="d", etag="e"
    )


def test_the_message_ids() -> None:
    assert shard_message_id(E, 7) == f"{E}:7"
    assert shard_message_id(E, 7, 3) == f"{E}:7:3"
    assert collect_message_id(E, 0) == f"{E}:collect:0"
    assert outcome_message_id(E) == f"{E}:outcome"
    assert len(progress_message_id(E, 99)) <= 128


@pytest.mark.parametrize("text", [f"{E}:7", f"{E}:7:3"])
def test_a_shard_is_attributed_by_its_message_id(text: str) -> None:
    assert work_of(text) == ids.WorkId(evaluation=E, shard=7, end=8)


@pytest.mark.parametrize(
    "text",
    [None, "", "x:1", f"{E}:", f"{E}:collect:0", f"{E}:1:2:3", f"{E}:1:2-3", f"{E}:7\n", f"{E.upper()}G:1"],
)
def test_any_other_message_id_names_no_shard(text: str | None) -> None:
    assert work_of(text) is None


def test_deadline_is_before_time_to_live_is_before_duplicate_window() -> None:
    assert times.DEADLINE_MAX <= timedelta(hours=20) < times.MESSAGE_TTL < times.DUPLICATE_WINDOW
    assert times.SHARD_BUDGET < times.SHARD_LOCK
    longest = times.data_deadline(START, length=8 * 1024**3, requests_per_s=1)
    assert longest - START == times.DEADLINE_MAX
    assert times.data_deadline(START, length=0, requests_per_s=100) - START == timedelta(hours=1)
    assert times.model_deadline(START, conversations=240) - START == timedelta(hours=2)


@pytest.mark.parametrize("name", QUEUES)
def test_the_declared_queues_keep_these_times(name: str) -> None:
    queue = QUEUES[name]
    assert hours(queue["DefaultMessageTimeToLive"]) == times.MESSAGE_TTL
    assert queue["RequiresDuplicateDetection"] is (name != "tallies")
    if name != "tallies":
        assert hours(queue["DuplicateDetectionHistoryTimeWindow"]) == times.DUPLICATE_WINDOW
    if name in {"data-shards", "model-shards"}:
        assert hours(queue["LockDuration"]) == times.SHARD_LOCK
    assert queue["RequiresSession"] is (name == "tallies")
    if name in {"tallies", "collections"}:
        assert queue["MaxDeliveryCount"] >= 100


def test_the_declared_topic_keeps_these_times() -> None:
    assert hours(TOPIC["Properties"]["DefaultMessageTimeToLive"]) == times.MESSAGE_TTL
    assert hours(TOPIC["Properties"]["DuplicateDetectionHistoryTimeWindow"]) == times.DUPLICATE_WINDOW
    assert SUBSCRIPTIONS.keys() == {"verdicts", "training", "watchers"}
    for subscription in SUBSCRIPTIONS.values():
        assert subscription["MaxDeliveryCount"] >= 100
        assert subscription["DeadLetteringOnMessageExpiration"] is False
    assert SUBSCRIPTIONS["watchers"]["RequiresSession"] is True
    assert hours(QUEUES["tallies"]["LockDuration"]) > times.COLLECT_STAY


def test_the_pauses_double_and_stop_at_their_longest() -> None:
    assert [times.collect_delay(n).total_seconds() for n in range(7)] == [2, 4, 8, 16, 32, 60, 60]
    assert [times.redelivery_wait(n).total_seconds() for n in (1, 2, 5, 6, 100)] == [2, 4, 32, 60, 60]
    assert times.attempt_delay(0, 700).total_seconds() == 700
    total = sum((times.attempt_delay(n) for n in range(times.MAX_ATTEMPTS)), timedelta())
    assert total < timedelta(hours=1)
