"""Learn the n-gram model: logistic regression over hashed features, one category at a time."""

import warnings
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

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

from local.content_safety.classifier import CATEGORIES, corpus, features, linear
from local.content_safety.classifier.windows import cut

INVERSE_REGULARISATION = 16.0
ITERATIONS = 150
"""Enough: more iterations change no measure in its second digit."""
BALANCE = 0.5
"""Harmful texts weigh (harmless / harmful) to this power: 0 as they come, 1 evenly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnable:
    """The windows of all examples as one sparse matrix, and which example each window is of."""

    matrix: sparse.csr_matrix
    owners: NDArray[np.int64]
    weights: NDArray[np.float64]
    """How much each window counts."""


def fit(examples: Sequence[corpus.Example], *, jobs: int = 2) -> linear.Linear:
    """The n-gram model learned from the examples; the same examples give the same bytes."""
    learnable = prepare(examples)
    rows = range(len(CATEGORIES))
    if jobs == 1:
        fitted = [_fit(learnable, corpus.grades(examples, row)) for row in rows]
    else:
        with ProcessPoolExecutor(max_workers=jobs) as pool:
            tasks = [pool.submit(_fit, learnable, corpus.grades(examples, row)) for row in rows]
            fitted = [task.result() for task in tasks]
    quantised, scales = linear.quantise(np.stack([coefficients for coefficients, _ in fitted]))
    return linear.Linear(
        quantised=quantised, scales=scales, offsets=np.array([offset for _, offset in fitted])
    )


def prepare(examples: Sequence[corpus.Example]) -> Learnable:
    """Cut the examples into windows and count their features."""
    owners: list[int] = []
    found: list[features.Features] = []
    for at, example in enumerate(examples):
        for window in cut(features.normalise(example.text)):
            found.append(features.extract(features.tokens(window.text)))
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
    importance = np.array([example.weight for example in examples])
    per_example = np.bincount(owners, minlength=len(examples))
    return Learnable(matrix=matrix, owners=np.array(owners), weights=(importance / per_example)[owners])


def _fit(learnable: Learnable, labels: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """A graded label stands on both sides, weighted by how harmful people found it; unknown on neither."""
    graded = labels[learnable.owners]
    with np.errstate(invalid="ignore"):
        harmful = np.flatnonzero(graded > 0)
        harmless = np.flatnonzero(graded < 1)
    rows = np.concatenate([harmful, harmless])
    targets = np.concatenate([np.ones(len(harmful)), np.zeros(len(harmless))])
    importance = np.concatenate([graded[harmful], 1 - graded[harmless]]) * learnable.weights[rows]
    balance = (importance[targets == 0].sum() / importance[targets == 1].sum()) ** BALANCE
    importance = np.where(targets == 1, importance * balance, importance)
    model = LogisticRegression(C=INVERSE_REGULARISATION, solver="lbfgs", max_iter=ITERATIONS, tol=1e-5)
    # One thread: sums in several end in other digits. Stopping at the last iteration is meant, not worth a warning.
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(learnable.matrix[rows], targets, sample_weight=importance)
    return model.coef_[0], float(model.intercept_[0])
