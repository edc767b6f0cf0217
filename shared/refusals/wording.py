"""What is written down of a language so that its refusals are known: patterns over folded text.

A clause is taken out of an answer only where a pattern covers it from its first to its last letter, so those are
narrow: the first person, unable or unwilling, and a verb of helping, saying or making. Only `refusals` have a free
place, `{what}`: what the model says it will not do. shared.refusals.clauses says what may stand there. How an answer
stands to what was asked is read by looser patterns, since nothing is taken out by them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

_WHAT: Final = r"(?P<what>.*?)"
_UNNAMED: Final = r".*?"
_PARTS: Final = frozenset({"do", "no", "own", "can", "clitic"})
"""Of cues: verbs of saying and helping, negations, the first person, verbs of being able, pronouns before a verb."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One language's patterns."""

    common: frozenset[str]
    """Words of nearly every sentence, by which the language is known."""
    phrases: tuple[re.Pattern[str], ...]
    """Clauses of regret and of saying who speaks: they refuse nothing by themselves."""
    denials: tuple[re.Pattern[str], ...]
    """Refusals without a free place."""
    refusals: tuple[re.Pattern[str], ...]
    requests: tuple[re.Pattern[str], ...]
    """Clauses that say again what the user asked for; taken out only right before a refusal."""
    reported: re.Pattern[str]
    """How what is refused begins where it is a sentence of its own ("that ...", "dass ...")."""
    flips: frozenset[str]
    """Words with which the object of a refusal says harm itself ("I can't say it was wrong")."""
    turns: re.Pattern[str]
    """How a clause begins that goes back on the refusal before it."""
    cues: dict[str, re.Pattern[str]]
    """What is looked for in a sentence to tell whether an answer declines; every language has the same names."""
    yields: re.Pattern[str]
    """How an answer announces after all what it just declined."""
    asks: re.Pattern[str]
    """How a counter-question speaks to the user."""
    clauses: re.Pattern[str] = field(init=False)
    """Phrases, denials, refusals and requests in one: what it does not cover whole, none of them does."""

    def __post_init__(self) -> None:
        every = (*self.phrases, *self.denials, *self.refusals, *self.requests)
        object.__setattr__(self, "clauses", _one_of(every))


def _one_of(every: Iterable[re.Pattern[str]]) -> re.Pattern[str]:
    return re.compile("|".join(one.pattern for one in every).replace(_WHAT, _UNNAMED))


def patterns(*templates: str, **parts: str) -> tuple[re.Pattern[str], ...]:
    """The templates with their parts put in, each an alternation, and with the free place."""
    return tuple(pattern(template, **parts) for template in templates)


def pattern(template: str, **parts: str) -> re.Pattern[str]:
    """One template with its parts put in; a part may itself have parts."""
    return re.compile(_filled(template, parts))


def cues(**templates: str) -> dict[str, re.Pattern[str]]:
    """The cues of a language by name, with the parts that they share put in; the parts themselves are no cues."""
    return {
        name: pattern(template, **templates) for name, template in templates.items() if name not in _PARTS
    }


def _filled(template: str, parts: dict[str, str]) -> str:
    return re.sub(
        r"\{([a-z]+)\}",
        lambda found: _WHAT if found[1] == "what" else f"(?:{_filled(parts[found[1]], parts)})",
        template,
    )


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())
