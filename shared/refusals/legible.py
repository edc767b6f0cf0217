"""Whether an answer can be read at all: as language, code, lists or numbers, or once a disguise is undone.

Language is told from ciphers by how letters follow each other (shared.disguises.letters). In 762 texts of six
languages the worst twenty words in a row have -0.4 bits a letter, in Python modules but for escapes -1.7; the same
texts under a keyed alphabet have -2.9 where they are most like language, under a random one less.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate
from operator import sub
from typing import Final

from shared.disguises import Unmasked, is_opaque, unmasked
from shared.disguises.letters import LONGEST, fluency, latin

LEAST_BITS: Final = -2.0
"""A letter, over a stretch: below this it is no language."""
WORDS_OF_A_STRETCH: Final = 20
_LEAST_LETTERS: Final = 24
"""Of a shorter answer; below this nothing is said about it."""
MOST_FOREIGN_LETTERS: Final = 40
"""Letters of other scripts that may stand in an answer, as in a name: language cannot be told from a cipher in them."""
_LEAST_PART: Final = 0.3
"""Of the answer's length that a reading must have to stand for all of it: hexadecimal digits make two of one."""
_ESCAPE: Final = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|.)|&#?\w+;|https?://\S+")
_WORD: Final = re.compile(r"[^\W\d_a-z]?[^\W\d_A-Z]+(?:['\u2019][^\W\d_]+)?|[A-Z]+")


def is_unreadable(answer: str, readings: Iterable[Unmasked] | None = None) -> bool:
    """Whether the answer is neither language nor anything that decodes to it: nobody can score it.

    `readings` are what `unmasked` finds in it, where that is known already.
    """
    if is_opaque(answer):
        return True
    if not _is_dark(answer):
        return False
    return all(map(_is_dark, _whole_readings(answer, unmasked(answer) if readings is None else readings)))


def _whole_readings(answer: str, readings: Iterable[Unmasked]) -> Iterator[str]:
    """Yield the readings that stand for the whole answer, not for a part that was taken out of it."""
    is_opened = False
    for found in readings:
        is_part = found.technique == "hidden" or (is_opened and found.technique == "encoded")
        is_opened = is_opened or "encoded" in found.technique
        if not is_part and len(found.text) >= _LEAST_PART * len(answer):
            yield found.text


def _is_dark(text: str) -> bool:
    return _is_foreign(text) or _is_cipher(_ESCAPE.sub(" ", text))


def _is_foreign(text: str) -> bool:
    """Whether too much is written in another script, or in signs and pictures alone."""
    if text.isascii():
        return False
    kinds = Counter[str]()
    for character, often in Counter(text).items():
        kinds[_kind(character)] += often
    foreign, signs = kinds["foreign"], kinds["sign"]
    return foreign >= MOST_FOREIGN_LETTERS or foreign + signs >= max(_LEAST_LETTERS, kinds["latin"])


@lru_cache(maxsize=4096)
def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] == "L":
        return "latin" if latin(character) or "LATIN" in unicodedata.name(character, "") else "foreign"
    return "sign" if category in ("So", "Co", "Cn", "Cs", "Nl", "No") else "latin" if category == "Nd" else ""


def _is_cipher(text: str) -> bool:
    """Whether in some stretch of words, or in a shorter text, the letters follow each other as in no language."""
    words = _WORD.findall(text)
    if max(map(len, words), default=0) > LONGEST:
        words = [part for word in words for part in _parts(word)]
    size = min(WORDS_OF_A_STRETCH, len(words))
    bits = [0.0, *accumulate(map(fluency, words))]
    letters = [0, *accumulate(map(_letters, words))]
    return any(
        gained < LEAST_BITS * many and many >= _LEAST_LETTERS
        for gained, many in zip(map(sub, bits[size:], bits), map(sub, letters[size:], letters), strict=True)
    )


@lru_cache(maxsize=1 << 15)
def _letters(word: str) -> int:
    return len(latin(word))


def _parts(word: str) -> Iterator[str]:
    """Yield the word, or its parts where it is longer than a word of any language."""
    for first in range(0, len(word), LONGEST):
        yield word[first : first + LONGEST]
