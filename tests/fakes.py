"""In-memory stand-ins for the ports, for the core's own tests; the local cloud is what everything else runs on."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from shared.errors import FileChanged, SessionBusy, Unavailable, Unscorable
from shared.harm import HarmCategory
from shared.ids import collect_message_id, shard_message_id
from shared.messages import CollectEvaluation, encode
from shared.ports import Analysis, Answer, Delivered
from shared.windows import MAX_CODE_POINTS

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
    """One file; `changed_at` is the byte from which on the blob is another one, `short_by` what a read leaves out.

    With an `etag` it gives only that version; without one it gives its content to whoever asks for its length.
    """

    content: bytes
    chunk: int = 7
    changed_at: int | None = None
    short_by: int = 0
    failures: list[Exception] = field(default_factory=list)
    reads: int = 0
    etag: str | None = None
    deleted: bool = False

    async def read(self, file, first_byte: int, until: int) -> AsyncIterator[bytes]:
        self.reads += 1
        if self.failures:
            raise self.failures.pop(0)
        if self.deleted or file.length != len(self.content) or self.etag not in (None, file.etag):
            raise FileChanged("file_changed")
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
        if not text.strip() or len(text) > MAX_CODE_POINTS:
            raise Unscorable("classifier_refused")
        severities: dict[HarmCategory, int | None] = {}
        for category in HarmCategory:
            marks = [word for word in text.split() if word.startswith(f"harm_{category}_")]
            if category not in self.without:
                severities[category] = max((int(word.rpartition("_")[2]) for word in marks), default=0)
        return Analysis(severities=severities, classifier=CLASSIFIER)

    async def analyze_image(self, content: bytes) -> Analysis:
        """As `analyze` of what follows the image's last FF FE."""
        return await self.analyze(content.rpartition(b"\xff\xfe")[2].decode() or "an image")


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
    """Keeps what was sent, in order, as the bytes that would travel; what has the id of another is swallowed,
    but for tallies."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, object, float]] = []
        self.waiting: list[Delivered] = []
        self.waited: list[float] = []
        self.busy = False
        self.away = False
        self._known: set[tuple[type, str]] = set()
        self._held: set[str] = set()

    def of(self, kind: str) -> list:
        return [message for name, message, _ in self.sent if name == kind]

    async def send_collection(self, message: CollectEvaluation, *, delay_s: float = 0) -> None:
        encode(message)
        self._keep("collection", message, delay_s, collect_message_id(message.evaluation, message.round))

    async def send_shards(self, shards, *, delay_s: float = 0) -> None:
        for shard in shards:
            encode(shard)
            self._keep("shard", shard, delay_s, shard.message_id)

    async def send_tally(self, tally) -> None:
        self._require_service()
        self.sent.append(("tally", tally, 0))
        self.waiting.append(
            Delivered(body=encode(tally), message_id=shard_message_id(tally.evaluation, tally.shard))
        )

    async def publish(self, event) -> None:
        self._keep("event", event, 0, event.id)

    @asynccontextmanager
    async def tallies(self, evaluation: str):
        self._require_service()
        if self.busy or evaluation in self._held:
            raise SessionBusy("held")
        self._held.add(evaluation)
        try:
            yield _FakeSession(self, evaluation)
        finally:
            self._held.discard(evaluation)

    def _keep(self, kind: str, message: object, delay_s: float, message_id: str) -> None:
        self._require_service()
        if (type(message), message_id) not in self._known:
            self._known.add((type(message), message_id))
            self.sent.append((kind, message, delay_s))

    def _require_service(self) -> None:
        if self.away:
            raise Unavailable("away")


class _FakeSession:
    """Gives out, three at a time, what waits of an evaluation; messages without an id go to every one."""

    def __init__(self, bus: FakeBus, evaluation: str) -> None:
        self._bus = bus
        self._evaluation = evaluation
        self._given = 0

    async def receive(self, idle_s: float) -> list[Delivered]:
        self._bus.waited.append(idle_s)
        if self._bus.away:
            raise Unavailable("away")
        mine = [
            m for m in self._bus.waiting if m.message_id is None or m.message_id.startswith(self._evaluation)
        ]
        batch = mine[self._given : self._given + 3]
        self._given += len(batch)
        return batch


class FakeVerdicts:
    """The rows, by resource and job."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], bool] = {}
        self.away = False

    async def allow(self, *, resource: str, job: str) -> None:
        self._require_service()
        self.rows.setdefault((resource, job), True)

    async def deny(self, *, resource: str, job: str) -> None:
        self._require_service()
        self.rows[resource, job] = False

    async def read(self, *, resource: str, job: str) -> bool | None:
        self._require_service()
        return self.rows.get((resource, job))

    def _require_service(self) -> None:
        if self.away:
            raise Unavailable("away")
