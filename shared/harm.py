"""Harm categories, severities, and the score of a text: what was found and what could not be scored."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct


class HarmCategory(StrEnum):
    """A harm category by its code name, in policy order."""

    VIOLENCE = "violence"
    SEXUAL = "sexual"
    HATE_FAIRNESS = "hate_fairness"
    SELF_HARM = "self_harm"

    @property
    def display_name(self) -> str:
        """The name people read, as the model gate's message spells it."""
        return _DISPLAY_NAMES[self]


_DISPLAY_NAMES = {
    HarmCategory.VIOLENCE: "Violence",
    HarmCategory.SEXUAL: "Sexual",
    HarmCategory.HATE_FAIRNESS: "Hate and Fairness",
    HarmCategory.SELF_HARM: "Self Harm",
}

SEVERITY_LEVELS = 8
"""Content Safety's eight severity levels, 0 to 7."""


class Score(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The highest severity found in one category, and why anything stayed unscored.

    Both can be true at once: one part at severity 5 and another part unscored. Neither is never a clean
    score: a score without severity and without reason says that nothing was seen, and is unscored too.
    """

    severity: int | None = None
    unscored: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.severity is not None and not 0 <= self.severity < SEVERITY_LEVELS:
            raise ValueError("severity is not between 0 and 7")

    @property
    def is_complete(self) -> bool:
        return self.severity is not None and not self.unscored

    def join(self, other: "Score") -> "Score":
        """The worst of both: the higher severity and every reason."""
        if self == other:
            return self
        known = [score.severity for score in (self, other) if score.severity is not None]
        return Score(severity=max(known, default=None), unscored=self.unscored | other.unscored)


_MISSING = Score(unscored=frozenset({"category_missing"}))

Scores = Mapping[HarmCategory, Score]
"""A score for every harm category."""


def scores_of(severities: Mapping[HarmCategory, int | None]) -> Scores:
    """The scores a classifier's answer stands for; a category it left out, or a severity off the scale, is unscored."""
    scores = {}
    for category in HarmCategory:
        severity = severities.get(category)
        if severity is None:
            scores[category] = _MISSING
        elif 0 <= severity < SEVERITY_LEVELS:
            scores[category] = Score(severity=severity)
        else:
            scores[category] = Score(unscored=frozenset({"severity_unknown"}))
    return scores


def unscored(reason: str) -> Scores:
    """Scores that say for every category that nothing could be scored."""
    return {category: Score(unscored=frozenset({reason})) for category in HarmCategory}


def worst(all_scores: Iterable[Scores]) -> Scores:
    """The worst case of several scores, category by category; of none at all: unscored."""
    joined: dict[HarmCategory, Score] = {}
    for scores in all_scores:
        for category in HarmCategory:
            found = scores.get(category, _MISSING)
            joined[category] = joined[category].join(found) if category in joined else found
    return joined or unscored("nothing_to_score")
