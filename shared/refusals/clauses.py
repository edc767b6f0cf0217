"""The refusal clauses of an answer: where they stand, and that nothing but a refusal stands in them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from shared.disguises import unmasked
from shared.refusals.folded import folded
from shared.refusals.languages import NO, WORDINGS
from shared.refusals.spoken import STEM, stems_of
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
_WORDS: Final = re.compile(r"[^\W\d_](?:.*[^\W\d_])?")
"""From the first letter to the last."""
_REPORTED_AFTER_COMMA: Final = re.compile(r", (?=(?:dass|wie|ob) )")
"""In German what is said is a clause of its own."""
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_LEAST_CONTENT: Final = 4
"""Letters of a word that says something by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the answer, [begin, end) in characters."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a clause names: how many words of it are not the user's, and where his stand in the clause."""

    own: int = 0
    of_the_user: tuple[Span, ...] = ()
    is_told: bool = False
    """Whether some word of the model's own says something by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A clause that only refuses, or only regrets, and the sentence that it is of."""

    place: Span
    sentence: Span
    refuses: bool
    named: Named


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The clauses of an answer that only refuse, in their order, and where the answer goes back on them."""

    clauses: tuple[Clause, ...]
    until: int

    def telling(self) -> Iterator[Clause]:
        """Yield the clauses that say something of the model's own, and what refuses a request said again."""
        before: Clause | None = None
        for clause in self.clauses:
            if clause.named.is_told or (before is not None and before.named.is_told and not before.refuses):
                yield clause
            before = clause


def languages_of(answer: str) -> list[Wording]:
    """The languages whose word for no stands in the answer: where there is none, nothing need be looked for."""
    text = folded(answer)
    return [wording for wording, no in zip(WORDINGS, NO, strict=True) if no.search(text)]


def refusal_in(answer: str, turns: Sequence[str], wordings: Sequence[Wording]) -> Refusal:
    """The refusal in the answer, which comes with spaces where it quotes the user: a clause goes on over them."""
    text = folded(answer)
    stems = stems_of(turns)
    free = MOST_WORDS_IN_ALL
    clauses: list[Clause] = []
    repeated: Clause | None = None
    for sentence in _SENTENCE.finditer(text):
        for place in _places(sentence):
            clause = place.group().replace(",", " ")
            likely = [wording for wording in wordings if wording.clauses.fullmatch(clause)]
            named = _named(clause, stems, likely)
            if named is not None and named.own <= free:
                free -= named.own
                refuses = not _regrets(clause, likely)
                if repeated is not None and refuses:
                    clauses.append(repeated)
                clauses.append(_clause(place, sentence, named, refuses=refuses))
                repeated = None
                continue
            asked = _asked(clause, stems, likely)
            # What the user asked for is said again right before it is refused, or it is nobody's but the model's.
            repeated = None
            if asked is not None and asked.own <= free:
                free -= asked.own
                repeated = _clause(place, sentence, asked, refuses=False)
            elif any(one.refuses for one in clauses) and any(one.turns.match(clause) for one in WORDINGS):
                return Refusal(clauses=tuple(clauses), until=place.start())
    return Refusal(clauses=tuple(clauses), until=len(text))


def _clause(place: re.Match[str], sentence: re.Match[str], named: Named, *, refuses: bool) -> Clause:
    return Clause(
        place=Span(begin=place.start(), end=place.end()),
        sentence=Span(begin=sentence.start(), end=sentence.end()),
        refuses=refuses,
        named=named,
    )


def _places(sentence: re.Match[str]) -> Iterator[re.Match[str]]:
    """Yield where the sentence's clauses stand, without the signs and spaces around them."""
    text = sentence.string
    first = sentence.start()
    for border in _BORDER.finditer(text, first, sentence.end()):
        if _REPORTED_AFTER_COMMA.match(text, border.start()) is None:
            yield from _words(text, first, border.start())
            first = border.end()
    yield from _words(text, first, sentence.end())


def _words(text: str, first: int, last: int) -> Iterator[re.Match[str]]:
    if last - first <= _LONGEST_CLAUSE and (words := _WORDS.search(text, first, last)) is not None:
        yield words


def _regrets(clause: str, wordings: Sequence[Wording]) -> bool:
    return any(pattern.fullmatch(clause) for wording in wordings for pattern in wording.phrases)


def _named(clause: str, stems: frozenset[str], wordings: Sequence[Wording]) -> Named | None:
    """What the clause names as refused; None where it is not surely a refusal."""
    if _regrets(clause, wordings):
        return Named()
    for wording in wordings:
        if any(pattern.fullmatch(clause) for pattern in wording.denials):
            return Named()
        for pattern in wording.refusals:
            if (found := pattern.fullmatch(clause)) is not None:
                named = _named_at(found, wording, stems, wording.flips)
                if named is not None:
                    return named
    return None


def _asked(clause: str, stems: frozenset[str], wordings: Sequence[Wording]) -> Named | None:
    """What the clause gives as the user's request; None where it does not say one again."""
    for wording in wordings:
        for pattern in wording.requests:
            if (found := pattern.fullmatch(clause)) is not None:
                # Whatever it says is the user's: no word of it can turn it into what the model says.
                return _named_at(found, wording, stems, flips=frozenset())
    return None


def _named_at(
    found: re.Match[str], wording: Wording, stems: frozenset[str], flips: frozenset[str]
) -> Named | None:
    own = _words_of_its_own(found["what"], wording.reported, stems, flips)
    if own is None:
        return None
    words = [
        word
        for word in _LETTERS.finditer(found.string, *found.span("what"))
        if word.group() not in wording.common
    ]
    of_the_user = tuple(
        Span(begin=word.start(), end=word.end()) for word in words if word.group()[:STEM] in stems
    )
    return Named(own=own, of_the_user=of_the_user, is_told=len(of_the_user) < len(words))


def _words_of_its_own(
    what: str, reported: re.Pattern[str], stems: frozenset[str], flips: frozenset[str]
) -> int | None:
    """How many words of what is refused are not the user's; None where they may say harm by themselves."""
    what = what.strip()
    if (conjunction := reported.match(what)) is not None:
        what = what[conjunction.end() :]
    words = _WORD.findall(what)
    if _WORD.sub("", what).strip() or not flips.isdisjoint(words):
        return None
    if next(unmasked(what), None) is not None:
        return None
    content = [word[:STEM] for word in words if len(word) >= _LEAST_CONTENT]
    of_the_user = sum(stem in stems for stem in content)
    if content and 2 * of_the_user >= len(content) and len(words) <= MOST_WORDS_OF_THE_USER:
        return len(content) - of_the_user
    return len(words) if len(words) <= MOST_WORDS else None
