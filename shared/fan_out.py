"""Fan out: a run of a file's shards becomes a few messages, however long the file is.

The planner sends at most `FAN_OUT` messages; a message that stands for many shards is taken like any other, and
becomes `FAN_OUT` again. So planning takes the same time for any file, and any worker may do the rest.
"""

from itertools import pairwise
from typing import Final

from shared.errors import BadMessage
from shared.messages import EvaluateDataShard, FanOutDataShards
from shared.ports import Bus
from shared.shards import byte_range, shard_count

FAN_OUT: Final = 20
"""Messages at most: three rounds of it reach 8,000 shards, and all fit into one batch of 256 KB."""


async def fan_out(run: FanOutDataShards, *, bus: Bus) -> None:
    """Send what the run becomes: its shards where they are few, else shorter runs; raises BadMessage."""
    await bus.send_shards(parts_of(run))


def parts_of(run: FanOutDataShards) -> list[EvaluateDataShard | FanOutDataShards]:
    """At most `FAN_OUT` messages that stand for exactly the run's shards; a part of one shard is that shard.

    Raises BadMessage where the run was planned with other shards than these.
    """
    if run.shards != shard_count(run.file.length):
        raise BadMessage("a run of shards was cut in another way")
    count = run.end - run.first
    parts = min(count, FAN_OUT)
    borders = [run.first + count * part // parts for part in range(parts + 1)]
    return [_part(run, first, end) for first, end in pairwise(borders)]


def _part(run: FanOutDataShards, first: int, end: int) -> EvaluateDataShard | FanOutDataShards:
    if end - first > 1:
        return FanOutDataShards(
            evaluation=run.evaluation, first=first, end=end, shards=run.shards, file=run.file
        )
    cut = byte_range(run.file.length, first)
    return EvaluateDataShard(
        evaluation=run.evaluation,
        shard=first,
        shards=run.shards,
        file=run.file,
        start=cut.start,
        end=cut.end,
    )
