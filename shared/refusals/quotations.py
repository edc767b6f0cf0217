"""Where an answer repeats what the user wrote: six words in a row, or fewer between quotation marks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from shared.refusals.clauses import Span
from shared.refusals.folded import folded
from shared.refusals.spoken import LEAST_WORDS, Spoken, in_words, runs_of, spoken

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
    said_before = [spoken(turn) for turn in turns]
    for place in _runs(text, said_before):
        marked = _with_marks(text, place)
        yield Quotation(place=marked or place, is_marked=marked is not None, is_long=True)
    for quoted in _QUOTED.finditer(text):
        said = in_words(quoted[1])
        if said.strip() and any(said in turn.words for turn in said_before):
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


def _runs(text: str, said_before: Sequence[Spoken]) -> Iterator[Span]:
    """Yield the longest stretches of which every six words in a row are a turn's."""
    runs = list(runs_of(_WORD.findall(text)))
    if all(turn.runs.isdisjoint(runs) for turn in said_before):
        return
    words = list(_WORD.finditer(text))
    current: Span | None = None
    for first, run in enumerate(runs):
        if not any(run in turn.runs for turn in said_before):
            continue
        begin, end = words[first].start(), words[first + LEAST_WORDS - 1].end()
        if current is not None and begin < current.end:
            current = Span(begin=current.begin, end=end)
            continue
        if current is not None:
            yield current
        current = Span(begin=begin, end=end)
    if current is not None:
        yield current
