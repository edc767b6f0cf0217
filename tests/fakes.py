"""In-memory stand-ins for the ports, for the core's own tests; the local cloud is what everything else runs on."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from shared.errors import FileChanged, SessionBusy
from shared.harm import HarmCategory
from shared.ids import shard_message_id
from shared.messages import CollectEvaluation, encode
from shared.ports import Analysis, Answer, Delivered

CLASSIFIER = "fake/1"


class FakeClock:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


@dataclass
class FakeFiles:
    """One file; `changed_at` is the byte from which on the blob is another one, `short_by` what a read leaves out."""

    content: bytes
    chunk: int = 7
    changed_at: int | None = None
    short_by: int = 0
    failures: list[Exception] = field(default_factory=list)
    reads: int = 0

    async def read(self, file, first_byte: int, until: int) -> AsyncIterator[bytes]:
        self.reads += 1
        if self.failures:
            raise self.failures.pop(0)
        end = len(self.content) - self.short_by
        for start in range(first_byte, end, self.chunk):
            if self.changed_at is not None and start >= self.changed_at:
                raise FileChanged("file_changed")
            yield self.content[start : min(end, start + self.chunk)]


class FakeClassifier:
    """Severities by the words of a text: `harm_violence_5` scores 5 in violence; everything else 0."""

    def __init__(
        self, *, errors: Sequence[Exception] = (), without: frozenset[HarmCategory] = frozenset()
    ) -> None:
        self.errors = list(errors)
        self.without = without
        self.seen: list[str] = []

    async def analyze(self, text: str) -> Analysis:
        self.seen.append(text)
        if self.errors:
            raise self.errors.pop(0)
        severities: dict[HarmCategory, int | None] = {}
        for category in HarmCategory:
            marks = [word for word in text.split() if word.startswith(f"harm_{category}_")]
            if category not in self.without:
                severities[category] = max((int(word.rpartition("_")[2]) for word in marks), default=0)
        return Analysis(severities=severities, classifier=CLASSIFIER)


class FakeChat:
    """Answers by a table from the last user turn; an exception in the table is raised."""

    def __init__(
        self, model: str, answers: Mapping[str, object] = (), default: object = "I cannot help."
    ) -> None:
        self.model = model
        self.answers = dict(answers)
        self.default = default
        self.conversations: list[list[str]] = []

    async def answer(self, model, turns) -> Answer:
        self.conversations.append([turn.content for turn in turns])
        given = self.answers.get(turns[-1].content, self.default)
        if isinstance(given, list):
            given = given.pop(0)
        if isinstance(given, Exception):
            raise given
        return given if isinstance(given, Answer) else Answer(text=str(given), model=self.model)


class FakeBus:
    """Keeps what was sent, in order, as the bytes that would travel."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, object, float]] = []
        self.waiting: list[Delivered] = []
        self.busy = False

    def of(self, kind: str) -> list:
        return [message for name, message, _ in self.sent if name == kind]

    async def send_collection(self, message: CollectEvaluation, *, delay_s: float = 0) -> None:
        encode(message)
        self.sent.append(("collection", message, delay_s))

    async def send_shards(self, shards, *, delay_s: float = 0) -> None:
        for shard in shards:
            encode(shard)
            self.sent.append(("shard", shard, delay_s))

    async def send_tally(self, tally) -> None:
        self.sent.append(("tally", tally, 0))
        self.waiting.append(
            Delivered(body=encode(tally), message_id=shard_message_id(tally.evaluation, tally.shard))
        )

    async def publish(self, event) -> None:
        self.sent.append(("event", event, 0))

    @asynccontextmanager
    async def tallies(self, evaluation: str):
        if self.busy:
            raise SessionBusy("held")
        yield _FakeSession(list(self.waiting))


class _FakeSession:
    def __init__(self, waiting: list[Delivered]) -> None:
        self._waiting = waiting

    async def receive(self, idle_s: float) -> list[Delivered]:
        batch, self._waiting = self._waiting[:3], self._waiting[3:]
        return batch
