"""The common English words, and where they part in letters that were written without a space between words.

The list comes from the same texts as the letters' statistics (benchmarks/letters.py), the commonest word first.
"""

import math
from functools import cache
from pathlib import Path
from typing import Final

LIST: Final = Path(__file__).with_name("words.txt")
_LONGEST: Final = 16
_BITS_OF_THE_FIRST: Final = 3.3
"""What the commonest word costs; by Zipf's law a word costs so much and the logarithm of its place in the list."""
_BITS_UNKNOWN: Final = 10.0
_BITS_A_LETTER: Final = 4.0
"""What a word costs that is not in the list, and each of its letters."""


@cache
def _places() -> dict[str, int]:
    return {word: place for place, word in enumerate(LIST.read_text(encoding="ascii").split(), start=1)}


def is_common(word: str) -> bool:
    """Whether the word, in lower case, is one of the list."""
    return word in _places()


def parted(letters: str) -> str:
    """The letters with spaces where words most likely end; as they are where they are no Latin letters."""
    if not (letters.isascii() and letters.isalpha()):
        return letters
    lower = letters.lower()
    costs, begins = [0.0], [0]
    for end in range(1, len(lower) + 1):
        cost, begin = min(
            (costs[begin] + _cost(lower[begin:end]), begin) for begin in range(max(0, end - _LONGEST), end)
        )
        costs.append(cost)
        begins.append(begin)
    found: list[str] = []
    end = len(letters)
    while end:
        found.append(letters[begins[end] : end])
        end = begins[end]
    return " ".join(reversed(found))


def _cost(word: str) -> float:
    place = _places().get(word)
    if place is None:
        return _BITS_UNKNOWN + _BITS_A_LETTER * len(word)
    return _BITS_OF_THE_FIRST + math.log2(place)
