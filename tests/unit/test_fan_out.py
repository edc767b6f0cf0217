"""Fanning out: the planner sends few messages, and what they become is every shard, once."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.errors import BadMessage
from shared.fan_out import FAN_OUT, fan_out, parts_of
from shared.ids import work_of
from shared.lost import lost_data_shard
from shared.messages import EvaluateDataShard, FanOutDataShards, decode_data_work, encode
from shared.shards import MAX_FILE_BYTES, MIN_SHARD_BYTES, ByteRange, plan_shards
from tests.fakes import FakeBus
from tests.unit.test_collect_and_lost import FILE, E


def run_of(length: int) -> FanOutDataShards:
    shards = len(plan_shards(length))
    file = replace(FILE, length=length)
    return FanOutDataShards(evaluation=E, first=0, end=shards, shards=shards, file=file)


def leaves_of(run: FanOutDataShards) -> tuple[list[EvaluateDataShard], int]:
    """The shards that a run becomes in the end, and in how many rounds."""
    shards: list[EvaluateDataShard] = []
    runs, rounds = [run], 0
    while runs:
        parts = [part for each in runs for part in parts_of(decode_data_work(encode(each)))]
        shards += [part for part in parts if isinstance(part, EvaluateDataShard)]
        runs = [part for part in parts if isinstance(part, FanOutDataShards)]
        rounds += 1
    return shards, rounds


@given(st.integers(MIN_SHARD_BYTES + 1, MAX_FILE_BYTES))
def test_a_run_becomes_every_shard_once(length: int) -> None:
    run = run_of(length)
    assert len(parts_of(run)) <= FAN_OUT
    shards, rounds = leaves_of(run)
    shards.sort(key=lambda shard: shard.shard)
    assert [ByteRange(start=s.start, end=s.end) for s in shards] == plan_shards(length)
    assert [shard.shard for shard in shards] == list(range(run.shards))
    assert rounds <= 4


async def test_a_run_that_comes_twice_sends_nothing_new() -> None:
    bus, run = FakeBus(), run_of(100 * MIN_SHARD_BYTES)
    await fan_out(run, bus=bus)
    sent = len(bus.sent)
    await fan_out(run, bus=bus)
    assert len(bus.sent) == sent == FAN_OUT


def test_a_run_that_was_cut_in_another_way_is_not_sent_on() -> None:
    run = run_of(100 * MIN_SHARD_BYTES)
    with pytest.raises(BadMessage):
        parts_of(replace(run, file=replace(run.file, length=run.file.length + MIN_SHARD_BYTES)))


@pytest.mark.parametrize(("first", "end"), [(0, 0), (0, 1), (3, 3), (3, 4), (4, 3), (-1, 2), (0, 101)])
def test_no_message_stands_for_less_than_two_shards_or_for_more_than_there_are(first: int, end: int) -> None:
    told = {**json.loads(encode(run_of(100 * MIN_SHARD_BYTES))), "first": first, "end": end}
    with pytest.raises(BadMessage):
        decode_data_work(json.dumps(told).encode())


async def test_of_a_lost_run_each_shard_is_told_unscored() -> None:
    bus, run = FakeBus(), run_of(30 * MIN_SHARD_BYTES)
    await lost_data_shard(encode(run), None, bus=bus)
    told = bus.of("tally")
    assert [tally.shard for tally in told] == list(range(30))
    assert all((tally.shard_counts, tally.unscored) == ({30}, {"dead_letter": 1}) for tally in told)
    assert all(not tally.spans for tally in told), "no byte counts as read"


async def test_a_lost_run_that_cannot_be_read_is_told_by_its_id() -> None:
    bus = FakeBus()
    await lost_data_shard(b"garbage", f"{E}:3-6", bus=bus)
    await lost_data_shard(b"garbage", f"{E}:9998-99999", bus=bus)
    assert [tally.shard for tally in bus.of("tally")] == [3, 4, 5, 9998, 9999]


def test_the_id_names_the_run() -> None:
    run = run_of(30 * MIN_SHARD_BYTES)
    named = work_of(run.message_id)
    assert named is not None
    assert (named.evaluation, named.shard, named.end) == (E, 0, 30)
    ids = [part.message_id for part in parts_of(run)]
    assert len(set(ids)) == len(ids)
