"""Where the severities lie: edges on the score, found on folds that the scores' models never saw."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CUT_PRECISION = 0.85
"""Of the held-out texts at severity 4 or more, at least this share is harmful by people's labels."""
CUT_CLEAN_RATE = 0.0004
"""Of the held-out clean texts at most this share reaches severity 4 in a category."""
_LOW_CLEAN_RATES = (0.02, 0.006)
"""Severity 1 and 2 begin where this share of clean texts still lies above."""
_HIGH_QUANTILES = (0.4, 0.7, 0.9)
"""Severity 5, 6 and 7 begin at these quantiles of the harmful texts beyond the cut."""
_STEP = 0.05
"""Edges stand at least so far apart, in log-odds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Scores of one category on texts their model did not learn from."""

    scores: NDArray[np.float64]
    labels: NDArray[np.float64]
    clean: NDArray[np.bool_]
    """Texts in which people found no harm of any kind."""


def severity_edges(held_out: HeldOut) -> list[float]:
    """Seven ascending edges: a score at or above the n-th has severity n or more."""
    clean = held_out.scores[held_out.clean]
    cut = max(_precise_cut(held_out.scores, held_out.labels >= 0.5), _upper_quantile(clean, CUT_CLEAN_RATE))
    first, second = (min(_upper_quantile(clean, rate), cut - 0.5) for rate in _LOW_CLEAN_RATES)
    beyond = held_out.scores[(held_out.labels >= 0.5) & (held_out.scores >= cut)]
    higher = [float(np.quantile(beyond, quantile)) for quantile in _HIGH_QUANTILES] if beyond.size else []
    higher += [cut + 1.0 + step for step in range(len(_HIGH_QUANTILES) - len(higher))]
    edges = [first, second, (second + cut) / 2, cut, *higher]
    for at in (2, 1, 0):
        edges[at] = min(edges[at], edges[at + 1] - _STEP)
    for at in (4, 5, 6):
        edges[at] = max(edges[at], edges[at - 1] + _STEP)
    return edges


def _precise_cut(scores: NDArray[np.float64], harmful: NDArray[np.bool_]) -> float:
    """The lowest score from which on the precision holds; above every score where it never does."""
    order = np.argsort(-scores, kind="stable")
    precision = np.cumsum(harmful[order]) / np.arange(1, len(order) + 1)
    holds = np.flatnonzero(precision >= CUT_PRECISION)
    return float(scores[order][holds[-1]]) if holds.size else float(scores.max(initial=0.0)) + 1.0


def _upper_quantile(scores: NDArray[np.float64], share: float) -> float:
    """Just above the score that `share` of the scores exceed; without any score, 0 log-odds."""
    if not scores.size:
        return 0.0
    allowed = int(share * len(scores))
    return float(np.sort(scores)[::-1][min(allowed, len(scores) - 1)]) + 1e-6
