"""Whether a text holds a long stretch that nobody can read and that decodes to nothing."""

import math
import re
from collections import Counter
from typing import Final

from shared.disguises.letters import fluency

LEAST_CHARACTERS: Final = 200
_LEAST_ENTROPY: Final = 3.5
"""Bits a character: hexadecimal digits have nearly 4, base64 nearly 6, rows of signs and of zeros have less."""
_LEAST_FLUENCY: Final = 0.1
"""Bits a character, of words that stand within the stretch: a long address or minified code has more."""
_UNBROKEN: Final = re.compile(r"[!-~]{40,}+(?:\r?\n[!-~]{40,}+)*+(?:\r?\n[!-~]++(?=\s|\Z))?")
"""Without white space, or wrapped as mail wraps it."""
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


def is_dark(text: str) -> bool:
    """Whether a stretch of the text is long, of high entropy and no language."""
    return any(_is_dark_stretch(one.group()) for one in _UNBROKEN.finditer(text))


def _is_dark_stretch(stretch: str) -> bool:
    size = len(stretch)
    if size < LEAST_CHARACTERS:
        return False
    entropy = -sum(count / size * math.log2(count / size) for count in Counter(stretch).values())
    return entropy >= _LEAST_ENTROPY and sum(map(fluency, _WORD.findall(stretch))) < _LEAST_FLUENCY * size
