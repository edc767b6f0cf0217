"""Where an answer repeats what the user wrote: six words in a row, or fewer between quotation marks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from shared.refusals.clauses import Span
from shared.refusals.folded import folded

LEAST_WORDS: Final = 6
_WORD: Final = re.compile(r"\w+")
_QUOTED: Final = re.compile(
    '["\u00ab\u201c\u201e\u201f]([^"\u00ab\u00bb\u201c\u201d\u201e\u201f]{1,2000})["\u00bb\u201c\u201d]'
)
_MARK_BEFORE: Final = re.compile("[\"'\u00ab\u201c\u201e\u201f\u2018\u201a\u2039]\\W*\\Z")
_MARK_AFTER: Final = re.compile(
    "[.!?,;)}\\]\u2026]{0,3}(?:[\"'\u00bb\u201c\u201d\u2019\u203a]| ?[\u00bb\u203a])"
)
_LOOKS_BACK: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """A place that has the user's words, whether it stands between quotation marks, and whether they are many."""

    place: Span
    is_marked: bool
    is_long: bool


def quotations(answer: str, turns: Sequence[str]) -> Iterator[Quotation]:
    """Yield the places where the answer has a turn's words."""
    text = folded(answer)
    spoken = [_spoken(turn) for turn in turns]
    for place in _runs(text, spoken):
        marked = _with_marks(text, place)
        yield Quotation(place=marked or place, is_marked=marked is not None, is_long=True)
    for quoted in _QUOTED.finditer(text):
        said = _spoken(quoted[1])
        if said.strip() and any(said in turn for turn in spoken):
            place = Span(begin=quoted.start(), end=quoted.end())
            yield Quotation(place=place, is_marked=True, is_long=len(said.split()) >= LEAST_WORDS)


def _with_marks(text: str, place: Span) -> Span | None:
    """The place with the quotation marks around it; None where they do not stand there."""
    first = max(0, place.begin - _LOOKS_BACK)
    before = _MARK_BEFORE.search(text[first : place.begin])
    after = _MARK_AFTER.match(text, place.end)
    if before is None or after is None:
        return None
    return Span(begin=first + before.start(), end=after.end())


def _runs(text: str, spoken: Sequence[str]) -> Iterator[Span]:
    """Yield the longest stretches of which every six words in a row are a turn's."""
    known = {
        tuple(words[first : first + LEAST_WORDS])
        for words in (turn.split() for turn in spoken)
        for first in range(len(words) - LEAST_WORDS + 1)
    }
    words = list(_WORD.finditer(text))
    current: Span | None = None
    for first in range(len(words) - LEAST_WORDS + 1):
        run = words[first : first + LEAST_WORDS]
        if tuple(word.group() for word in run) not in known:
            continue
        if current is not None and run[0].start() < current.end:
            current = Span(begin=current.begin, end=run[-1].end())
            continue
        if current is not None:
            yield current
        current = Span(begin=run[0].start(), end=run[-1].end())
    if current is not None:
        yield current


def _spoken(text: str) -> str:
    """The words of a text with one space before and after each, so that only whole words are found in it."""
    return f" {' '.join(_WORD.findall(folded(text)))} "
