"""Decide a data evaluation: a pure function of one folded tally per shard.

*Passed* needs every shard to have reported, the owned bytes to tile the file, and every text to be scored in
every category.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from shared.evaluation import conclude, disagreements
from shared.harm import SEVERITY_LEVELS, HarmCategory
from shared.outcome import DataFound, LineFinding, OpaqueLine, Outcome, UnreadableLine
from shared.policy import POLICY
from shared.subject import TrainingFile
from shared.tally import DataTally, Span

_UNREAD: Final = "A line of more than 16 MiB was not read to its end."


def decide_data(
    *, evaluation: str, file: TrainingFile, shards: int, policy: str, tallies: Mapping[int, DataTally]
) -> Outcome:
    """The outcome of a data evaluation from one folded tally per shard."""
    missing = list(disagreements(shards, policy, tallies))
    starts, lines = _line_starts(shards, tallies)
    gaps = missing + list(_untiled(file.length, shards, tallies))
    texts = sum(tally.texts for tally in tallies.values())
    counts = {
        category: [sum(level) for level in zip(*(t.ladder(category) for t in tallies.values()), strict=True)]
        or [0] * SEVERITY_LEVELS
        for category in HarmCategory
    }
    if texts == 0:
        gaps.append("The file holds no text to score.")
    gaps.extend(
        f"{category.display_name}: not every text was scored."
        for category in HarmCategory
        # Tally by tally: what one counts twice must not stand in for what another left out.
        if any(sum(tally.ladder(category)) < tally.texts for tally in tallies.values())
    )
    bad_total = sum(tally.bad_total for tally in tallies.values())
    if bad_total:
        gaps.append(f"{bad_total} lines could not be evaluated whole; they are listed.")
    failed = [c for c in HarmCategory if any(counts[c][POLICY.fail_severity :])]
    return conclude(
        evaluation=evaluation,
        subject=file,
        failed=failed,
        gaps=gaps,
        tallies=tallies.values(),
        counts=counts,
        found=DataFound(
            texts=texts,
            lines=lines,
            findings=[
                LineFinding(
                    line=_line_number(starts[shard], finding.line),
                    offset=finding.offset,
                    path=finding.path,
                    category=finding.category,
                    severity=finding.severity,
                )
                for shard, tally in tallies.items()
                for finding in tally.findings
            ],
            findings_total=sum(sum(ladder[POLICY.fail_severity :]) for ladder in counts.values()),
            bad_lines=[
                UnreadableLine(
                    line=_line_number(starts[shard], bad.line),
                    offset=bad.offset,
                    reason=bad.reason,
                )
                for shard, tally in tallies.items()
                for bad in tally.bad_lines
            ],
            bad_lines_total=bad_total,
            opaque=[
                OpaqueLine(line=_line_number(starts[shard], one.line), offset=one.offset, path=one.path)
                for shard, tally in tallies.items()
                for one in tally.opaque
            ],
            opaque_total=sum(tally.opaque_total for tally in tallies.values()),
        ),
    )


def _only_span(tally: DataTally | None) -> Span | None:
    # No span: the shard was not read to its end. More than one: its tallies conflict.
    return next(iter(tally.spans)) if tally is not None and len(tally.spans) == 1 else None


def _untiled(length: int, shards: int, tallies: Mapping[int, DataTally]) -> Iterator[str]:
    reached = 0
    over_long = any("too_long" in tally.unscored for tally in tallies.values())
    for shard in range(shards):
        span = _only_span(tallies.get(shard))
        if span is None:
            yield "Not every shard was read to its end."
            return
        if span.first_byte == span.end_byte:
            continue
        if span.first_byte != reached:
            yield _UNREAD if over_long else "The shards' bytes leave a gap or overlap."
            return
        reached = span.end_byte
    if reached != length:
        yield _UNREAD if over_long else "The shards' bytes do not reach the end of the file."


def _line_starts(shards: int, tallies: Mapping[int, DataTally]) -> tuple[dict[int, int | None], int | None]:
    starts: dict[int, int | None] = dict.fromkeys(tallies)
    seen: int | None = 0
    for shard in range(shards):
        starts[shard] = seen
        span = _only_span(tallies.get(shard))
        seen = None if seen is None or span is None else seen + span.lines
    return starts, seen


def _line_number(start: int | None, line: int) -> int | None:
    return None if start is None else start + line + 1
