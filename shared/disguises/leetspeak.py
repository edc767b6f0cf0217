"""Words with digits and signs in place of letters ("k1ll y0ur53lf"), read as words."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import product
from operator import ne
from typing import Final

from shared.disguises.letters import fluency
from shared.disguises.words import is_common

READ_AS: Final = {
    "0": "o", "1": "il", "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g",
    "@": "a", "$": "s", "!": "il", "€": "e", "£": "l", "¥": "y",
}  # fmt: skip
_TWO_LETTERS: Final = "1!"
_SIGN: Final = re.compile(r"[0-9@$!€£¥]")
_TOKEN: Final = re.compile(r"[A-Za-z0-9@$!€£¥]{1,24}+")
_WITHIN: Final = re.compile(r"[A-Za-z][0-9@$!€£¥]+[A-Za-z]|\A[0-9€£¥][A-Za-z]{3}")
"""A sign between letters, or a digit before them; "mp3", "$word" and "@word" are not taken for a disguise."""
_MAYBE: Final = re.compile(r"\A(?=.*[A-Za-z]{2})[A-Za-z0-9][A-Za-z0-9@$!€£¥]{2}")
"""Of what else has a sign in it, these are taken for one where they read as a common word ("7he", "als0")."""
_ADDRESS: Final = re.compile(r"(?<=[A-Za-z0-9])@(?=[A-Za-z0-9-]+\.[A-Za-z])")
_UNCERTAIN: Final = 5
"""So many signs with two readings are read each by itself; of more, all alike."""
_LEAST_BITS: Final = 2.0
_LEAST_BITS_DENSE: Final = -15.0
"""How much like a word a reading must be, by itself and where there is much leetspeak around it."""
_BITS_COMMON: Final = 8.0
_LEAST_BITS_NUMBER: Final = -4.0
"""The same of what has no letter."""
_BITS_UNUSUAL: Final = 5.0
"""How much likelier a word must be with the letter that the sign does not usually stand for."""
_DENSE: Final = 2
"""From so many words on, also what could be a number or a name ("1", "7h3", "70") is read."""


def read(text: str) -> str:
    """The text with each word written in leetspeak as the word, where that looks like one."""
    if not _SIGN.search(text):
        return text
    tokens = dict.fromkeys(_TOKEN.findall(_ADDRESS.sub(" ", text) if "@" in text else text))
    signed = [token for token in tokens if not token.isalpha()]
    candidates = [token for token in signed if _WITHIN.search(token) or _MAYBE.search(token)]
    if not candidates:
        return text
    usual = "".join(_usual(sign, candidates) for sign in _TWO_LETTERS)
    certain = {token for token in candidates if _is_meant(token, _read(token, usual))}
    if len(certain) >= _DENSE:
        return _TOKEN.sub(lambda token: _read(token.group(), usual, _LEAST_BITS_DENSE), text)
    if certain:
        return _TOKEN.sub(
            lambda token: _read(token.group(), usual) if token.group() in certain else token.group(), text
        )
    return text


def _is_meant(token: str, reading: str) -> bool:
    return reading != token and (_WITHIN.search(token) is not None or is_common(reading.rstrip("!").lower()))


def _usual(sign: str, tokens: Iterable[str]) -> str:
    """Which of its two letters a sign mostly stands for in these words: who writes them keeps to one."""
    concerned = [token for token in tokens if sign in token]
    return max(
        READ_AS[sign],
        key=lambda letter: sum(
            max(_likeness(reading) for reading in _readings(token.lower().replace(sign, letter)))
            for token in concerned
        ),
    )


@lru_cache(maxsize=1 << 14)
def _read(token: str, usual: str, least: float = _LEAST_BITS) -> str:
    """The likeliest reading; the token itself where none looks like a word."""
    core = token.rstrip("!") or token
    if core.isalpha():
        return token
    expected = core.lower().translate(
        {ord(sign): letter for sign, letter in zip(_TWO_LETTERS, usual, strict=True)}
    )
    best = max(
        _readings(core.lower()),
        key=lambda reading: (
            _likeness(reading) - _BITS_UNUSUAL * sum(map(ne, reading, next(_readings(expected))))
        ),
    )
    if core.lower() == core.upper():
        least = max(least, _LEAST_BITS_NUMBER)
    return best + token[len(core) :] if _likeness(best) >= least else token


def _likeness(word: str) -> float:
    """How much like a word it is, in bits, a common one above all."""
    return fluency(word) + (_BITS_COMMON if is_common(word) else 0.0)


def _readings(token: str) -> Iterator[str]:
    choices = [READ_AS.get(character, character) for character in token]
    if sum(len(choice) > 1 for choice in choices) > _UNCERTAIN:
        yield "".join(choice[0] for choice in choices)
        yield "".join(choice[-1] for choice in choices)
    else:
        yield from ("".join(letters) for letters in product(*choices))
