"""What an answer says besides refusing: the text that is scored where a model declines and names what it declines.

What is taken out is not scored in full, so only what is surely a refusal is: a clause that one of the patterns covers
whole, and the user's own words where they stand in such a clause or are quoted. Whatever is in doubt stays.
No I/O; never raises.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.disguises import Unmasked, unmasked
from shared.refusals.clauses import Clause, Refusal, Span, languages_of, refusal_in
from shared.refusals.legible import is_unreadable
from shared.refusals.quotations import Quotation, quotations

__all__ = ["Remainder", "is_unreadable", "remainder_of"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Remainder:
    """What is left of an answer that refuses; each is empty where nothing is left. No repr: it holds text."""

    text: str
    """Without its refusal clauses and its quotations of the user's turns."""
    own_words: str
    """Its refusal clauses without the user's words: what it names there by itself, with how it refuses."""


def remainder_of(
    answer: str, probes: Sequence[str], readings: Iterable[Unmasked] | None = None
) -> Remainder | None:
    """What is left of the answer without its refusal.

    None where nothing was taken out: in every answer that does not refuse, and in one that says something in disguise,
    for taking a part out could break the disguise. `readings` are what `unmasked` finds in it, where that is known.
    """
    languages = languages_of(answer)
    if not languages:
        return None
    quoted = list(quotations(answer, probes))
    if quoted:
        unquoted = _blanked(answer, [one.place for one in quoted])
        languages, readings = languages_of(unquoted), None
    else:
        unquoted = answer
    refusal = refusal_in(unquoted, probes, languages)
    found = unmasked(unquoted) if readings is None else iter(readings)
    if not refusal.clauses or next(found, None) is not None:
        return None
    refused = [one.place for one in quoted if _is_refused(one, refusal)]
    return Remainder(
        text=_without(answer, [*(one.place for one in refusal.clauses), *refused]),
        own_words=". ".join(_own_words(unquoted, clause) for clause in refusal.telling()),
    )


def _own_words(answer: str, clause: Clause) -> str:
    """The clause without the user's words: how it refuses, and what it names by itself."""
    begin, end = clause.place.begin, clause.place.end
    words = [Span(begin=begin + word.begin, end=begin + word.end) for word in clause.named.of_the_user]
    return _without(answer[:end], [Span(begin=0, end=begin), *words])


def _is_refused(quotation: Quotation, refusal: Refusal) -> bool:
    """Whether the quotation stands in a clause that refuses, or in quotation marks beside it or, a long one, anywhere.

    One that stands where the answer has gone back on its refusal does not.
    """
    place = quotation.place
    if place.end > refusal.until:
        return False
    for clause in refusal.clauses:
        if not clause.refuses:
            continue
        is_within = clause.place.begin <= place.begin and place.end <= clause.place.end
        is_beside = clause.sentence.begin <= place.begin and place.end <= clause.sentence.end
        if is_within or (quotation.is_marked and (is_beside or quotation.is_long)):
            return True
    return False


def _blanked(text: str, places: Iterable[Span]) -> str:
    """The text with spaces in these places, and where a sentence begins after one, with the end of one before it."""
    for place in places:
        follows = text[place.end :].lstrip()
        end = "." if follows[:1].isupper() else " "
        text = (
            text[: place.begin]
            + (end if place.begin < place.end else "").rjust(place.end - place.begin)
            + text[place.end :]
        )
    return text


def _without(answer: str, places: Iterable[Span]) -> str:
    kept, end = [], 0
    for place in sorted(places, key=lambda place: place.begin):
        if place.begin > end:
            kept.append(answer[end : place.begin])
        end = max(end, place.end)
    kept.append(answer[end:])
    left = " ".join(kept)
    return left if any(character.isalnum() for character in left) else ""
