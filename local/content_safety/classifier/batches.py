"""What the encoder is shown in one pass over the examples: cut, joined, shuffled, alike in length."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from local.content_safety.classifier import features
from local.content_safety.classifier.corpus import Example
from local.content_safety.classifier.windows import PIECES, tokenizer

BATCH_PIECES = 2600
"""Of a batch, its padding counted: 20 texts of a full window or 80 of thirty pieces."""
_SORTED_TOGETHER = 2048
"""Texts sorted by length at a time, so that little is padding and every batch still is a mixture."""
_JOINED_SHARE = 0.25
"""Of the short texts so many are shown among harmless ones, up to a full window: harm must not be diluted."""
_JOINED_PIECES = 80
_MOST_COMPANIONS = 4
_COMPANION_PIECES = 60
_ANYWHERE_SHARE = 0.4
"""A long harmful text is mostly shown from its beginning, else from anywhere; a harmless one from anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One text as the encoder learns from it."""

    ids: list[int]
    labels: NDArray[np.float32]
    """Shape (4,); NaN where nobody said."""
    weight: float


class Epochs:
    """Yields batches from examples; the same examples and seed give the same batches in the same order."""

    def __init__(self, examples: Sequence[Example], *, seed: int) -> None:
        self._chooser = random.Random(seed)
        encoded = tokenizer().encode_batch(
            [features.normalise(one.text) for one in examples], add_special_tokens=False
        )
        self._shown = [
            Shown(ids=encoding.ids, labels=_labels(one), weight=one.weight)
            for encoding, one in zip(encoded, examples, strict=True)
        ]
        self._clean = [one.is_clean for one in examples]
        self._companions = [
            shown.ids
            for shown, clean in zip(self._shown, self._clean, strict=True)
            if clean and len(shown.ids) < _COMPANION_PIECES
        ]

    def next(self) -> list[list[Shown]]:
        """The batches of the next pass over all examples."""
        shown = [self._cut_or_join(at) for at in range(len(self._shown))]
        self._chooser.shuffle(shown)
        batches: list[list[Shown]] = []
        for start in range(0, len(shown), _SORTED_TOGETHER):
            batches += _filled(sorted(shown[start : start + _SORTED_TOGETHER], key=lambda one: len(one.ids)))
        self._chooser.shuffle(batches)
        return batches

    def _cut_or_join(self, at: int) -> Shown:
        one = self._shown[at]
        ids = one.ids
        if len(ids) > PIECES:
            anywhere = self._clean[at] or self._chooser.random() < _ANYWHERE_SHARE
            start = self._chooser.randrange(len(ids) - PIECES + 1) if anywhere else 0
            ids = ids[start : start + PIECES]
        elif len(ids) < _JOINED_PIECES and self._companions and self._chooser.random() < _JOINED_SHARE:
            ids = self._joined(ids)
        return Shown(ids=ids, labels=one.labels, weight=one.weight)

    def _joined(self, ids: list[int]) -> list[int]:
        """The text whole, with as much of harmless ones before and behind it as the window holds."""
        chosen = [
            self._chooser.choice(self._companions) for _ in range(self._chooser.randint(1, _MOST_COMPANIONS))
        ]
        border = self._chooser.randint(0, len(chosen))
        before, behind = (
            [piece for one in part for piece in one] for part in (chosen[:border], chosen[border:])
        )
        room = PIECES - len(ids)
        before = before[max(0, len(before) - room) :]
        return [*before, *ids, *behind[: room - len(before)]]


def _filled(shown: Sequence[Shown]) -> list[list[Shown]]:
    """Batches of ascending length; a batch's last text is its longest."""
    batches: list[list[Shown]] = []
    for one in shown:
        if batches and (len(one.ids) + 2) * (len(batches[-1]) + 1) <= BATCH_PIECES:
            batches[-1].append(one)
        else:
            batches.append([one])
    return batches


def _labels(example: Example) -> NDArray[np.float32]:
    return np.array([np.nan if label is None else label for label in example.labels], dtype=np.float32)
