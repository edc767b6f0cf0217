"""What the user's turns say, as an answer is compared with it: computed once for each turn, not for each answer."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from shared.refusals.folded import folded

STEM: Final = 5
"""Letters by which two forms of one word are known for the same."""
LEAST_WORDS: Final = 6
"""Words in a row that are a quotation without quotation marks."""
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_WORD: Final = re.compile(r"\w+")
_TURNS_KNOWN: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One turn of the user's."""

    stems: frozenset[str]
    words: str
    """With one space before and after each, so that only whole words are found in it."""
    runs: frozenset[tuple[str, ...]]
    """Every LEAST_WORDS words in a row."""


@lru_cache(maxsize=_TURNS_KNOWN)
def spoken(turn: str) -> Spoken:
    """What the turn says."""
    text = folded(turn)
    return Spoken(
        stems=frozenset(word[:STEM] for word in _LETTERS.findall(text)),
        words=in_words(text),
        runs=frozenset(runs_of(_WORD.findall(text))),
    )


def in_words(text: str) -> str:
    """The words of a folded text with one space before and after each."""
    return f" {' '.join(_WORD.findall(text))} "


def runs_of(words: list[str]) -> Iterable[tuple[str, ...]]:
    """Every LEAST_WORDS words in a row, in their order."""
    return zip(*(words[first:] for first in range(LEAST_WORDS)), strict=False)


def stems_of(turns: Iterable[str]) -> frozenset[str]:
    """The stems of all words of the turns."""
    return frozenset().union(*(spoken(turn).stems for turn in turns))
