"""How alike two authored texts are, by the words they share in order."""

import re
from collections.abc import Iterator, Mapping
from itertools import combinations

NEAR_COPY = 0.5
"""From this Jaccard index of word trigrams on, two texts count as copies of each other."""


def trigrams(text: str) -> frozenset[tuple[str, ...]]:
    """The runs of three words; a text of fewer words is a single run."""
    words = re.findall(r"\w+", text.casefold())
    return frozenset(tuple(words[at : at + 3]) for at in range(max(1, len(words) - 2)))


def jaccard(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    """The share of the trigrams of both that both have: 0 for nothing in common, 1 for the same."""
    return len(one & other) / len(one | other)


def near_copies(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the names of every two texts that are near copies."""
    runs = {name: trigrams(text) for name, text in texts.items()}
    for one, other in combinations(runs, 2):
        if jaccard(runs[one], runs[other]) >= NEAR_COPY:
            yield one, other
