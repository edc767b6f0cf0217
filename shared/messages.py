"""The messages on the queues: JSON with type and version, decoded strictly; references and counts, never text."""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal, TypeVar

from msgspec import DecodeError, Meta, Raw, Struct, json
from msgspec.structs import replace

from shared.errors import BadMessage, place_of
from shared.ids import EvaluationId, run_message_id, shard_message_id
from shared.subject import Subject, TrainingFile, TunedModel
from shared.tally import DataTally, ModelTally, Tally
from shared.times import MAX_ATTEMPTS

Attempt = Annotated[int, Meta(ge=0, le=MAX_ATTEMPTS)]


class _Shard(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: Literal[1] = 1
    evaluation: EvaluationId
    shard: Annotated[int, Meta(ge=0)]
    shards: Annotated[int, Meta(ge=1, le=10_000)]
    attempt: Attempt = 0

    def __post_init__(self) -> None:
        if self.shard >= self.shards:
            raise ValueError("a shard's number is below the number of shards")

    @property
    def numbers(self) -> range:
        """The number of this one shard."""
        return range(self.shard, self.shard + 1)

    @property
    def message_id(self) -> str:
        return shard_message_id(self.evaluation, self.shard, self.attempt)


class EvaluateDataShard(
    _Shard, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="evaluate-data-shard"
):
    """Score the texts of the lines whose first byte lies in `[start, end)`."""

    file: TrainingFile
    start: Annotated[int, Meta(ge=0)]
    end: Annotated[int, Meta(ge=0)]


class FanOutDataShards(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="fan-out-data-shards"
):
    """Send on a run of a file's shards, `[first, end)`: at least two, so that no message stands for itself."""

    version: Literal[1] = 1
    evaluation: EvaluationId
    first: Annotated[int, Meta(ge=0)]
    end: Annotated[int, Meta(ge=2)]
    shards: Annotated[int, Meta(ge=2, le=10_000)]
    file: TrainingFile

    def __post_init__(self) -> None:
        if not self.first + 1 < self.end <= self.shards:
            raise ValueError("a run holds at least two of the shards")

    @property
    def numbers(self) -> range:
        """The numbers of its shards."""
        return range(self.first, self.end)

    @property
    def message_id(self) -> str:
        return run_message_id(self.evaluation, self.first, self.end)


class EvaluateModelShard(
    _Shard, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="evaluate-model-shard"
):
    """Hold these scenarios' conversations with the tuned model, or with its base, and score every answer."""

    model: TunedModel
    base: bool = False
    scenarios: Annotated[tuple[str, ...], Meta(min_length=1, max_length=100)]
    so_far: ModelTally | None = None
    """What earlier attempts found: a conversation that was held is not held again, and harm once seen stays."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(set(self.scenarios)) < len(self.scenarios):
            raise ValueError("a scenario is named twice")
        known = self.so_far
        if known is not None and (known.evaluation, known.shard) != (self.evaluation, self.shard):
            raise ValueError("what was found so far is another shard's")


class CollectEvaluation(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="collect-evaluation"
):
    """Look whether an evaluation's tallies are all there; round 0 is sent before any shard."""

    version: Literal[1] = 1
    evaluation: EvaluationId
    round: Annotated[int, Meta(ge=0)] = 0
    shards: Annotated[int, Meta(ge=1, le=10_000)]
    deadline_utc: Annotated[datetime, Meta(tz=True)]
    started_utc: Annotated[datetime, Meta(tz=True)] | None = None
    """When it was planned; only its duration is measured from this."""
    policy: Annotated[str, Meta(max_length=40)]
    subject: Subject

    def next_round(self) -> "CollectEvaluation":
        return replace(self, round=self.round + 1)

    def is_due(self, now: datetime) -> bool:
        """Whether the deadline has passed."""
        return now >= self.deadline_utc

    def time_left(self, now: datetime) -> timedelta:
        return max(timedelta(), self.deadline_utc - now)


DataWork = EvaluateDataShard | FanOutDataShards
Work = DataWork | EvaluateModelShard
Message = Work | CollectEvaluation | DataTally | ModelTally
AnyMessage = TypeVar("AnyMessage", bound=Struct)


_DATA_WORK: Final[json.Decoder[DataWork]] = json.Decoder(DataWork)
_TALLY: Final[json.Decoder[Tally]] = json.Decoder(Tally)
_UNDECODABLE: Final = (DecodeError, UnicodeDecodeError, RecursionError)


def encode(message: Message) -> bytes:
    """The message as JSON; the same message always gives the same bytes."""
    return json.encode(message, order="deterministic")


def decode(body: bytes, expected: type[AnyMessage]) -> AnyMessage:
    """The message of the expected type; raises BadMessage, which names the place and never the value."""
    try:
        return _whole(json.decode(body, type=expected), body)
    except _UNDECODABLE as error:
        raise BadMessage(f"not a {expected.__name__}: {place_of(error)}") from None


def decode_data_work(body: bytes) -> DataWork:
    """The data shard, or run of data shards; raises BadMessage."""
    try:
        return _whole(_DATA_WORK.decode(body), body)
    except _UNDECODABLE as error:
        raise BadMessage(f"not data shards: {place_of(error)}") from None


def decode_tally(body: bytes) -> Tally:
    """The tally of either kind; raises BadMessage."""
    try:
        return _whole(_TALLY.decode(body), body)
    except _UNDECODABLE as error:
        raise BadMessage(f"not a tally: {place_of(error)}") from None


def _whole(message: AnyMessage, body: bytes) -> AnyMessage:
    # A default is for whoever makes a message; in one that came, a field left out is a figure nobody gave.
    fields = json.decode(body, type=dict[str, Raw])
    if fields.keys() != {"type", *message.__struct_encode_fields__}:
        raise BadMessage(f"not a {type(message).__name__}: a field is missing")
    if isinstance(message, EvaluateModelShard) and message.so_far is not None:
        _whole(message.so_far, bytes(fields["so_far"]))
    return message
