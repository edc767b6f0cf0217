"""Evaluate a data shard: read the lines it owns, score every text, send one tally."""

from collections import Counter
from dataclasses import dataclass, field

from shared.disguises import is_opaque
from shared.errors import FileChanged, Unavailable, Unscorable
from shared.harm import SEVERITY_LEVELS, HarmCategory, Scores
from shared.images import Image
from shared.messages import EvaluateDataShard
from shared.policy import is_defect
from shared.ports import Bus, Classifier, Clock, TrainingFiles
from shared.records import Text, read_record
from shared.scoring import Budget, Scorer
from shared.shards import ByteRange, Line, ShardLines
from shared.tally import BadLine, DataTally, OpaqueText, Span, TextFinding, fit, lost_data_tally
from shared.times import MAX_ATTEMPTS, SHARD_BUDGET, attempt_delay


async def evaluate_data_shard(
    task: EvaluateDataShard, *, files: TrainingFiles, classifier: Classifier, bus: Bus, clock: Clock
) -> None:
    """Send the shard's tally or, where a service is away and attempts are left, a delayed copy of the task."""
    budget = Budget(clock, until=clock.now() + SHARD_BUDGET)
    scorer = Scorer(classifier, budget)
    short: Unavailable | None = None
    try:
        shard = await budget.spend(lambda: _read(task, files))
        tally = await _tally(task, shard, scorer)
        short = scorer.shortfall
    except FileChanged as error:
        tally = lost_data_tally(task.evaluation, task.shard, task.shards, error.reason)
    except Unavailable as error:
        short = error
        tally = lost_data_tally(task.evaluation, task.shard, task.shards, "attempts_exhausted")
    if short is not None and task.attempt < MAX_ATTEMPTS:
        delay = attempt_delay(task.attempt, short.retry_after_s)
        await bus.send_shards([_next_attempt(task)], delay_s=delay.total_seconds())
    else:
        await bus.send_tally(fit(tally))


@dataclass(slots=True, repr=False)
class _ShardTexts:
    """What a shard's lines hold. No repr: it holds text."""

    lines: ShardLines
    texts: list[tuple[Line, Text]] = field(default_factory=list)
    images: list[tuple[Line, Image]] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    unscored: Counter[str] = field(default_factory=Counter)

    def add(self, line: Line) -> None:
        """Keep the line's texts, or the reason why it cannot be evaluated whole."""
        try:
            if line.content is None:
                raise Unscorable("too_long")
            record = read_record(line.content, first=line.offset == 0)
        except Unscorable as error:
            self._note(line, [error.reason])
            return
        if record is not None:
            self.texts.extend((line, text) for text in record.texts)
            self.images.extend((line, image) for image in record.images)
            self._note(line, record.unscored)

    def _note(self, line: Line, reasons: list[str]) -> None:
        self.unscored.update(reasons)
        self.bad.extend(
            BadLine(offset=line.offset, line=line.number, reason=reason) for reason in sorted(set(reasons))
        )


async def _read(task: EvaluateDataShard, files: TrainingFiles) -> _ShardTexts:
    lines = ShardLines(ByteRange(start=task.start, end=task.end))
    shard = _ShardTexts(lines)
    if task.start < task.end:
        async for chunk in files.read(task.file, lines.read_from, task.end):
            for line in lines.feed(chunk):
                shard.add(line)
            if lines.done:
                break
    for line in lines.finish():
        shard.add(line)
    return shard


async def _tally(task: EvaluateDataShard, shard: _ShardTexts, scorer: Scorer) -> DataTally:
    of_texts = await scorer.score_all([text.value for _, text in shard.texts])
    of_images = [await scorer.score_image(image.content) for _, image in shard.images]
    parts: list[tuple[Line, Text | Image]] = [*shard.texts, *shard.images]
    counts = {category: [0] * SEVERITY_LEVELS for category in HarmCategory}
    findings: list[TextFinding] = []
    for (line, part), scores in zip(parts, [*of_texts, *of_images], strict=True):
        reasons = _count(scores, counts)
        shard.unscored.update(reasons)
        shard.bad.extend(
            BadLine(offset=line.offset, line=line.number, reason=reason) for reason in sorted(reasons)
        )
        findings.extend(
            TextFinding(
                offset=line.offset,
                line=line.number,
                path=part.path,
                category=category,
                severity=score.severity,
            )
            for category, score in scores.items()
            if score.severity is not None and is_defect(score.severity)
        )
    bad = sorted(set(shard.bad))
    opaque = [
        OpaqueText(offset=line.offset, line=line.number, path=text.path)
        for line, text in shard.texts
        if is_opaque(text.value)
    ]
    return DataTally(
        evaluation=task.evaluation,
        shard=task.shard,
        shard_counts=frozenset({task.shards}),
        classifiers=frozenset(scorer.classifiers),
        unscored=dict(shard.unscored),
        spans=frozenset({Span(shard.lines.first_byte, shard.lines.end_byte, shard.lines.count)}),
        texts=len(parts),
        counts={category: tuple(ladder) for category, ladder in counts.items()},
        findings=tuple(sorted(findings)),
        bad_lines=tuple(bad),
        bad_total=len({line.offset for line in bad}),
        opaque=tuple(sorted(opaque)),
        opaque_total=len(opaque),
    )


def _count(scores: Scores, counts: dict[HarmCategory, list[int]]) -> set[str]:
    reasons: set[str] = set()
    for category in HarmCategory:
        score = scores[category]
        if score.severity is not None:
            counts[category][score.severity] += 1
        reasons |= score.unscored
    return reasons


def _next_attempt(task: EvaluateDataShard) -> EvaluateDataShard:
    return EvaluateDataShard(
        evaluation=task.evaluation,
        shard=task.shard,
        shards=task.shards,
        attempt=task.attempt + 1,
        file=task.file,
        start=task.start,
        end=task.end,
    )
