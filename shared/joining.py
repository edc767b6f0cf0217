"""Which texts travel in one request: fewer requests, and none so long that it dilutes harm away."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from shared.harm import HarmCategory, Scores

MOST_JOINED: Final = 2_000
"""Code points. Of all lengths that were measured on the embedded classifier none lost a text that it finds by itself
(docs/evaluation.md has the table); beyond this one, requests that are looked at again cost what joining saves."""
LOOKED_AT_AGAIN: Final = 2
"""The severity from which on each text of a joined request is scored by itself."""
SEPARATOR: Final = "\n\n"
"""A blank line: the embedded classifier judges each paragraph by itself as well."""

_BLANK_LINE = re.compile(r"\n\s*\n")


def requests_of(texts: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield the texts in groups that fit one request; a longer text, and one of several paragraphs, stands alone."""
    group: list[str] = []
    length = 0
    for text in texts:
        if _BLANK_LINE.search(text):
            yield (text,)
            continue
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
