"""What the classifier sees of a text: hashed counts of words, word pairs, letters within words and stance."""

import itertools
import re
import unicodedata
import zlib
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from local.content_safety.classifier import stance

BUCKETS = 1 << 20
"""Where a feature's hash may fall: a power of two, so that a mask is the remainder."""
LETTERS = range(2, 6)
TOKEN_LETTERS = 32
"""A longer run of letters (a key, a script written without spaces) is cut into pieces of this length."""
PART_SCALES = (1.0, 1.0, 0.3, 0.7)
"""Of words, letters, stance and stance with words; chosen on folds of the training data."""

_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[^\w\s]|_+")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
"""What no reader sees: Unicode's default ignorable characters, and the blank ones among letters and patterns."""
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff]")
"""Controls, halves of a pair and private use: each parts words, as a space does."""
_STRUCK = re.compile("(?<=[a-z])[\u0300-\u036f]+")
"""Marks that no letter of the alphabet carries, such as a stroke through each; an accent has become one with its
letter before."""
_SQUARED = {
    first + letter: ord("a") + letter for first in (0x1F150, 0x1F170, 0x1F1E6) for letter in range(26)
}
"""Letters in white on black and the halves of flags, which NFKC leaves as they are."""
_GLUED = re.compile(r"(\S{80})(?=\S)")
"""Longer runs are one unknown piece to the encoder."""

Ids = NDArray[np.int64]


class Features(NamedTuple):
    """The distinct buckets a text falls into, ascending, and the weight of each."""

    buckets: Ids
    values: NDArray[np.float64]


def normalise(text: str) -> str:
    """The text as it is compared: compatibility forms and case folded, what cannot be seen dropped."""
    visible = _NO_CHARACTER.sub(" ", _INVISIBLE.sub("", text)).translate(_SQUARED)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())
    plain = _STRUCK.sub("", _INVISIBLE.sub("", folded)).replace("\u2019", "'")
    return _GLUED.sub(r"\1 ", plain)


def tokens(normalised: str) -> list[str]:
    """The words, numbers (each as `0`) and punctuation marks of a normalised text, in order."""
    found: list[str] = []
    for match in _TOKEN.finditer(normalised):
        token = match.group()
        if token[0].isdigit():
            found.append("0")
        elif len(token) <= TOKEN_LETTERS:
            found.append(token)
        else:
            found.extend(token[at : at + TOKEN_LETTERS] for at in range(0, len(token), TOKEN_LETTERS))
    return found


def extract(window: list[str]) -> Features:
    """The features of one window; words and letters each have length one, so neither drowns the other.

    A cue of stance stands by itself and with every word: "bomb" in a refusal is not "bomb" in a recipe.
    """
    words = [_bucket("w\0" + token) for token in window]
    words += [_bucket(f"p\0{left}\0{right}") for left, right in itertools.pairwise(window)]
    letters = [_letters(token) for token in window]
    word_part = _weigh(np.array(words, dtype=np.int64))
    letter_part = _weigh(np.concatenate(letters) if letters else np.empty(0, dtype=np.int64))
    found = list(stance.cues(window))
    stances = [_bucket("s\0" + cue) for cue in found]
    crossed = [_bucket(f"x\0{cue}\0{token}") for cue in found for token in dict.fromkeys(window)]
    stance_part = _weigh(np.array(stances, dtype=np.int64))
    crossed_part = _weigh(np.array(crossed, dtype=np.int64))
    parts = (word_part, letter_part, stance_part, crossed_part)
    buckets = np.concatenate([part.buckets for part in parts])
    values = np.concatenate([part.values * scale for part, scale in zip(parts, PART_SCALES, strict=True)])
    order = np.argsort(buckets, kind="stable")
    return Features(buckets[order], values[order])


def _weigh(ids: Ids) -> Features:
    if not ids.size:
        return Features(ids, np.empty(0, dtype=np.float64))
    buckets, counts = np.unique(ids, return_counts=True)
    values = 1.0 + np.log(counts)
    return Features(buckets, values / np.sqrt(np.square(values).sum()))


def _bucket(feature: str) -> int:
    return zlib.crc32(feature.encode("utf-8", "surrogatepass")) & (BUCKETS - 1)


@lru_cache(maxsize=1 << 14)
def _letters(token: str) -> Ids:
    framed = f" {token} "
    return np.array(
        [
            _bucket("c\0" + framed[at : at + size])
            for size in LETTERS
            for at in range(max(1, len(framed) - size + 1))
        ],
        dtype=np.int64,
    )
