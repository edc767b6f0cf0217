"""Whether an answer declines, by the cues in its first three sentences and its last: how much speaks for it.

Nothing is taken out of an answer by this, so it may be wrong where shared.refusals may not. The weights are those of a
logistic regression (scikit-learn, C = 4) over 963 authored answers in six languages that decline and 2,437 that do not,
among them letters, stories and help that negate and apologise. Over eight folds it found 87 % of the first and took
3 % of the others for refusals; the cues were chosen with these answers in sight, so on others it does less well.
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Final

from shared.refusals.languages import WORDINGS
from shared.refusals.wording import Wording

WEIGHTS: Final = {
    "refuses": (2.2, 3.1, 1.8),
    "distances": (0.2, -0.4, -1.3),
    "idle": (-2.2, -1.0, 0.0),
    "declines": (1.2, 1.2, 0.4),
    "object": (1.4, 0.7, 0.3),
    "rules": (2.4, 2.2, 0.0),
    "passive": (0.5, 0.8, 1.3),
    "nay": (0.7, 0.4, -1.0),
    "asked": (1.5, 1.2, 0.0),
    "prefers": (2.5, 3.7, 0.0),
    "elsewhere": (1.1, 1.0, 0.0),
    "offers": (0.7, 1.5, 0.0),
    "machine": (2.3, 0.2, 0.0),
    "gives": (-3.2, -0.8, 0.0),
    "told": (-1.1, -1.1, 0.0),
    "hails": (-3.8, 0.7, 0.0),
    "urges": (-0.8, -1.2, 0.0),
    "care": (-1.2, 1.9, 0.0),
    "understands": (1.5, 0.4, 0.0),
}
"""Of a cue in the first sentence; in the second, the third or the last; at once, in the first few characters."""
_PAIRS: Final = {
    ("distances", "asked"): -0.2,
    ("distances", "idle"): -0.4,
    ("refuses", "idle"): -0.7,
    ("rules", "asked"): 1.6,
}
"""Of two cues in one sentence, besides what each weighs by itself."""
_BASE: Final = 0.4
_LENGTH: Final = -0.4
"""For each logarithm of words."""
_ALONE: Final = 0.9
"""Of an answer of one sentence."""
_DIALOGUE: Final = -1.3
_QUOTING: Final = 1.0
_AFFIRMS: Final = -3.9
"""Of an answer without any of the cues that say no."""
_SAYING_NO: Final = frozenset({"refuses", "distances", "declines", "object", "passive", "nay"})
_AT_ONCE: Final = 16
"""Characters into the answer by which a cue has begun that says no at once."""
_MOST_CHARACTERS: Final = 400
"""Of a sentence."""
_MOST_WORDS: Final = 100
_SPEAKER: Final = re.compile(r"\w+ ?: ")
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def declines(sentences: Sequence[str], *, is_quoting: bool) -> bool:
    """Whether more speaks for than against that an answer of these folded sentences declines."""
    if not sentences:
        return False
    later = sentences[1:3] if len(sentences) <= 3 else [*sentences[1:3], sentences[-1]]
    wordings = _likeliest(" ".join(sentences[:3])[:_MOST_CHARACTERS])
    first, rest = _cues(sentences[0], wordings), [_cues(sentence, wordings) for sentence in later]
    seen = set[str]().union(*rest)
    words = sum(len(_WORD.findall(sentence)) for sentence in sentences)
    score = (
        _BASE
        + _LENGTH * math.log(1 + min(words, _MOST_WORDS))
        + _ALONE * (len(sentences) == 1)
        + _DIALOGUE * (_SPEAKER.match(sentences[0]) is not None)
        + _QUOTING * is_quoting
        + _AFFIRMS * _SAYING_NO.isdisjoint(first.keys() | seen)
        + sum(WEIGHTS[name][0] for name in first)
        + sum(WEIGHTS[name][1] for name in seen)
        + sum(WEIGHTS[name][2] for name in _SAYING_NO & first.keys() if first[name] <= _AT_ONCE)
        + sum(_PAIRS[pair] for pair in set(_pairs([first, *rest])))
    )
    return score > 0


def _pairs(found: Sequence[dict[str, int]]) -> Iterator[tuple[str, str]]:
    for cues in found:
        yield from (pair for pair in _PAIRS if pair[0] in cues and pair[1] in cues)


def _cues(sentence: str, wordings: Sequence[Wording]) -> dict[str, int]:
    """The cues in the sentence and where each first begins."""
    begins: dict[str, int] = {}
    read = sentence[:_MOST_CHARACTERS]
    for wording in wordings:
        for name, cue in wording.cues.items():
            if (match := cue.search(read)) is not None:
                begins[name] = min(match.start(), begins.get(name, match.start()))
    return begins


def _likeliest(text: str) -> list[Wording]:
    """The languages most of whose common words stand in the text: all of them where none does."""
    words = {part for word in _WORD.findall(text) for part in (word, word.split("'")[0])}
    known = [len(words & wording.common) for wording in WORDINGS]
    return [wording for wording, number in zip(WORDINGS, known, strict=True) if number == max(known)]
