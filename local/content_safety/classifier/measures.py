"""Measures of a ranking and of decisions; each is None where the data cannot tell."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Marks = NDArray[np.bool_]
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A share with its 95 % Wilson interval."""

    share: float
    low: float
    high: float


def average_precision(scores: Scores, harmful: Marks) -> float | None:
    """The area under precision and recall, as a sum of steps; texts with equal scores count together."""
    if not harmful.any():
        return None
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(harmful[order])
    last_of_equals = np.flatnonzero(np.diff(scores[order], append=-np.inf) != 0)
    precision = hits[last_of_equals] / (last_of_equals + 1)
    recall = hits[last_of_equals] / hits[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def roc_area(scores: Scores, harmful: Marks) -> float | None:
    """The chance that a harmful text scores above a harmless one; equal scores count half."""
    positives, negatives = int(harmful.sum()), int((~harmful).sum())
    if not positives or not negatives:
        return None
    return float((ranks(scores)[harmful].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def rank_correlation(left: Scores, right: Scores) -> float | None:
    """Spearman's rank correlation."""
    one, other = ranks(left), ranks(right)
    if len(one) < 2 or one.std() == 0 or other.std() == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def ranks(scores: Scores) -> Scores:
    """Ranks from 1; equal scores share the mean of theirs."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    mean_ranks = ends - (counts - 1) / 2.0
    shared: Scores = mean_ranks[inverse].astype(np.float64)
    return shared


def interval(hits: int, total: int) -> Interval | None:
    """The share of hits and where it may truly lie (Wilson, 95 %)."""
    if not total:
        return None
    share = hits / total
    square = _Z95 * _Z95
    centre = share + square / (2 * total)
    spread = _Z95 * sqrt(share * (1 - share) / total + square / (4 * total * total))
    below, above = (centre - spread) / (1 + square / total), (centre + spread) / (1 + square / total)
    return Interval(
        share=share, low=below if hits else 0.0, high=above if hits < total else 1.0
    )  # exact at both ends, where rounding is not
