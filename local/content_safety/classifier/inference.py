"""Score a text with the shipped models: deterministic, no text kept but single words, nothing fetched."""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local.content_safety.classifier import CATEGORIES, encoder, features, linear, scale, scripts
from local.content_safety.classifier.scale import doublings
from local.content_safety.classifier.windows import Window, readings


class EmbeddedClassifier:
    """Yields a severity from 0 to 7 in every harm category for one text at a time."""

    name = "embedded"

    def __init__(self, folder: Path = scale.SHIPPED.parent) -> None:
        self._scale = scale.read(folder / scale.SHIPPED.name)
        self._linear = linear.read(folder / linear.SHIPPED.name)
        self._encoder = encoder.Encoder(folder / encoder.SHIPPED.name)
        self.version = self._scale.version

    def analyze(self, text: str) -> dict[str, int]:
        """The severity in each category. A text without letters is 0."""
        scores = self.scores(text)
        if scores is None:
            return dict.fromkeys(CATEGORIES, 0)
        return self.severities(scores)

    def reads(self, text: str) -> bool:
        """Whether the text is in a script that both models know; else the encoder reads its Latin words at most."""
        return scripts.are_read(features.normalise(text))

    def severities(self, scores: NDArray[np.float64]) -> dict[str, int]:
        """The severity in each category for the scores of a text."""
        return self._scale.severities(scores)

    def scores(self, text: str) -> NDArray[np.float64] | None:
        """The text's score per category in policy order, shape (4,); None without a letter.

        It is the highest of its windows', less a little for each doubling of their number: of many harmless
        windows the highest is higher than one by chance alone. Of several readings the worst counts.
        """
        normalised = features.normalise(text)
        if not any(character.isalpha() for character in normalised):
            return None
        worst: NDArray[np.float64] = np.max(
            [self._highest(windows) for windows in readings(normalised)], axis=0
        )
        return worst

    def _highest(self, windows: list[Window]) -> NDArray[np.float64]:
        highest: NDArray[np.float64] = np.max([self._score(window) for window in windows], axis=0)
        corrected: NDArray[np.float64] = highest - np.array(self._scale.per_window) * doublings(len(windows))
        return corrected

    def _score(self, window: Window) -> NDArray[np.float64]:
        words = self._linear.score(window.text)
        if not window.read:
            return words + self._scale.alone
        return self._encoder.score(window) * self._scale.encoder + words * self._scale.linear


@cache
def shipped() -> EmbeddedClassifier:
    """The classifier with the weights of this package, read once per process."""
    return EmbeddedClassifier()
