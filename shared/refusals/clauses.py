"""The refusal clauses of an answer: where they stand, and that nothing but a refusal stands in them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from shared.disguises import unmasked
from shared.refusals.folded import folded
from shared.refusals.languages import NO, WORDINGS
from shared.refusals.wording import Wording

MOST_WORDS: Final = 10
"""Words that one clause may name as what is refused, where most are not the user's."""
MOST_WORDS_OF_THE_USER: Final = 24
MOST_WORDS_IN_ALL: Final = 20
"""Of an answer, over all its clauses, those that are not the user's: what is taken out is not scored in full."""
_LONGEST_CLAUSE: Final = 400
_SENTENCE: Final = re.compile(r"[^.!?\u2026\n]+[.!?\u2026]*")
_BORDER: Final = re.compile(r"[,;:()\[\]{}\"\u00ab\u00bb\u201c\u201d\u201e\u2013\u2014*_#|/<>]+| -+ ")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_REPORTED_AFTER_COMMA: Final = re.compile(r", (?=(?:dass|wie|ob) )")
"""In German what is said is a clause of its own."""
_CONTENT: Final = re.compile(r"[^\W\d_]{4,}")
_STEM: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the answer, [begin, end) in characters."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A clause that only refuses, or only regrets, and the sentence that it is of."""

    place: Span
    sentence: Span
    refuses: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The clauses of an answer that only refuse, in their order, and where the answer goes back on them."""

    clauses: tuple[Clause, ...]
    until: int


def may_refuse(answer: str) -> bool:
    """Whether a language's word for no stands in the answer at all: most answers need not be looked through."""
    return bool(_wordings_of(folded(answer)))


def _wordings_of(text: str) -> list[Wording]:
    """The languages of which a clause of the folded text could be a refusal."""
    return [wording for wording, no in zip(WORDINGS, NO, strict=True) if no.search(text)]


def refusal_in(answer: str, turns: Sequence[str]) -> Refusal:
    """The refusal in the answer, which comes with spaces where it quotes the user: a clause goes on over them."""
    text = folded(answer)
    wordings = _wordings_of(text)
    stems = {word[:_STEM] for turn in turns for word in _CONTENT.findall(folded(turn))}
    free = MOST_WORDS_IN_ALL
    clauses: list[Clause] = []
    repeated: Clause | None = None
    for found in _SENTENCE.finditer(text):
        sentence = Span(begin=found.start(), end=found.end())
        for place in _places(text, sentence):
            clause = text[place.begin : place.end].replace(",", " ")
            named = _named(clause, stems, wordings)
            if named is not None and named <= free:
                free -= named
                refuses = not _regrets(clause, wordings)
                if repeated is not None and refuses:
                    clauses.append(repeated)
                clauses.append(Clause(place=place, sentence=sentence, refuses=refuses))
                repeated = None
                continue
            asked = _asked(clause, stems, wordings)
            # What the user asked for is said again right before it is refused, or it is nobody's but the model's.
            repeated = None
            if asked is not None and asked <= free:
                free -= asked
                repeated = Clause(place=place, sentence=sentence, refuses=False)
            elif any(one.refuses for one in clauses) and any(one.turns.match(clause) for one in WORDINGS):
                return Refusal(clauses=tuple(clauses), until=place.begin)
    return Refusal(clauses=tuple(clauses), until=len(text))


def _places(text: str, sentence: Span) -> Iterator[Span]:
    """Yield where the sentence's clauses stand, without the signs and spaces around them."""
    borders = [
        found.span()
        for found in _BORDER.finditer(text, sentence.begin, sentence.end)
        if _REPORTED_AFTER_COMMA.match(text, found.start()) is None
    ]
    firsts = [sentence.begin, *(end for _, end in borders)]
    lasts = [*(begin for begin, _ in borders), sentence.end]
    for first, last in zip(firsts, lasts, strict=True):
        words = list(_WORD.finditer(text, first, last))
        if words and last - first <= _LONGEST_CLAUSE:
            yield Span(begin=words[0].start(), end=words[-1].end())


def _regrets(clause: str, wordings: Sequence[Wording]) -> bool:
    return any(pattern.fullmatch(clause) for wording in wordings for pattern in wording.phrases)


def _named(clause: str, stems: set[str], wordings: Sequence[Wording]) -> int | None:
    """How many words of its own the clause names as refused; None where it is not surely a refusal."""
    if _regrets(clause, wordings):
        return 0
    for wording in wordings:
        if any(pattern.fullmatch(clause) for pattern in wording.denials):
            return 0
        for pattern in wording.refusals:
            if (found := pattern.fullmatch(clause)) is not None:
                named = _words_of_its_own(found["what"], wording, stems)
                if named is not None:
                    return named
    return None


def _asked(clause: str, stems: set[str], wordings: Sequence[Wording]) -> int | None:
    """How many words of its own the clause gives the user's request; None where it does not say it again."""
    for wording in wordings:
        for pattern in wording.requests:
            if (found := pattern.fullmatch(clause)) is not None:
                # Whatever it says is the user's: no word of it can turn it into what the model says.
                return _words_of_its_own(found["what"], replace(wording, flips=frozenset()), stems)
    return None


def _words_of_its_own(what: str, wording: Wording, stems: set[str]) -> int | None:
    """How many words of what is refused are not the user's; None where they may say harm by themselves."""
    what = what.strip()
    if (reported := wording.reported.match(what)) is not None:
        what = what[reported.end() :]
    words = _WORD.findall(what)
    if _WORD.sub("", what).strip() or not wording.flips.isdisjoint(words):
        return None
    if next(unmasked(what), None) is not None:
        return None
    content = [word[:_STEM] for word in words if len(word) >= 4]
    of_the_user = sum(stem in stems for stem in content)
    if content and 2 * of_the_user >= len(content) and len(words) <= MOST_WORDS_OF_THE_USER:
        return len(content) - of_the_user
    return len(words) if len(words) <= MOST_WORDS else None
