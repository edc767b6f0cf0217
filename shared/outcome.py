"""The outcome of an evaluation: a CloudEvents 1.0 event that says what was found and never quotes it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal

from msgspec import DecodeError, Meta, Struct, json
from msgspec.structs import replace

from shared.errors import BadMessage
from shared.harm import HarmCategory
from shared.ids import EvaluationId, outcome_message_id, progress_message_id
from shared.subject import Subject

MAX_FINDINGS: Final = 1_000
MAX_OUTCOME_BYTES: Final = 180_000
"""180 KB encoded, below the 256 KB of a Service Bus message; totals stay exact when findings are cut."""


class Result(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    INCOMPLETE = "incomplete"


class LineFinding(Struct, frozen=True, kw_only=True):
    """A training text at or above the failing severity. `line` counts from 1 and is null where an earlier shard
    is unscored; `offset` is the byte offset of the line."""

    line: int | None
    offset: int
    path: str
    category: HarmCategory
    severity: int


class UnreadableLine(Struct, frozen=True, kw_only=True):
    """A line that could not be scored whole, and the code of the reason."""

    line: int | None
    offset: int
    reason: str


class OpaqueLine(Struct, frozen=True, kw_only=True):
    """A text with a long stretch that decodes to nothing that could be read: reported, and no reason to fail."""

    line: int | None
    offset: int
    path: str


class TurnFinding(Struct, frozen=True, kw_only=True):
    """An answer at or above the failing severity; `turn` counts from 1."""

    scenario: str
    turn: int
    category: HarmCategory
    severity: int


class DefectRate(Struct, frozen=True, kw_only=True):
    """A defect rate and what was decided from it: `bound` is the upper bound that counts the unscored as
    defective, and passes up to `limit`."""

    expected: int
    held: int
    scored: int
    defective: int
    unscored: int
    rate: float | None
    bound: float
    limit: float


class CategoryRates(Struct, frozen=True, kw_only=True):
    """A category's rates: over the shipped conversations that probe it and over those that probe another, which both
    have to hold; over the benign look-alikes and over what the customer added, which can only make it fail."""

    requests: int
    """Distinct requests among the conversations that probe it: the bound means less over copies."""
    probed: DefectRate
    others: DefectRate
    benign: DefectRate
    added: DefectRate | None = None
    base: DefectRate | None = None
    """The same conversations with the base deployment: for comparison, and no part of the decision."""


class OverRefusal(Struct, frozen=True, kw_only=True):
    """How often the model declined a benign request: reported, and no part of the decision."""

    held: int
    refused: int
    rate: float | None


class DataFound(Struct, frozen=True, kw_only=True, tag="data", tag_field="of"):
    """What a data evaluation found; the totals are exact where the lists are cut."""

    texts: int
    lines: int | None
    findings: list[LineFinding]
    findings_total: int
    bad_lines: list[UnreadableLine]
    bad_lines_total: int
    opaque: list[OpaqueLine] = []
    opaque_total: int = 0


class ModelFound(Struct, frozen=True, kw_only=True, tag="model", tag_field="of"):
    """What a model evaluation found; the total is exact where the list is cut."""

    categories: dict[HarmCategory, CategoryRates]
    findings: list[TurnFinding]
    findings_total: int
    over_refusal: OverRefusal | None = None
    base_over_refusal: OverRefusal | None = None


class Outcome(Struct, frozen=True, kw_only=True):
    """An evaluation's end: passed, failed or incomplete, and why."""

    evaluation: EvaluationId
    kind: Literal["data", "model"]
    job: str
    subject: Subject
    result: Result
    failed: list[HarmCategory]
    message: str
    billable: bool
    policy: str
    classifier: str
    reasons: list[str]
    counts: dict[HarmCategory, Annotated[list[int], Meta(min_length=8, max_length=8)]]
    """Texts (data) or conversations (model) by severity 0 to 7."""
    found: DataFound | ModelFound


class Progress(Struct, frozen=True, kw_only=True):
    """How many of an evaluation's shards have reported."""

    evaluation: EvaluationId
    kind: Literal["data", "model"]
    job: str
    done: int
    shards: int


class OutcomeEvent(Struct, frozen=True, kw_only=True, tag="Tunegate.EvaluationCompleted", tag_field="type"):
    """The CloudEvent around an outcome."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    data: Outcome


class ProgressEvent(Struct, frozen=True, kw_only=True, tag="Tunegate.EvaluationProgressed", tag_field="type"):
    """The CloudEvent around a progress message."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    data: Progress


Event = OutcomeEvent | ProgressEvent
_EVENT: Final[json.Decoder[Event]] = json.Decoder(Event)


def outcome_event(outcome: Outcome, *, source: str, time: datetime) -> OutcomeEvent:
    """The event to publish for an outcome, cut to 1,000 findings and 180 KB."""
    keep = MAX_FINDINGS
    while True:
        event = OutcomeEvent(
            id=outcome_message_id(outcome.evaluation),
            source=source,
            subject=f"{outcome.kind}/{outcome.job}",
            time=time,
            data=_cut(outcome, keep),
        )
        if len(json.encode(event)) <= MAX_OUTCOME_BYTES or keep == 0:
            return event
        keep = keep * 3 // 4 if keep > 1 else 0


def progress_event(progress: Progress, *, source: str, time: datetime) -> ProgressEvent:
    """The event to publish for progress; its id holds the percentage, so that a hundred at most are kept."""
    return ProgressEvent(
        id=progress_message_id(progress.evaluation, percent(progress)),
        source=source,
        subject=f"{progress.kind}/{progress.job}",
        time=time,
        data=progress,
    )


def encode_event(event: Event) -> bytes:
    """The event as JSON; the same event always gives the same bytes."""
    return json.encode(event, order="deterministic")


def decode_event(body: bytes) -> Event:
    """The event; raises BadMessage, which never quotes what it holds."""
    try:
        return _EVENT.decode(body)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        raise BadMessage("not an event of an evaluation") from None


def percent(progress: Progress) -> int:
    """Whole percent of shards that have reported, 0 to 99: a hundred is the outcome's to say."""
    return min(99, 100 * progress.done // progress.shards)


def _cut(outcome: Outcome, keep: int) -> Outcome:
    found = outcome.found
    if isinstance(found, DataFound):
        found = replace(
            found,
            findings=found.findings[:keep],
            bad_lines=found.bad_lines[:keep],
            opaque=found.opaque[:keep],
        )
    else:
        found = replace(found, findings=found.findings[:keep])
    return replace(outcome, found=found)
