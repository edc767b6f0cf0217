"""What becomes of a message that ended in a dead-letter queue: no loss may read as passed, and none goes untold.

Nothing here raises on what a message holds: a reader that raises on a dead-letter queue is called without end.
"""

import logging

from shared import reasons
from shared.errors import BadMessage
from shared.evaluation import incomplete
from shared.ids import work_of
from shared.messages import (
    CollectEvaluation,
    EvaluateModelShard,
    decode,
    decode_data_work,
    decode_tally,
)
from shared.outcome import OutcomeEvent, outcome_event
from shared.ports import Bus, Clock, Verdicts
from shared.record import record_verdict
from shared.settings import Settings
from shared.shards import MAX_SHARDS
from shared.tally import lost_data_tally, lost_model_tally

_log = logging.getLogger(__name__)


async def lost_data_shard(body: bytes, message_id: str | None, *, bus: Bus) -> None:
    """Report a lost data shard, or each of a lost run of shards, as unscored."""
    try:
        work = decode_data_work(body)
    except BadMessage:
        named = work_of(message_id)
        if named is None:
            _log.error("message %s is no shard and was dropped", _safe(message_id))
            return
        evaluation, lost, shards = named.evaluation, range(named.shard, min(named.end, MAX_SHARDS)), None
    else:
        evaluation, lost, shards = work.evaluation, work.numbers, work.shards
    for shard in lost:
        await bus.send_tally(lost_data_tally(evaluation, shard, shards, "dead_letter"))


async def lost_model_shard(body: bytes, message_id: str | None, *, bus: Bus) -> None:
    """Report the conversations that a lost model shard had yet to hold as unscored, with what it had found."""
    try:
        task = decode(body, EvaluateModelShard)
    except BadMessage:
        work = work_of(message_id)
        if work is None:
            _log.error("message %s is no shard and was dropped", _safe(message_id))
            return
        await bus.send_tally(lost_model_tally(work.evaluation, work.shard, None, (), "dead_letter"))
        return
    tally = lost_model_tally(task.evaluation, task.shard, task.shards, task.scenarios, "dead_letter")
    await bus.send_tally(tally if task.so_far is None else tally.join(task.so_far))


async def lost_collection(
    body: bytes, message_id: str | None, *, bus: Bus, clock: Clock, settings: Settings
) -> None:
    """Try the next round while the deadline has not passed; after it, end the evaluation incomplete."""
    try:
        collection = decode(body, CollectEvaluation)
    except BadMessage:
        _log.error("message %s is no collection and was dropped", _safe(message_id))
        return
    if not collection.is_due(clock.now()):
        await bus.send_collection(collection.next_round(), delay_s=60)
        return
    outcome = incomplete(
        evaluation=collection.evaluation,
        subject=collection.subject,
        gaps=[reasons.sentence("collector_failed")],
    )
    await bus.publish(outcome_event(outcome, source=settings.source, time=clock.now()))


async def lost_tally(body: bytes, message_id: str | None, *, bus: Bus) -> None:
    """Send a tally once more: it comes as often as it likes, the fold is a join."""
    try:
        tally = decode_tally(body)
    except BadMessage:
        _log.error("message %s is no tally and was dropped; its shard stays unscored", _safe(message_id))
        return
    await bus.send_tally(tally)


async def lost_verdict(event: OutcomeEvent | None, message_id: str | None, *, verdicts: Verdicts) -> None:
    """Try once more to record a verdict that could not be recorded."""
    try:
        if event is None:
            raise BadMessage("not an outcome")
        await record_verdict(event, verdicts=verdicts)
    except BadMessage:
        _log.error("message %s is no model's outcome and was dropped; no verdict follows", _safe(message_id))


def lost_notice(message_id: str | None) -> None:
    """Say that a trainer or a watcher never took a notice; the outcome itself has been decided."""
    _log.error("notice %s was never taken", _safe(message_id))


def _safe(message_id: str | None) -> str:
    # An id is ours only if it parses as ours; a foreign one could be anything.
    evaluation, _, rest = (message_id or "").partition(":")
    ours = len(evaluation) == 32 and all(letter in "0123456789abcdef" for letter in evaluation)
    return (
        f"{evaluation}:{rest[:40]}" if ours and rest.replace(":", "").isalnum() else "without an id of ours"
    )
