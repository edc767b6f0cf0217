"""Train the classifier: `python -m local.content_safety.classifier.train DATA_FOLDER [--out FILE]`.

Learns from DATA_FOLDER/train/*.jsonl and our own sentences, leaves out every text that also stands in
DATA_FOLDER/dev, and writes weights, edges and the set of word 8-grams it has seen.
"""

import argparse
import hashlib
import sys
import warnings
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped,import-not-found,unused-ignore]
from sklearn.exceptions import (  # type: ignore[import-untyped,import-not-found,unused-ignore]
    ConvergenceWarning,
)
from sklearn.linear_model import (  # type: ignore[import-untyped,import-not-found,unused-ignore]
    LogisticRegression,
)
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped,import-not-found,unused-ignore]

from local.content_safety.classifier import calibration, corpus, features, overlap, weights

FOLDS = 3
INVERSE_REGULARISATION = 16.0
ITERATIONS = 150
"""Enough: more iterations change no measure in its second digit."""
BALANCE = 0.5
"""Harmful texts weigh (harmless / harmful) to this power: 0 as they come, 1 evenly."""
SOURCE_WEIGHTS = {"authored": 2.0, "diasafety_derived": 0.5}
"""Our own sentences count double (few, and about stance); weakly labelled dialogue counts half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnable:
    """The windows of all examples as one sparse matrix, and which example each window is of."""

    matrix: sparse.csr_matrix
    owners: NDArray[np.int64]
    window_weights: NDArray[np.float64]
    folds: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """One category's weights per bucket, its offset, and its edges."""

    coefficients: NDArray[np.float64]
    offset: float
    edges: list[float]


def train(data: Path, *, jobs: int = 2) -> tuple[weights.Weights, list[corpus.Example]]:
    """The weights learned from a data folder and the examples they were learned from."""
    held = corpus.read_folder(data / "dev") if (data / "dev").is_dir() else []
    examples = corpus.without_copies(
        [*corpus.read_authored(), *corpus.read_folder(data / "train")], beside=held
    )
    learnable = prepare(examples)
    rows = range(len(weights.CATEGORIES))
    if jobs == 1:
        fitted = [fit_category(learnable, examples, row) for row in rows]
    else:
        with ProcessPoolExecutor(max_workers=jobs) as pool:
            tasks = [pool.submit(fit_category, learnable, examples, row) for row in rows]
            fitted = [task.result() for task in tasks]
    quantised, scales = weights.quantise(np.stack([one.coefficients for one in fitted]))
    offsets = np.array([one.offset for one in fitted])
    edges = np.array([one.edges for one in fitted])
    digest = hashlib.sha256()
    for array in (quantised, scales, offsets, edges):
        digest.update(np.ascontiguousarray(array).tobytes())
    version = f"1.{digest.hexdigest()[:8]}"
    learned = weights.Weights(
        version=version, quantised=quantised, scales=scales, offsets=offsets, edges=edges
    )
    return learned, examples


def prepare(examples: Sequence[corpus.Example]) -> Learnable:
    """Cut the examples into windows and count their features; folds go by group, not by example."""
    owners: list[int] = []
    found: list[features.Features] = []
    for at, example in enumerate(examples):
        for window in features.windows(features.tokens(features.normalise(example.text))):
            found.append(features.extract(window))
            owners.append(at)
    starts = np.concatenate([[0], np.cumsum([len(one.buckets) for one in found])])
    matrix = sparse.csr_matrix(
        (
            np.concatenate([one.values for one in found]),
            np.concatenate([one.buckets for one in found]).astype(np.int32),
            starts,
        ),
        shape=(len(found), features.BUCKETS),
    )
    matrix.sum_duplicates()
    per_example = np.bincount(owners, minlength=len(examples))
    importance = np.array([SOURCE_WEIGHTS.get(example.source, 1.0) for example in examples])
    folds = np.array(
        [int.from_bytes(hashlib.sha256(one.group.encode()).digest()[:4]) % FOLDS for one in examples]
    )
    return Learnable(
        matrix=matrix,
        owners=np.array(owners),
        window_weights=(importance / per_example)[owners],
        folds=folds,
    )


def fit_category(learnable: Learnable, examples: Sequence[corpus.Example], row: int) -> Fitted:
    """Learn one category: three models for the edges, each scoring its unseen fold, then one on all."""
    labels = corpus.grades(examples, row)
    window_folds = learnable.folds[learnable.owners]
    scores = np.full(len(examples), -np.inf)
    for fold in range(FOLDS):
        coefficients, offset = _fit(learnable, labels, window_folds != fold)
        held = window_folds == fold
        np.maximum.at(
            scores, learnable.owners[held], learnable.matrix[np.flatnonzero(held)] @ coefficients + offset
        )
    known = ~np.isnan(labels)
    edges = calibration.severity_edges(
        calibration.HeldOut(
            scores=scores[known],
            labels=labels[known],
            clean=np.array([one.is_clean for one in examples])[known],
        )
    )
    coefficients, offset = _fit(learnable, labels, np.ones(len(window_folds), dtype=bool))
    return Fitted(coefficients=coefficients, offset=offset, edges=edges)


def _fit(
    learnable: Learnable, labels: NDArray[np.float64], use: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], float]:
    """Logistic regression; a graded label stands on both sides, weighted by how harmful people found it."""
    graded = labels[learnable.owners]
    with np.errstate(invalid="ignore"):
        harmful = np.flatnonzero(use & (graded > 0))
        harmless = np.flatnonzero(use & (graded < 1))
    rows = np.concatenate([harmful, harmless])
    targets = np.concatenate([np.ones(len(harmful)), np.zeros(len(harmless))])
    importance = np.concatenate([graded[harmful], 1 - graded[harmless]]) * learnable.window_weights[rows]
    balance = (importance[targets == 0].sum() / importance[targets == 1].sum()) ** BALANCE
    importance = np.where(targets == 1, importance * balance, importance)
    model = LogisticRegression(C=INVERSE_REGULARISATION, solver="lbfgs", max_iter=ITERATIONS, tol=1e-5)
    # One thread: sums in several end in other digits. Stopping at the last iteration is meant, not worth a warning.
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(learnable.matrix[rows], targets, sample_weight=importance)
    return model.coef_[0], float(model.intercept_[0])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="train", description="Train the embedded classifier.")
    parser.add_argument("data", type=Path, help="a folder with train/*.jsonl and dev/*.jsonl")
    parser.add_argument("--out", type=Path, default=weights.SHIPPED, help="where the weights go (.npz)")
    parser.add_argument("--jobs", type=int, default=2, help="categories learned at the same time")
    options = parser.parse_args(arguments)
    learned, examples = train(options.data, jobs=options.jobs)
    weights.write(learned, options.out)
    ngrams = options.out.with_name("training_ngrams.bin")
    overlap.write(overlap.collect(examples), ngrams)
    sys.stdout.write(f"Learned {learned.version} from {len(examples)} texts: {options.out}, {ngrams}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
