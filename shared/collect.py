"""Collect an evaluation: take its tallies, and publish the outcome, or look again later.

The queue is the state: nothing is settled, nothing is stored, and every round sees all tallies again.
"""

import logging
from collections.abc import Iterable
from datetime import datetime

from shared.data_decision import decide_data
from shared.errors import BadMessage, SessionBusy
from shared.ids import work_of
from shared.messages import CollectEvaluation, decode_tally
from shared.model_decision import decide_model
from shared.outcome import Outcome, OutcomeEvent, Progress, outcome_event, percent, progress_event
from shared.ports import Bus, Clock, Delivered
from shared.scenario_set import ScenarioSet
from shared.settings import Settings
from shared.subject import TrainingFile
from shared.tally import DataTally, ModelTally, Tally, fold, lost_data_tally, lost_model_tally
from shared.times import COLLECT_IDLE, COLLECT_LAST, COLLECT_LEAST, COLLECT_STAY, collect_delay

_log = logging.getLogger(__name__)


async def collect_evaluation(
    collection: CollectEvaluation, *, bus: Bus, clock: Clock, settings: Settings, scenarios: ScenarioSet
) -> OutcomeEvent | None:
    """Publish the outcome once every shard has reported or the deadline has passed, else schedule the next round.

    What was published is returned, None while the evaluation goes on.
    """
    try:
        async with bus.tallies(collection.evaluation) as session:
            gathering = _Gathering(collection, bus, settings)
            leave = clock.now() + COLLECT_STAY
            drained = False
            while not drained and clock.now() < leave:
                left = min(COLLECT_IDLE, leave - clock.now(), collection.time_left(clock.now()))
                # With every shard told, a worse second tally may still wait behind: read to the end.
                idle = COLLECT_LAST if gathering.is_complete else max(COLLECT_LEAST, left)
                arrived = await session.receive(idle.total_seconds())
                gathering.add(arrived)
                drained = not arrived
                await gathering.tell_progress(clock.now())
    except SessionBusy:
        # Another round of this evaluation is at it; if that one dies, the next look finds the session free.
        await _look_again(collection, bus)
        return None
    if drained and (gathering.is_complete or collection.is_due(clock.now())):
        outcome = decide(collection, gathering.tallies, scenarios)
        event = outcome_event(outcome, source=settings.source, time=clock.now())
        await bus.publish(event)
        _log.info("evaluation %s %s", outcome.evaluation, outcome.result)
        return event
    await _look_again(collection, bus)
    return None


def decide(collection: CollectEvaluation, tallies: Iterable[Tally], scenarios: ScenarioSet) -> Outcome:
    """The outcome of a collection's tallies, whatever is missing; tallies of the other kind are left out."""
    subject = collection.subject
    tallies = list(tallies)
    if isinstance(subject, TrainingFile):
        return decide_data(
            evaluation=collection.evaluation,
            file=subject,
            shards=collection.shards,
            policy=collection.policy,
            tallies=fold(tally for tally in tallies if isinstance(tally, DataTally)),
        )
    return decide_model(
        evaluation=collection.evaluation,
        model=subject,
        shards=collection.shards,
        policy=collection.policy,
        tallies=fold(tally for tally in tallies if isinstance(tally, ModelTally)),
        scenarios=scenarios,
    )


class _Gathering:
    """The tallies of a round, and what was told of them."""

    def __init__(self, collection: CollectEvaluation, bus: Bus, settings: Settings) -> None:
        self._collection = collection
        self._bus = bus
        self._settings = settings
        self._told = -1
        self.tallies: list[Tally] = []
        self._shards: set[int] = set()

    @property
    def is_complete(self) -> bool:
        return self._shards >= set(range(self._collection.shards))

    def add(self, arrived: Iterable[Delivered]) -> None:
        self.tallies.extend(_tally_of(message, self._collection) for message in arrived)
        self._shards = {tally.shard for tally in self.tallies}

    async def tell_progress(self, now: datetime) -> None:
        """Publish how many shards have reported, once for each whole percent."""
        progress = Progress(
            evaluation=self._collection.evaluation,
            kind="data" if isinstance(self._collection.subject, TrainingFile) else "model",
            job=self._collection.subject.job,
            done=len(self._shards),
            shards=self._collection.shards,
        )
        if percent(progress) > self._told and not self.is_complete:
            self._told = percent(progress)
            await self._bus.publish(progress_event(progress, source=self._settings.source, time=now))


def _tally_of(message: Delivered, collection: CollectEvaluation) -> Tally:
    """The tally; one that cannot be read is its shard's loss, or shard 0's where it names none: never nothing."""
    try:
        tally = decode_tally(message.body)
        if tally.evaluation != collection.evaluation:
            raise BadMessage("a tally of another evaluation")
        if isinstance(tally, DataTally) != isinstance(collection.subject, TrainingFile):
            raise BadMessage("a tally of the other kind")
        return tally
    except BadMessage:
        work = work_of(message.message_id)
        shard = work.shard if work is not None and work.shard < collection.shards else 0
        if isinstance(collection.subject, TrainingFile):
            return lost_data_tally(collection.evaluation, shard, collection.shards, "tally_undecodable")
        return lost_model_tally(collection.evaluation, shard, collection.shards, (), "tally_undecodable")


async def _look_again(collection: CollectEvaluation, bus: Bus) -> None:
    delay = collect_delay(collection.round)
    await bus.send_collection(collection.next_round(), delay_s=delay.total_seconds())
