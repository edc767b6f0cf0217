"""Stretches written backwards or with the alphabet shifted (ROT13 and every other Caesar shift), read as they were."""

import re
import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from shared.disguises.letters import fluency, latin

_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_LEAST_BITS: Final = 30.0
"""How much likelier as language a stretch must be turned than as it stands."""
_LEAST_FOREIGN: Final = 16.0
"""How little of a language a stretch must be before shifts of the alphabet are tried on it."""
_MOST_BITS: Final = 16.0
"""What one word can say at most: a stretch is two words or more."""
_LEAST_FLUENT: Final = 12.0
_LEAST_FLUENT_A_LETTER: Final = 0.6
"""How much of a language a turned stretch must be by itself, in all and for each letter, where turning it gains no more
than the least; the more it gains, the less: it may be a language of which little was learned."""
_MOSTLY: Final = 0.5
"""A stretch that makes up more than this part of its lines is taken for the whole lines."""
_ASCII_LETTER: Final = re.compile("[A-Za-z]")
_SMALL, _CAPITAL = string.ascii_lowercase, string.ascii_uppercase
_SMALL_SHIFTS: Final = tuple(str.maketrans(_SMALL, _SMALL[n:] + _SMALL[:n]) for n in range(26))
_SHIFTS: Final = tuple(
    {**small, **str.maketrans(_CAPITAL, _CAPITAL[n:] + _CAPITAL[:n])} for n, small in enumerate(_SMALL_SHIFTS)
)


class Run(NamedTuple):
    """Consecutive words by their positions, the last one included, and what they say together, in bits."""

    first: int
    last: int
    bits: float


_NOTHING: Final = Run(0, 0, 0.0)


class Stretch(NamedTuple):
    """Where a turned stretch stands in the text, and what it says."""

    start: int
    end: int
    turned: str


def backwards(text: str) -> Iterator[str]:
    """Yield the text with its backward stretches turned, as a whole, line by line and word by word, and these alone."""
    if not _may_hold(text, _reversal_gain, _LEAST_BITS):
        return
    words = list(_WORD.finditer(text))
    runs = ((_span(text, words, run), run.bits) for run in _runs(_gains(words, _reversal_gain), _LEAST_BITS))
    spans = [(start, end) for (start, end), gained in runs if _is_fluent(text[start:end][::-1], gained)]
    for turn in (_whole, _lines, _words):
        yield from _replaced(text, [Stretch(start, end, turn(text[start:end])) for start, end in spans])


def unshifted(text: str) -> Iterator[str]:
    """Yield the text with each stretch whose alphabet was shifted as it was, and what such stretches say alone."""
    if not _may_hold(text, _foreignness, _LEAST_FOREIGN):
        return
    words = list(_WORD.finditer(text))
    found: list[Stretch] = []
    for run in _runs(_gains(words, _foreignness), _LEAST_FOREIGN):
        some = list(_shiftable(words[run.first : run.last + 1]))
        best, shift = max(_best_runs(some), key=lambda one: one[0].bits, default=(_NOTHING, 0))
        if best.bits >= _LEAST_BITS:
            start, end = _span(text, some, best)
            shifted = text[start:end].translate(_SHIFTS[shift])
            if _is_fluent(shifted, best.bits):
                found.append(Stretch(start, end, shifted))
    yield from _replaced(text, found)


def _may_hold(text: str, gain: Callable[[str], float], least: float) -> bool:
    """Whether all the words together could say so much, wherever they stand: seldom so, and cheap to ask."""
    return sum(said for word in dict.fromkeys(_WORD.findall(text)) if (said := gain(word)) > 0) >= least


def _shiftable(words: Iterable[re.Match[str]]) -> Iterator[re.Match[str]]:
    """Yield the words that a shift can make likelier, each where it stands first: all others gain nothing."""
    said: set[str] = set()
    for match in words:
        word = match.group()
        if word not in said and _ASCII_LETTER.search(word) and latin(word):
            yield match
        said.add(word)


def _best_runs(words: Sequence[re.Match[str]]) -> Iterator[tuple[Run, int]]:
    """Yield the best run of the words for each shift, and the shift."""
    if not words:
        return
    standing = [fluency(match.group()) for match in words]
    letters = "\n".join(_marked(match.group()) for match in words)
    for shift in range(1, 26):
        shifted = letters.translate(_SMALL_SHIFTS[shift]).split("\n")
        gains = [_capped(fluency(word) - bits) for word, bits in zip(shifted, standing, strict=True)]
        yield max(_runs(gains, 0.0), key=lambda run: run.bits, default=_NOTHING), shift


def _marked(word: str) -> str:
    """The word's letters, small where a shift changes them and bare capitals where not."""
    return "".join(letter.lower() if letter.isascii() else latin(letter).upper() for letter in word)


def _gains(words: Sequence[re.Match[str]], gain: Callable[[str], float]) -> list[float]:
    """What each word says, once: a name that stands there again and again says no more for that."""
    said: set[str] = set()
    gains = []
    for match in words:
        word = match.group()
        gains.append(0.0 if word in said else gain(word))
        said.add(word)
    return gains


@lru_cache(maxsize=1 << 15)
def _foreignness(word: str) -> float:
    return _capped(-fluency(word))


@lru_cache(maxsize=1 << 15)
def _reversal_gain(word: str) -> float:
    return _capped(fluency(word[::-1]) - fluency(word))


def _capped(bits: float) -> float:
    return max(-_MOST_BITS, min(_MOST_BITS, bits))


def _runs(gains: Sequence[float], least: float) -> Iterator[Run]:
    """Yield the stretches in which the gains add up to the least or more."""
    first = last = 0
    total = most = 0.0
    for position, gain in enumerate(gains):
        if total <= 0 or most - total > _LEAST_BITS:
            if most > least:
                yield Run(first, last, most)
            first, total, most = position, 0.0, 0.0
        total += gain
        if total > most:
            last, most = position, total
    if most > least:
        yield Run(first, last, most)


def _span(text: str, words: Sequence[re.Match[str]], run: Run) -> tuple[int, int]:
    """Where the run stands; the whole lines where it makes up most of them, with their first and last signs."""
    start, end = words[run.first].start(), words[run.last].end()
    far = int((end - start) / _MOSTLY)
    before = text.rfind("\n", max(0, start - far), start) + 1
    after = text.find("\n", end, end + far)
    after = min(len(text), end + far) if after < 0 else after
    if before == 0 and start > far:
        return start, end
    return (before, after) if after - before < far else (start, end)


def _is_fluent(text: str, gained: float) -> bool:
    words = _WORD.findall(text)
    least = max(_LEAST_FLUENT, _LEAST_FLUENT_A_LETTER * sum(map(len, words))) * (_LEAST_BITS / gained) ** 2
    return sum(min(_MOST_BITS, fluency(word)) for word in words) >= least


def _replaced(text: str, stretches: Sequence[Stretch]) -> Iterator[str]:
    """Yield the text with the stretches in their places, and what they say alone, undiluted by what is around them."""
    parts, alone, reached = [], [], 0
    for stretch in stretches:
        if stretch.start >= reached:
            parts += [text[reached : stretch.start], stretch.turned]
            alone.append(stretch.turned)
            reached = stretch.end
    if alone:
        yield "".join([*parts, text[reached:]])
        yield "\n".join(alone)


def _whole(text: str) -> str:
    return text[::-1]


def _lines(text: str) -> str:
    return "\n".join(line[::-1] for line in text.split("\n"))


def _words(text: str) -> str:
    return re.sub(r"\S+", lambda word: word.group()[::-1], text)
