"""Stretches of base64 and of hexadecimal numbers, read as the text they encode."""

import base64
import re
from dataclasses import dataclass
from typing import Final

from shared.disguises.letters import fluency

_BASE64: Final = re.compile(
    r"[A-Za-z0-9+/_-]{12,}+={0,2}+(?:[ \t]*+\r?\n[ \t]*+[A-Za-z0-9+/_-]{2,}+={0,2}+(?![^\s\"'<>]))*+"
)
"""One token, or lines of them as mail wraps them."""
_HEX: Final = re.compile(r"(?:(?:\\x|0x|\b|(?<=[0-9A-Fa-f]))(?:[0-9A-Fa-f]{2})++[\s,:;.-]{0,2}+){1,}+")
_MAYBE_HEX: Final = re.compile(r"[0-9A-Fa-fx\\\s,:;.-]{12}")
"""What stands in every such stretch that is read, and seldom anywhere else."""
_HEX_MARK: Final = re.compile(r"\\x|0x|[\s,:;.-]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_WHITE: Final = re.compile(r"\s+")
_STANDARD: Final = {ord("-"): "+", ord("_"): "/", ord("="): None}
_LEAST_BYTES: Final = 6
_CERTAIN_BYTES: Final = 20
"""From so many bytes on, bytes that are all printable text are no accident, whatever the language."""
_MOST_STRANGE: Final = 0.05
"""Not more of what they decode to may be no characters of a text: of random bytes it is over half."""
_LEAST_LETTERS: Final = 0.6
_LEAST_BITS: Final = 6.0
_LEAST_BITS_A_LETTER: Final = 0.7
"""How much of a language fewer bytes must be."""
_ALIGNMENTS: Final = range(4)
"""A stretch may begin with letters that are none of it: the code's groups are of four."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Opened:
    """A text with each stretch that decodes to text in its place, and what these say alone. No repr: it holds text."""

    text: str
    alone: str


def opened(text: str) -> Opened:
    """The text with one layer of encodings opened."""
    alone: list[str] = []

    def found(read: str) -> str:
        alone.append(read)
        return f" {read} "

    def from_base64(stretch: re.Match[str]) -> str:
        whole = stretch.group()
        if (read := _read_base64(whole)) is not None:
            return found(read)
        lines = whole.split("\n")
        if len(lines) == 1:
            return whole
        return "\n".join(line if (read := _read_base64(line)) is None else found(read) for line in lines)

    def from_hex(stretch: re.Match[str]) -> str:
        read = _read_hex(stretch.group())
        return stretch.group() if read is None else found(read)

    in_place = _BASE64.sub(from_base64, text)
    if _MAYBE_HEX.search(in_place):
        in_place = _HEX.sub(from_hex, in_place)
    return Opened(text=in_place, alone="\n".join(alone))


def _read_base64(stretch: str) -> str | None:
    letters = _WHITE.sub("", stretch).translate(_STANDARD)
    for order in (letters, letters[::-1]):
        for skipped in _ALIGNMENTS:
            kept = order[skipped:]
            kept = kept[: len(kept) - (len(kept) % 4 == 1)]
            read = _text(base64.b64decode(kept + "=" * (-len(kept) % 4)))
            if read is not None:
                return read
    return None


def _read_hex(stretch: str) -> str | None:
    digits = _HEX_MARK.sub("", stretch)
    if len(digits) < 2 * _LEAST_BYTES or digits.isalpha():
        return None
    return _text(bytes.fromhex(digits), is_certain=not digits.isdecimal())


def _is_written(character: str) -> bool:
    return character != "\ufffd" and (character.isprintable() or character.isspace())


def _text(content: bytes, *, is_certain: bool = True) -> str | None:
    """The bytes as text; None where they are not plausibly any. Numbers in a table can be bytes by accident."""
    if len(content) < _LEAST_BYTES:
        return None
    encoding = "utf-16-le" if 4 * content[1::2].count(0) > len(content) else "utf-8"
    text = content.decode(encoding, errors="replace")
    if sum(not _is_written(character) for character in text) > _MOST_STRANGE * len(text):
        return None
    letters = sum(character.isalnum() or character.isspace() for character in text)
    if letters < _LEAST_LETTERS * len(text):
        return None
    if is_certain and len(content) >= _CERTAIN_BYTES:
        return text
    least = max(_LEAST_BITS, _LEAST_BITS_A_LETTER * letters)
    return text if sum(map(fluency, _WORD.findall(text))) >= least else None
