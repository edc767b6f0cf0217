"""Measure the shipped classifier: `python -m local.content_safety.classifier.evaluate DATA_FOLDER`.

Reads DATA_FOLDER/dev/*.jsonl, which training leaves out, and prints a sentence and tables in Markdown.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local.content_safety.classifier import corpus, measures, weights
from local.content_safety.classifier.inference import EmbeddedClassifier

CUT = 4
"""The severity from which on a text counts as flagged."""
HARMFUL = 0.5
"""The human grade from which on a text counts as harmful."""
_AZURE_NAMES = ("Violence", "SexualContent", "IdentityAttack", "SelfHarm")
"""What Azure's own scores are called in the data, in policy order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Examples with the classifier's scores and severities, one row per example."""

    examples: list[corpus.Example]
    scores: NDArray[np.float64]
    severities: NDArray[np.int64]

    def only(self, wanted: Callable[[corpus.Example], bool]) -> "Measured":
        """The part of the examples that is wanted."""
        keep = [at for at, example in enumerate(self.examples) if wanted(example)]
        return Measured(
            examples=[self.examples[at] for at in keep],
            scores=self.scores[keep],
            severities=self.severities[keep],
        )

    def labels(self, row: int) -> NDArray[np.float64]:
        """People's grades in one category; NaN where nobody said."""
        return corpus.grades(self.examples, row)


def measure(examples: Iterable[corpus.Example], classifier: EmbeddedClassifier) -> Measured:
    """Score the examples that have a letter at all."""
    kept, scores, severities = [], [], []
    for example in examples:
        found = classifier.scores(example.text)
        if found is not None:
            kept.append(example)
            scores.append(found)
            severities.append(list(classifier.analyze(example.text).values()))
    return Measured(
        examples=kept,
        scores=np.array(scores).reshape(-1, len(weights.CATEGORIES)),
        severities=np.array(severities, dtype=np.int64).reshape(-1, len(weights.CATEGORIES)),
    )


def report(measured: Measured, version: str) -> Iterator[str]:
    """Yield the report's lines."""
    clean = _clean_files(measured)
    flagged = int((clean.severities >= CUT).any(axis=1).sum())
    harmful = _harmful(measured, lambda one: "_en_" in one.source)
    yield (
        f"Classifier {version} flags {flagged} of {len(clean.examples)} clean texts at severity {CUT} or more, "
        f"and {harmful} of the English texts that people found harmful."
    )
    yield ""
    yield from _clean_table(measured)
    yield ""
    yield from _ranking_table(measured)
    yield ""
    yield from _language_table(measured)


def _clean_files(measured: Measured) -> Measured:
    sources = {one.source for one in measured.examples}
    clean = {
        source for source in sources if all(one.is_clean for one in measured.examples if one.source == source)
    }
    return measured.only(lambda one: one.source in clean)


def _harmful(measured: Measured, wanted: Callable[[corpus.Example], bool]) -> str:
    part = measured.only(lambda one: wanted(one) and any((label or 0) >= HARMFUL for label in one.labels))
    if not part.examples:
        return "none"
    return f"{(part.severities >= CUT).any(axis=1).mean():.0%}"


def _clean_table(measured: Measured) -> Iterator[str]:
    clean = _clean_files(measured)
    yield f"| clean texts | texts | at severity >= {CUT} | per 10,000 | 95 % interval | by category |"
    yield "|---|---|---|---|---|---|"
    sources = sorted({one.source for one in clean.examples})
    for name, part in [
        *((source, clean.only(lambda one, source=source: one.source == source)) for source in sources),  # type: ignore[misc]
        ("together", clean),
    ]:
        hits = part.severities >= CUT
        total = measures.interval(int(hits.any(axis=1).sum()), len(part.examples))
        if total is None:
            continue
        categories = ", ".join(
            f"{category} {count}"
            for category, count in zip(weights.CATEGORIES, hits.sum(axis=0), strict=True)
            if count
        )
        yield (
            f"| {name} | {len(part.examples)} | {int(hits.any(axis=1).sum())} | {total.share * 10_000:.1f} "
            f"| {total.low * 10_000:.1f}-{total.high * 10_000:.1f} | {categories or '-'} |"
        )


def _ranking_table(measured: Measured) -> Iterator[str]:
    yield (
        f"| file | category | texts | harmful | average precision | ROC area | precision at {CUT} "
        f"| recall at {CUT} |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for source in sorted({one.source for one in measured.examples}):
        part = measured.only(lambda one, source=source: one.source == source)  # type: ignore[misc]
        for row, category in enumerate(weights.CATEGORIES):
            labels = part.labels(row)
            known = ~np.isnan(labels)
            harmful = labels[known] >= HARMFUL
            if not harmful.any():
                continue
            scores, flagged = part.scores[known, row], part.severities[known, row] >= CUT
            hits = int((flagged & harmful).sum())
            yield (
                f"| {source} | {category} | {int(known.sum())} | {int(harmful.sum())} "
                f"| {_number(measures.average_precision(scores, harmful))} "
                f"| {_number(measures.roc_area(scores, harmful))} "
                f"| {_share(hits, int(flagged.sum()))} | {_share(hits, int(harmful.sum()))} |"
            )


def _language_table(measured: Measured) -> Iterator[str]:
    """Against people and against Azure's own scores, language by language."""
    graded = measured.only(lambda one: one.azure is not None and "benign" not in one.source)
    if not graded.examples:
        return
    yield (
        "| language | category | texts | ROC area | Azure's ROC area | rank correlation with people "
        "| with Azure |"
    )
    yield "|---|---|---|---|---|---|---|"
    for language in [*sorted({one.language for one in graded.examples}), "together"]:
        part = graded.only(lambda one, language=language: language in (one.language, "together"))  # type: ignore[misc]
        for row, category in enumerate(weights.CATEGORIES):
            labels, scores = part.labels(row), part.scores[:, row]
            azure = np.array([(one.azure or {}).get(_AZURE_NAMES[row], np.nan) for one in part.examples])
            known = ~np.isnan(labels) & ~np.isnan(azure)
            harmful = labels[known] >= HARMFUL
            yield (
                f"| {language} | {category} | {int(known.sum())} "
                f"| {_number(measures.roc_area(scores[known], harmful))} "
                f"| {_number(measures.roc_area(azure[known], harmful))} "
                f"| {_number(measures.rank_correlation(scores[known], labels[known]))} "
                f"| {_number(measures.rank_correlation(scores[known], azure[known]))} |"
            )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f} ({part}/{whole})" if whole else "-"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluate", description="Measure the embedded classifier.")
    parser.add_argument("data", type=Path, help="a folder with dev/*.jsonl")
    parser.add_argument("--weights", type=Path, default=weights.SHIPPED)
    options = parser.parse_args(arguments)
    classifier = EmbeddedClassifier(options.weights)
    measured = measure(corpus.read_folder(options.data / "dev"), classifier)
    for line in report(measured, f"{classifier.name}/{classifier.version}"):
        sys.stdout.write(line + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
