"""A text as its characters look: compatibility forms, invisible characters, piled marks and look-alikes undone."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final

from confusable_homoglyphs import confusables  # type: ignore[import-untyped]

_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff](?<![\u0600-\u1cff][\u200c\u200d])"
)
"""What no reader sees: controls, Unicode's default ignorable characters and blank letters. A (non-)joiner after a
letter of an Arabic or Indic script is spelling, and stays."""
_MARKS: Final = "\u0300-\u036f\u0488\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_MARKED: Final = re.compile(f"([A-Za-z0-9]|[^\\w{_MARKS}]|\\A)([{_MARKS}]+)")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_NAMED: Final = re.compile(
    r"(?:REGIONAL INDICATOR SYMBOL LETTER"
    r"|(?:NEGATIVE )?(?:SQUARED|CIRCLED|PARENTHESIZED)(?: NEGATIVE)? LATIN CAPITAL LETTER"
    r"|LATIN (?:CAPITAL LETTER|SMALL LETTER|LETTER)(?: SMALL CAPITAL| TURNED| REVERSED| INVERTED| SCRIPT| DOTLESS)+"
    r"|MODIFIER LETTER (?:SMALL|CAPITAL)|LATIN SUBSCRIPT SMALL LETTER) ([A-Z])\Z"
)
_NAMED_BLOCKS: Final = (
    (0x250, 0x2B0),
    (0x1D00, 0x1DC0),
    (0x2090, 0x209D),
    (0xA720, 0xA800),
    (0x1F110, 0x1F200),
)
_ALSO: Final = {
    "ĸ": "k",
    "є": "e",
    "ε": "e",
    "и": "n",
    "И": "N",
    "я": "r",
    "Я": "R",
    "η": "n",
    "ω": "w",
    "λ": "l",
}
"""Read as these letters in disguise, though Unicode does not list them as confusable."""
_DOTLESS_I: Final = 3
"""To each other letter of Turkish spelling so many dotless i stand for themselves (in Turkish there is one)."""
_NO_LETTERS: Final = "\u2120\u2122"
"""The marks of services and trades, whose compatibility forms would lengthen the word before."""
_TAGS: Final = re.compile("[\U000e0020-\U000e007e]+")
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")
"""More than a character could need."""


def plain(text: str) -> str:
    """The text as it looks, in ordinary letters."""
    seen = _INVISIBLE.sub("", text)
    if seen.isascii():
        return seen
    unmarked = _MARKED.sub(_unmarked, unicodedata.normalize("NFD", seen.translate(_taken_elsewhere())))
    return _with_latin_letters(unicodedata.normalize("NFKC", unmarked))


def hidden(text: str) -> str:
    """What stands in the text in characters that look like nothing: in tags, or as bytes in variation selectors."""
    if text.isascii():
        return ""
    tagged = ("".join(chr(ord(tag) - 0xE0000) for tag in run) for run in _TAGS.findall(text))
    selected = (bytes(map(_byte, run)).decode(errors="replace") for run in _SELECTORS.findall(text))
    return "\n".join((*tagged, *selected))


def _byte(selector: str) -> int:
    code = ord(selector)
    return code - 0xFE00 if code < 0xE0100 else code - 0xE0100 + 16


def _unmarked(marked: re.Match[str]) -> str:
    """The letter with its marks where a language writes it so, else without: struck out, piled up, on nothing."""
    composed = unicodedata.normalize("NFC", marked.group())
    return composed if len(composed) == 1 else marked.group(1)


def _with_latin_letters(text: str) -> str:
    """The text with its look-alikes as Latin letters, where they are mixed with Latin ones or make up every word."""
    letters = _latin_letters()
    if 0 < text.count("\u0131") <= _DOTLESS_I * sum(map(text.count, "şğçöü")):
        letters = {code: letter for code, letter in letters.items() if code != ord("\u0131")}
    words = [word for word in _LETTERS.findall(text) if not word.isascii()]
    readable = [word for word in words if word.translate(letters).isascii()]
    if len(readable) == len(words) or any(_is_mixed(word) for word in readable):
        return _LETTERS.sub(lambda word: _in_latin(word.group(), letters), text)
    return text


def _is_mixed(word: str) -> bool:
    return any(letter.isascii() for letter in word)


def _in_latin(word: str, letters: dict[int, str]) -> str:
    translated = word.translate(letters)
    return translated if translated.isascii() else word


@cache
def _latin_letters() -> dict[int, str]:
    """Which letter of the alphabet each look-alike is read as."""
    return {ord(character): letter for character, letter in _look_alikes()}


@cache
def _taken_elsewhere() -> dict[int, str]:
    """The look-alikes of a letter whose compatibility form is one of another script."""
    return dict.fromkeys(map(ord, _NO_LETTERS), "") | {
        ord(character): near
        for character, alike in confusables.confusables_data.items()
        if len(character) == 1
        and not unicodedata.normalize("NFKC", character).isascii()
        and unicodedata.normalize("NFKC", character)
        not in (character, unicodedata.normalize("NFD", character))
        and (near := next((one["c"] for one in alike if len(one["c"]) == 1 and one["c"].isascii()), ""))
        and near.isalpha()
    }


def _look_alikes() -> Iterator[tuple[str, str]]:
    direct = {ord(one): _ALSO.get(one) or _named(one) for one in _ALSO}
    for first, end in _NAMED_BLOCKS:
        direct.update((code, _named(chr(code))) for code in range(first, end))
    for character, alike in confusables.confusables_data.items():
        if (
            len(character) == 1
            and not character.isascii()
            and unicodedata.normalize("NFKD", character) == character
        ):
            shown = [one["c"] for one in alike]
            near = [one for one in shown if len(one) == 1 and one.isascii() and one.isalpha()]
            far = [letter for one in shown if len(one) == 1 and (letter := direct.get(ord(one)))]
            if not direct.get(ord(character)):
                direct[ord(character)] = next(iter(near + far), None)
    for code, letter in direct.items():
        if letter:
            yield chr(code), letter


def _named(character: str) -> str | None:
    match = _NAMED.match(unicodedata.name(character, ""))
    return match.group(1).lower() if match else None
