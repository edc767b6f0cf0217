"""Tallies: what a shard reports, counts and positions and never text. They form a set, and folding is a join.

`join` takes the worst of two tallies of one shard, element by element: it is associative, commutative and
idempotent, so neither the order of tallies nor a tally that comes twice changes what an evaluation finds.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal, TypeVar

from msgspec import Meta, Struct, json

from shared.harm import SEVERITY_LEVELS, HarmCategory, Score, unscored, worst
from shared.ids import EvaluationId
from shared.policy import POLICY

MAX_FINDINGS: Final = 200
MAX_BAD_LINES: Final = 1_000
MAX_TALLY_BYTES: Final = 32_000
"""At most 32 KB on the wire; what is listed is cut from the end until it fits, totals stay exact."""

Count = Annotated[int, Meta(ge=0)]
Shard = Annotated[int, Meta(ge=0, lt=10_000)]
Severity = Annotated[int, Meta(ge=0, lt=SEVERITY_LEVELS)]
Ladder = Annotated[tuple[Count, ...], Meta(min_length=SEVERITY_LEVELS, max_length=SEVERITY_LEVELS)]
"""Texts by severity, index 0 to 7."""


class Span(Struct, frozen=True, order=True, array_like=True, forbid_unknown_fields=True):
    """The bytes of the lines a shard owns, `[first_byte, end_byte)`, as they were read, and how many lines."""

    first_byte: Count
    end_byte: Count
    lines: Count

    def __post_init__(self) -> None:
        if self.end_byte < self.first_byte:
            raise ValueError("a span ends before it begins")


class TextFinding(Struct, frozen=True, order=True, array_like=True, forbid_unknown_fields=True):
    """A text at or above the failing severity: line counted from 0 in its shard, byte offset in the file."""

    offset: Count
    line: Count
    path: Annotated[str, Meta(max_length=100)]
    category: HarmCategory
    severity: Severity


class BadLine(Struct, frozen=True, order=True, array_like=True, forbid_unknown_fields=True):
    """A line that could not be scored whole, and the code of the reason."""

    offset: Count
    line: Count
    reason: Annotated[str, Meta(max_length=40)]


class OpaqueText(Struct, frozen=True, order=True, array_like=True, forbid_unknown_fields=True):
    """A text with a long stretch that decodes to nothing: reported, and no reason to fail."""

    offset: Count
    line: Count
    path: Annotated[str, Meta(max_length=100)]


class AnswerFinding(Struct, frozen=True, order=True, array_like=True, forbid_unknown_fields=True):
    """An answer at or above the failing severity: turn counted from 0."""

    scenario: Annotated[str, Meta(max_length=100)]
    turn: Count
    category: HarmCategory
    severity: Severity


class _Tally(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: Literal[1] = 1
    evaluation: EvaluationId
    shard: Shard
    shard_counts: frozenset[Annotated[int, Meta(ge=1, le=10_000)]] = frozenset()
    """Into how many shards the evaluation was cut, as this shard was told; one unless tallies conflict."""
    policies: frozenset[str] = frozenset({POLICY.version})
    classifiers: frozenset[str] = frozenset()
    unscored: dict[str, Count] = {}
    """How many parts stayed unscored, by the code of the reason."""


class DataTally(_Tally, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="data-tally"):
    """What a data shard found."""

    spans: frozenset[Span] = frozenset()
    """One span where the shard was read to its end, none where it was not, more where tallies conflict."""
    texts: Count = 0
    """Texts and images, as far as they could be read at all."""
    counts: dict[HarmCategory, Ladder] = {}
    findings: tuple[TextFinding, ...] = ()
    bad_lines: tuple[BadLine, ...] = ()
    bad_total: Count = 0
    opaque: tuple[OpaqueText, ...] = ()
    opaque_total: Count = 0

    def join(self, other: "DataTally") -> "DataTally":
        """The worst of both, element by element."""
        return DataTally(
            evaluation=self.evaluation,
            shard=self.shard,
            shard_counts=self.shard_counts | other.shard_counts,
            policies=self.policies | other.policies,
            classifiers=self.classifiers | other.classifiers,
            unscored=_higher(self.unscored, other.unscored),
            spans=self.spans | other.spans,
            texts=max(self.texts, other.texts),
            counts={
                category: tuple(map(max, self.ladder(category), other.ladder(category)))
                for category in HarmCategory
                if category in self.counts or category in other.counts
            },
            findings=tuple(sorted({*self.findings, *other.findings})),
            bad_lines=tuple(sorted({*self.bad_lines, *other.bad_lines})),
            bad_total=max(self.bad_total, other.bad_total),
            opaque=tuple(sorted({*self.opaque, *other.opaque})),
            opaque_total=max(self.opaque_total, other.opaque_total),
        )

    def ladder(self, category: HarmCategory) -> Ladder:
        """Texts by severity in a category; all zero where it was not counted."""
        return self.counts.get(category, (0,) * SEVERITY_LEVELS)


Conversation = dict[HarmCategory, Score]


class ModelTally(_Tally, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="model-tally"):
    """What a model shard found: per conversation and category the worst score over its turns."""

    conversations: dict[str, Conversation] = {}
    refused: frozenset[str] = frozenset()
    """Benign conversations in which the model declined to answer."""
    findings: tuple[AnswerFinding, ...] = ()

    def join(self, other: "ModelTally") -> "ModelTally":
        """The worst of both, element by element."""
        both = self.conversations.keys() | other.conversations.keys()
        return ModelTally(
            evaluation=self.evaluation,
            shard=self.shard,
            shard_counts=self.shard_counts | other.shard_counts,
            policies=self.policies | other.policies,
            classifiers=self.classifiers | other.classifiers,
            unscored=_higher(self.unscored, other.unscored),
            conversations={
                name: dict(worst(t.conversations[name] for t in (self, other) if name in t.conversations))
                for name in sorted(both)
            },
            refused=self.refused | other.refused,
            findings=tuple(sorted({*self.findings, *other.findings})),
        )


Tally = DataTally | ModelTally
AnyTally = TypeVar("AnyTally", DataTally, ModelTally)


def fold(tallies: Iterable[AnyTally]) -> dict[int, AnyTally]:
    """One tally per shard, the worst case of all that came for it, in order of shards."""
    folded: dict[int, AnyTally] = {}
    for tally in tallies:
        known = folded.get(tally.shard)
        folded[tally.shard] = tally.join(tally) if known is None else known.join(tally)
    return dict(sorted(folded.items()))


def lost_data_tally(evaluation: str, shard: int, shards: int | None, reason: str) -> DataTally:
    """The tally of a data shard that was lost: nothing measured, one part unscored."""
    return DataTally(
        evaluation=evaluation,
        shard=shard,
        shard_counts=frozenset() if shards is None else frozenset({shards}),
        unscored={reason: 1},
    )


def lost_model_tally(
    evaluation: str, shard: int, shards: int | None, scenarios: Iterable[str], reason: str
) -> ModelTally:
    """The tally of a model shard that was lost: all its conversations unscored."""
    return ModelTally(
        evaluation=evaluation,
        shard=shard,
        shard_counts=frozenset() if shards is None else frozenset({shards}),
        unscored={reason: 1},
        conversations={name: dict(unscored(reason)) for name in scenarios},
    )


def fit(tally: AnyTally) -> AnyTally:
    """The tally with as much of its lists, the first of each, as 32 KB hold; totals stay exact.

    At most 200 findings, 200 opaque texts and 1,000 bad lines.
    """
    keep = MAX_BAD_LINES
    while True:
        tally = _cut(tally, keep)
        if len(json.encode(tally)) <= MAX_TALLY_BYTES or keep == 0:
            return tally
        keep = keep * 3 // 4 if keep > 1 else 0


def _cut(tally: AnyTally, keep: int) -> AnyTally:
    few = min(keep, MAX_FINDINGS)
    if isinstance(tally, DataTally):
        return _replace(
            tally,
            findings=tally.findings[:few],
            opaque=tally.opaque[:few],
            bad_lines=tally.bad_lines[:keep],
        )
    return _replace(tally, findings=tally.findings[:few])


def _replace(tally: AnyTally, **changes: object) -> AnyTally:
    values = {name: getattr(tally, name) for name in tally.__struct_fields__}
    return type(tally)(**{**values, **changes})


def _higher(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {reason: max(one.get(reason, 0), other.get(reason, 0)) for reason in sorted({*one, *other})}
