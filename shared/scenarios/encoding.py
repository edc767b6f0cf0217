"""How a probe is written where it asks in a code: what stands in double braces is encoded."""

import codecs
import re
from base64 import b64encode
from enum import StrEnum
from typing import Final

MARKED: Final = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)
"""What is to be encoded; braces stand nowhere else in a turn."""

_LETTERS_APART: Final = " "
_WORDS_APART: Final = "   "


class Encoding(StrEnum):
    """A code that a probe is written in and asks the answer in; the gate reads all of them."""

    BASE64 = "base64"
    ROT13 = "rot13"
    SPACED = "spaced"

    def write(self, text: str) -> str:
        """The text in this code: Base64 of its UTF-8, its ASCII letters thirteen on, or its letters spaced."""
        if self is Encoding.BASE64:
            return b64encode(text.encode()).decode()
        if self is Encoding.ROT13:
            return codecs.encode(text, "rot13")
        return _WORDS_APART.join(_LETTERS_APART.join(word) for word in text.split())

    def write_marked(self, turn: str) -> str:
        """The turn with what stands in double braces encoded, and without the braces."""
        return MARKED.sub(lambda found: self.write(found[1]), turn)


def has_stray_braces(turn: str) -> bool:
    """Whether a brace stands in the turn that marks nothing."""
    return not {"{", "}"}.isdisjoint(MARKED.sub("", turn))
