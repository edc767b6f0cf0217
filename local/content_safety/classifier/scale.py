"""From the two models' log-odds to a severity: how they are blended, and where the severities begin."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local.content_safety.classifier import CATEGORIES
from local.content_safety.classifier.linear import BadWeightsError

SHIPPED = Path(__file__).with_name("scale.json")
EDGES = 7
MOST_WINDOWS = 8
"""More windows cost no more: else padding without end would take any finding away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What calibration yields, one entry per category in policy order."""

    version: str
    encoder: list[float]
    """The weight of the encoder's log-odds in a window's score where the text is in a script it reads."""
    linear: list[float]
    """The weight of the n-gram model's."""
    alone: list[float]
    """What is added to the n-gram model's where the text is not, and the encoder is not asked: its cut is there."""
    per_window: list[float]
    """What the highest window's score loses for each doubling of the number of windows."""
    edges: list[list[float]]
    """Seven ascending edges per category: a score at or above the n-th has severity n or more."""

    def severities(self, scores: NDArray[np.float64]) -> dict[str, int]:
        """The severity in each category for the scores of a text, shape (4,)."""
        return {
            category: int(np.searchsorted(self.edges[row], scores[row], side="right"))
            for row, category in enumerate(CATEGORIES)
        }


def doublings(windows: int) -> float:
    """How often one window has been doubled to give so many, for the correction."""
    return float(np.log2(min(windows, MOST_WINDOWS)))


def write(scale: Scale, path: Path) -> None:
    path.write_text(json.dumps(asdict(scale), indent=1) + "\n", encoding="utf-8")


def read(path: Path = SHIPPED) -> Scale:
    """Read a scale; BadWeightsError when it does not fit this code."""
    try:
        scale = Scale(**json.loads(path.read_text(encoding="utf-8")))
        edges = np.array(scale.edges, dtype=np.float64)
        weights = np.array([scale.encoder, scale.linear, scale.per_window], dtype=np.float64)
        alone = np.array(scale.alone, dtype=np.float64)
    except (ValueError, TypeError):
        raise BadWeightsError("the scale is not one of this classifier") from None
    shapes = edges.shape, weights.shape, alone.shape
    many = len(CATEGORIES)
    if not scale.version or shapes != ((many, EDGES), (3, many), (many,)):
        raise BadWeightsError("the scale is for other categories or severities")
    if not (all(np.isfinite(one).all() for one in (edges, weights, alone)) and (weights >= 0).all()):
        raise BadWeightsError("the scale holds a weight below zero or no number")
    if not (np.diff(edges, axis=1) > 0).all():
        raise BadWeightsError("edges between severities must ascend")
    return scale
