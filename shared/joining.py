"""Which texts travel in one request: fewer requests, and none so long that it dilutes harm away."""

from collections.abc import Iterable, Iterator
from typing import Final

from shared.harm import HarmCategory, Scores

MOST_JOINED: Final = 1_000
"""Code points. The longest joined request in which no text that the embedded classifier finds by itself fell below
LOOKED_AT_AGAIN among harmless ones (docs/evaluation.md has the table)."""
LOOKED_AT_AGAIN: Final = 2
"""The severity from which on each text of a joined request is scored by itself."""
SEPARATOR: Final = "\n"


def requests_of(texts: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield the texts in their order, in groups that fit one request; a longer text stands alone."""
    group: list[str] = []
    length = 0
    for text in texts:
        if group and length + len(text) > MOST_JOINED:
            yield tuple(group)
            group, length = [], 0
        group.append(text)
        length += len(text) + len(SEPARATOR)
    if group:
        yield tuple(group)


def is_quiet(scores: Scores) -> bool:
    """Whether a joined request says enough of all its texts: every category is scored, and low."""
    every = [scores[category] for category in HarmCategory]
    return all(score.is_complete and (score.severity or 0) < LOOKED_AT_AGAIN for score in every)
