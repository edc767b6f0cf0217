"""How the two models are blended and where the severities lie, found on texts that neither learned from."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local.content_safety.classifier import CATEGORIES, features, measures
from local.content_safety.classifier.corpus import Example, grades
from local.content_safety.classifier.encoder import Encoder
from local.content_safety.classifier.linear import Linear
from local.content_safety.classifier.scale import Scale, doublings
from local.content_safety.classifier.windows import readings

Scores = NDArray[np.float64]

ENCODER_SHARES = tuple(step / 20 for step in range(21))
"""The blends that are tried: so much of the encoder, the rest of the n-gram model."""
CUT_CLEAN_RATE = 0.00002
"""Of clean texts at most this share reaches severity 4 in a category: one finding refuses a whole file."""
CUT_STANCE_RATE = 0.002
"""Of refusals and supportive answers at most this share: they use the words of harm and are its opposite."""
ALONE_MARGIN = 0.5
"""Where the encoder does not read the script, the cut lies so far above the strictest clean text: there are few."""
LOW_CLEAN_RATES = (0.02, 0.004)
"""Severity 1 and 2 begin where this share of clean texts still lies above; 3 half way from 2 to 4."""
HIGH_SHARES = (0.4, 0.7, 0.9)
"""Severity 5, 6 and 7 begin above these shares of the harmful texts beyond the cut."""
NOWHERE = -1000.0
"""The score of a window for a blend that does not judge it: below every other, and a number to reckon with."""
STEP = 0.05
"""Edges stand at least so far apart, in log-odds."""
MANY_WINDOWS = 4
_LOSS_QUANTILE = 0.95
_ENOUGH = 200
"""Long clean texts: with fewer, what they say of the number of windows is noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Examples with both models' log-odds for each of their windows."""

    examples: list[Example]
    encoder: Scores
    """Shape (windows, 4)."""
    linear: Scores
    read: NDArray[np.bool_]
    """Whether the encoder reads each window's script."""
    readings: NDArray[np.int64]
    """Which reading each window is of, ascending."""
    owners: NDArray[np.int64]
    """Which example each reading is of, ascending."""

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many windows the first reading of each example has."""
        first = np.searchsorted(self.owners, np.arange(len(self.examples)))
        return np.bincount(self.readings, minlength=len(self.owners))[first]

    def highest(self, scores: Scores, loss: float = 0.0) -> Scores:
        """Each example's score, for one score a window and what a doubling of windows costs."""
        by_reading = np.full(len(self.owners), -np.inf)
        np.maximum.at(by_reading, self.readings, scores)
        counts = np.bincount(self.readings, minlength=len(self.owners))
        by_reading -= loss * np.array([doublings(int(count)) for count in counts])
        highest = np.full(len(self.examples), -np.inf)
        np.maximum.at(highest, self.owners, by_reading)
        return highest

    def windows_of(self, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which windows belong to the wanted examples."""
        return wanted[self.owners][self.readings]


def score(examples: Sequence[Example], encoder: Path, linear: Linear, *, jobs: int = 2) -> Scored:
    """Score every window of the examples by both models; texts without a letter are left out."""
    with ProcessPoolExecutor(jobs, initializer=_take, initargs=(encoder, linear)) as pool:
        found = list(pool.map(_readings_of, [one.text for one in examples], chunksize=100))
    kept = [(example, one) for example, one in zip(examples, found, strict=True) if one]
    flat = [reading for _, one in kept for reading in one]
    none = np.empty((0, len(CATEGORIES)))
    return Scored(
        examples=[example for example, _ in kept],
        encoder=np.concatenate([none, *(one.encoder for one in flat)]),
        linear=np.concatenate([none, *(one.linear for one in flat)]),
        read=np.concatenate([np.empty(0, dtype=np.bool_), *(one.read for one in flat)]),
        readings=np.repeat(np.arange(len(flat)), np.array([len(one.read) for one in flat], dtype=np.int64)),
        owners=np.repeat(np.arange(len(kept)), np.array([len(one) for _, one in kept], dtype=np.int64)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """Both models' log-odds for the windows of one reading of a text."""

    encoder: Scores
    linear: Scores
    read: NDArray[np.bool_]


_models: tuple[Encoder, Linear]


def _take(encoder: Path, linear: Linear) -> None:
    global _models
    _models = Encoder(encoder), linear


def _readings_of(text: str) -> list[_Reading]:
    normalised = features.normalise(text)
    if not any(character.isalpha() for character in normalised):
        return []
    encoder, linear = _models
    return [
        _Reading(
            encoder=np.array([encoder.score(window) for window in windows]),
            linear=np.array([linear.score(window.text) for window in windows]),
            read=np.array([window.read for window in windows]),
        )
        for windows in readings(normalised)
    ]


def calibrate(harmful_and_not: Scored, clean: Scored, stance: Scored, *, version: str) -> Scale:
    """The scale: blends that find most beyond the strictest clean texts, then edges on the blended scores.

    `harmful_and_not` holds people's judgements and ranks the blends; `clean` holds nothing harmful and `stance`
    refusals and supportive answers: both set the cut, whose place only counts when there is much of them.
    """
    rows = range(len(CATEGORIES))
    shares = [best_share(harmful_and_not, clean, row) for row in rows]
    per_window, edges, alone = [], [], []
    for row in rows:
        blended = _blend(clean, row, shares[row])
        loss = window_loss(clean, blended)
        judged = harmful_and_not.highest(_blend(harmful_and_not, row, shares[row]), loss)
        with np.errstate(invalid="ignore"):
            harmful = judged[grades(harmful_and_not.examples, row) >= 0.5]
        per_window.append(loss)
        refusing = stance.highest(_blend(stance, row, shares[row]), loss)
        edges.append(severity_edges(clean.highest(blended, loss), harmful, refusing))
        alone.append(_offset(edges[row][3], clean.highest(_unread(clean, row), loss)))
    return Scale(
        version=version,
        encoder=shares,
        linear=[1 - share for share in shares],
        alone=alone,
        per_window=per_window,
        edges=edges,
    )


def best_share(judged: Scored, clean: Scored, row: int) -> float:
    """The encoder's share with the highest average precision of the judged texts among the clean ones."""
    labels = np.concatenate([grades(judged.examples, row), np.zeros(len(clean.examples))])
    known = ~np.isnan(labels)
    harmful = labels[known] >= 0.5
    if not harmful.any():
        return 0.5
    precisions = []
    for share in ENCODER_SHARES:
        scores = np.concatenate([one.highest(_blend(one, row, share)) for one in (judged, clean)])
        precisions.append(measures.average_precision(scores[known], harmful) or 0.0)
    return ENCODER_SHARES[int(np.argmax(precisions))]


def window_loss(clean: Scored, scores: Scores) -> float:
    """How far the highest window of a long clean text stands above its windows in general, per doubling.

    Against windows of the same texts: other short texts differ from long ones in more than their length.
    """
    many = clean.counts >= MANY_WINDOWS
    if many.sum() < _ENOUGH:
        return 0.0
    above = np.quantile(clean.highest(scores)[many], _LOSS_QUANTILE) - np.quantile(
        scores[clean.windows_of(many)], _LOSS_QUANTILE
    )
    return max(0.0, float(above / np.mean([doublings(int(count)) for count in clean.counts[many]])))


def severity_edges(clean: Scores, harmful: Scores, stance: Scores) -> list[float]:
    """Seven ascending edges: a score at or above the n-th has severity n or more."""
    cut = max(_upper_quantile(clean, CUT_CLEAN_RATE), _upper_quantile(stance, CUT_STANCE_RATE))
    first, second = (min(_upper_quantile(clean, rate), cut - 0.5) for rate in LOW_CLEAN_RATES)
    beyond = harmful[harmful >= cut]
    higher = [float(np.quantile(beyond, share)) for share in HIGH_SHARES] if beyond.size else []
    higher += [cut + 1.0 + step for step in range(len(HIGH_SHARES) - len(higher))]
    edges = [first, second, (second + cut) / 2, cut, *higher]
    for at in (2, 1, 0):
        edges[at] = min(edges[at], edges[at + 1] - STEP)
    for at in (4, 5, 6):
        edges[at] = max(edges[at], edges[at - 1] + STEP)
    return edges


def _blend(scored: Scored, row: int, share: float) -> Scores:
    """One score a window; below everything where the encoder does not read the script."""
    blended = share * scored.encoder[:, row] + (1 - share) * scored.linear[:, row]
    return np.where(scored.read, blended, NOWHERE)


def _unread(scored: Scored, row: int) -> Scores:
    """The n-gram model's score of each window in a script that the encoder does not read."""
    return np.where(scored.read, NOWHERE, scored.linear[:, row])


def _offset(cut: float, clean: Scores) -> float:
    """What brings scores of the n-gram model alone to the cut of the blended ones; 0 where no text tells."""
    found = clean[clean > NOWHERE / 2]
    return cut - _upper_quantile(found, CUT_CLEAN_RATE) - ALONE_MARGIN if found.size else 0.0


def _upper_quantile(scores: Scores, share: float) -> float:
    """Just above the score that `share` of the scores exceed; below everything where there is none."""
    if not scores.size:
        return -np.inf
    allowed = int(share * len(scores))
    return float(np.sort(scores)[::-1][min(allowed, len(scores) - 1)]) + 1e-6
