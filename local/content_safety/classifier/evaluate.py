"""Measure the shipped classifier: `python -m local.content_safety.classifier.evaluate DATA [--clean GATHERED]`.

Measures on DATA/dev, on what split.py holds out of DATA/train, on our own held-out sentences and on the half of
the gathered clean texts that calibrated nothing; prints a sentence and tables in Markdown.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from local.content_safety.classifier import CATEGORIES, corpus, scale, speed, split, tables
from local.content_safety.classifier.inference import EmbeddedClassifier
from local.content_safety.classifier.tables import Measured

OWN = Path("tests/content_safety/judged")
"""Sentences written for measuring alone, by another hand than those that are learned from."""
CLEAN_TEXTS = 60_000
"""Of the gathered clean texts so many are measured, the same share of every source."""


def measure(examples: Sequence[corpus.Example], folder: Path, *, jobs: int = 2) -> Measured:
    """Score the examples that have a letter at all."""
    if jobs == 1:
        _load(folder)
        found = [_score(one.text) for one in examples]
    else:
        with ProcessPoolExecutor(jobs, initializer=_load, initargs=(folder,)) as pool:
            found = list(pool.map(_score, [one.text for one in examples], chunksize=50))
    kept = [(one, scored) for one, scored in zip(examples, found, strict=True) if scored is not None]
    return Measured(
        examples=[one for one, _ in kept],
        scores=np.array([scores for _, (scores, _) in kept]).reshape(-1, len(CATEGORIES)),
        severities=np.array([levels for _, (_, levels) in kept], dtype=np.int64).reshape(-1, len(CATEGORIES)),
    )


_classifier: EmbeddedClassifier


def _load(folder: Path) -> None:
    global _classifier
    _classifier = EmbeddedClassifier(folder)


def _score(text: str) -> tuple[list[float], list[int]] | None:
    scores = _classifier.scores(text)
    if scores is None:
        return None
    return scores.tolist(), list(_classifier.severities(scores).values())


def examples_of(data: Path, gathered: Path | None, own: Path | None) -> list[corpus.Example]:
    """Everything that is measured on."""
    examples = split.measured(corpus.read_folder(data / "dev"))
    if (data / "train").is_dir():
        examples += split.held_out(corpus.read_folder(data / "train"))
    if own is not None:
        examples += [one for one in corpus.read_authored(own) if not split.calibrates_stance(one)]
    if gathered is not None:
        clean = [one for one in corpus.read_folder(gathered / "clean") if not split.calibrates_clean(one)]
        examples += clean[:: max(1, len(clean) // CLEAN_TEXTS)]
    return examples


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="evaluate", description="Measure the embedded classifier.")
    parser.add_argument("data", type=Path, help="a folder with dev/*.jsonl and train/*.jsonl")
    parser.add_argument("--clean", type=Path, help="the folder that gather.py filled")
    parser.add_argument("--own", type=Path, help=f"our own held-out sentences ({OWN})")
    parser.add_argument(
        "--weights", type=Path, default=scale.SHIPPED.parent, help="the folder of the weights"
    )
    options = parser.parse_args(arguments)
    measured = measure(examples_of(options.data, options.clean, options.own), options.weights)
    version = scale.read(options.weights / scale.SHIPPED.name).version
    for line in tables.report(measured, f"{EmbeddedClassifier.name}/{version}"):
        sys.stdout.write(line + "\n")
    # A process of its own: memory is the classifier's alone, and nothing else has warmed anything.
    sys.stdout.flush()
    subprocess.run([sys.executable, "-m", speed.__name__], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
