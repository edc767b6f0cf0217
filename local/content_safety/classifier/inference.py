"""Score a text with the shipped weights: numpy only, deterministic, no text kept but single words."""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local.content_safety.classifier import features, weights


class EmbeddedClassifier:
    """Yields a severity from 0 to 7 in every harm category for one text at a time."""

    name = "embedded"

    def __init__(self, path: Path = weights.SHIPPED) -> None:
        self._weights = weights.read(path)
        self.version = self._weights.version

    def analyze(self, text: str) -> dict[str, int]:
        """The severity in each category: the highest of the text's windows. A text without letters is 0."""
        scores = self.scores(text)
        if scores is None:
            return dict.fromkeys(weights.CATEGORIES, 0)
        return {
            category: int(np.searchsorted(self._weights.edges[row], scores[row], side="right"))
            for row, category in enumerate(weights.CATEGORIES)
        }

    def scores(self, text: str) -> NDArray[np.float64] | None:
        """The highest log-odds over the windows, per category in policy order; None without a letter."""
        found = features.tokens(features.normalise(text))
        if not any(token[0].isalpha() for token in found):
            return None
        highest: NDArray[np.float64] = np.max(
            [self._score(window) for window in features.windows(found)], axis=0
        )
        return highest

    def _score(self, window: list[str]) -> NDArray[np.float64]:
        buckets, values = features.extract(window)
        chosen = self._weights.quantised[:, buckets].astype(np.float64)
        summed: NDArray[np.float64] = (chosen * values).sum(axis=1)
        return summed * self._weights.scales + self._weights.offsets


@cache
def shipped() -> EmbeddedClassifier:
    """The classifier with the weights of this package, read once per process."""
    return EmbeddedClassifier()
