"""How many distinct requests a set of scenarios holds: requests that are near-duplicates count once.

`python -m tests.content.distinct` tells it for the shipped set and fails where a category has too few; `make check`
runs it. The policy's bound of a defect rate supposes conversations that are no copies of each other.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from tests.content.authored import CATEGORIES, SCENARIOS, objects
from tests.content.meaning import NoVectorError, Vectors, stored

NEAR_DUPLICATE: Final = 0.60
"""From this cosine on, two requests count as one; docs/scenarios.md says how it was found."""
LEAST_EFFECTIVE: Final = 120
"""Distinct requests a category needs at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinctness:
    """What was found of a set of requests."""

    requests: int
    """Requests that differ by a character at least."""
    effective: int
    """Groups of them that are left when every two near-duplicates are put into one group."""
    near_duplicates: tuple[tuple[str, str], ...]


def distinctness(requests: Sequence[str], vectors: Vectors, cut: float = NEAR_DUPLICATE) -> Distinctness:
    """How many of the requests are distinct: near-duplicates of near-duplicates count as one as well."""
    texts = list(dict.fromkeys(requests))
    rows = vectors.of(texts)
    alike = rows @ rows.T
    group = list(range(len(texts)))
    pairs = []
    for one, other in combinations(range(len(texts)), 2):
        if alike[one, other] >= cut:
            pairs.append((texts[one], texts[other]))
            kept, gone = group[one], group[other]
            group = [kept if each == gone else each for each in group]
    return Distinctness(requests=len(texts), effective=len(set(group)), near_duplicates=tuple(pairs))


def shipped_requests() -> dict[str, list[str]]:
    """The requests of the shipped conversations, by category, one for each conversation."""
    requests = defaultdict(list)
    for category in CATEGORIES:
        for scenario in objects(SCENARIOS / f"{category}.jsonl"):
            requests[category].append(str(scenario["request"]))
    return requests


def main() -> int:
    """Tell the effective number of each category; 1 where one is too low, 2 where it cannot be told."""
    vectors = stored()
    status = 0
    for category, requests in shipped_requests().items():
        try:
            found = distinctness(requests, vectors)
        except NoVectorError as error:
            sys.stderr.write(f"{category}: {error}\n")
            return 2
        sys.stdout.write(
            f"{category}: {len(requests)} conversations, {found.requests} requests, "
            f"{found.effective} effective (near-duplicates from a cosine of {NEAR_DUPLICATE:.2f} count once)\n"
        )
        if found.effective < LEAST_EFFECTIVE:
            sys.stderr.write(f"{category}: {LEAST_EFFECTIVE} effective requests are needed\n")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
