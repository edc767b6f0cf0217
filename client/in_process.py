"""The data gate without a bus: a file's shards evaluated in this process, a few at a time, their tallies in order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

from client.errors import Stopped
from client.file_version import FileVersion, VersionedFiles
from client.patience import Heard, PatientClock
from shared import errors
from shared.evaluate_data import evaluate_data_shard
from shared.messages import CollectEvaluation, EvaluateDataShard, Work
from shared.outcome import OutcomeEvent, ProgressEvent
from shared.ports import Bus, Classifier, TallySession
from shared.shards import ByteRange, plan_shards
from shared.subject import TrainingFile
from shared.tally import DataTally, Tally, fold
from shared.times import MAX_ATTEMPTS

AT_ONCE: Final = 2
"""Shards under way: while the texts of one are scored the next one is read."""


class _Tallies:
    """`ports.Bus` for one shard on its last attempt: whatever comes is its tally, and nothing else may come."""

    def __init__(self) -> None:
        self.sent: list[Tally] = []

    async def send_tally(self, tally: Tally) -> None:
        self.sent.append(tally)

    async def send_shards(self, shards: Sequence[Work], *, delay_s: float = 0) -> None:
        raise RuntimeError("a shard was handed back after its last attempt")

    async def send_collection(self, message: CollectEvaluation, *, delay_s: float = 0) -> None:
        raise RuntimeError("a shard sends no collection")

    async def publish(self, event: OutcomeEvent | ProgressEvent) -> None:
        raise RuntimeError("a shard publishes nothing")

    def tallies(self, evaluation: str) -> AbstractAsyncContextManager[TallySession]:
        raise RuntimeError("a shard collects nothing")


class Crashed(Stopped):
    """A bug, told by its kind and place alone: its own words, or a traceback's, may quote a record."""

    def __init__(self, bug: Exception) -> None:
        told = errors.Crashed.by(bug)
        super().__init__(
            f"A bug in Tunegate stopped this: {told}. What was evaluated is not known to be safe."
        )


class InProcess:
    """Evaluates ranges of one version of a local file, through the core that the functions run."""

    def __init__(
        self, file: FileVersion, subject: TrainingFile, evaluation: str, classifier: Classifier
    ) -> None:
        self._files = VersionedFiles(file)
        self._subject = subject
        self._evaluation = evaluation
        self._clock = PatientClock()
        self._classifier = Heard(classifier, self._clock)
        self.ranges = plan_shards(file.length)

    @property
    def answers(self) -> int:
        """How often the classifier has answered."""
        return self._classifier.answers

    async def tallies(self) -> AsyncGenerator[DataTally]:
        """Yield one tally for each planned shard, in their order."""
        pending: deque[asyncio.Task[DataTally]] = deque()
        try:
            for shard, byte_range in enumerate(self.ranges):
                pending.append(asyncio.create_task(self.evaluate(shard, byte_range)))
                if len(pending) == AT_ONCE:
                    yield await pending[0]
                    pending.popleft()
            while pending:
                yield await pending[0]
                pending.popleft()
        finally:
            await _end(pending)

    async def evaluate(self, shard: int, byte_range: ByteRange) -> DataTally:
        """The tally of the lines whose first byte lies in the range."""
        task = EvaluateDataShard(
            evaluation=self._evaluation,
            shard=shard,
            shards=len(self.ranges),
            # There is no queue to hand a shard back to: this attempt says what there is to say.
            attempt=MAX_ATTEMPTS,
            file=self._subject,
            start=byte_range.start,
            end=byte_range.end,
        )
        sent = await tallies_of(
            lambda bus: evaluate_data_shard(
                task, files=self._files, classifier=self._classifier, bus=bus, clock=self._clock
            )
        )
        [tally] = fold(tally for tally in sent if isinstance(tally, DataTally)).values()
        return tally


async def tallies_of(evaluate: Callable[[Bus], Awaitable[None]]) -> Sequence[Tally]:
    """What a shard sends on its last attempt; raises Crashed where it meets a bug."""
    bus = _Tallies()
    try:
        await evaluate(bus)
    except Stopped:
        raise
    except Exception as bug:  # noqa: BLE001 -- it goes no further: it is only told in other words
        raise Crashed(bug) from None
    return bus.sent


async def _end(tasks: Iterable[asyncio.Task[DataTally]]) -> None:
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
