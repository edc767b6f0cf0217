"""How much a word looks like language: by how its letters follow each other, in bits over the letters by themselves.

The numbers were learned from English (austen, bible, fortunes and others) and a little German, French, Spanish and
Portuguese, all in the public domain or under a permissive licence: benchmarks/letters.py says which and how. They hold
well enough for the other European languages in Latin script, where only the sum over several words is judged.
"""

import unicodedata
from array import array
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

CLASSES: Final = 27
"""The letters a to z and the border of a word."""
PARTS_OF_A_BIT: Final = 12
TABLE: Final = Path(__file__).with_name("letters.bin")
LONGEST: Final = 40
"""Letters of a word that are read; no word of a language is longer, and a longer one could be filled up."""
_BORDER: Final = CLASSES - 1


@cache
def _bits() -> tuple[int, ...]:
    return tuple(array("b", TABLE.read_bytes()))


def latin(word: str) -> str:
    """The word's letters in lower case, without accents; empty where one is not a Latin letter or an apostrophe."""
    letters = word.lower() if word.isascii() else "".join(_bare(word))
    letters = letters.replace("'", "").replace("\u2019", "")
    return letters if letters.isascii() and letters.isalpha() else ""


def _bare(word: str) -> Iterator[str]:
    for character in unicodedata.normalize("NFKD", word).lower():
        if not unicodedata.combining(character):
            yield "ss" if character == "ß" else character


@lru_cache(maxsize=1 << 15)
def fluency(word: str) -> float:
    """Bits for (positive) or against the word being one of a language; 0 where it is not in Latin letters."""
    letters = latin(word)
    if not letters or len(letters) > LONGEST:
        return 0.0
    bits, first, second, total = _bits(), _BORDER, _BORDER, 0
    for letter in letters:
        third = ord(letter) - 97
        total += bits[(first * CLASSES + second) * CLASSES + third]
        first, second = second, third
    total += bits[(first * CLASSES + second) * CLASSES + _BORDER]
    return total / PARTS_OF_A_BIT
