"""Which texts are learned from, which calibrate and which measure: by group, so that nothing leaks.

Translations of one text and answers to one prompt are one group. A group goes by its hash, so a text keeps its
part whatever else the folder holds.
"""

import hashlib
import re
from collections.abc import Iterable

from local.content_safety.classifier.corpus import Example

PARTS = 8
MEASURING_FAMILIES = ("foldoc", "manpages", "wesnoth", "reuters", "gnumed", "debian", "medical", "anarchism")
"""Of the gathered sources those that only measure: a dictionary, manuals in ten languages, battle tales, news,
medicine, handbooks, politics; by how their names begin. None of them is learned from."""
STANCES = ("authored:refusals", "authored:supportive")
"""Our own held-out files that hold nothing harmful but speak of harm."""
CALIBRATES = 0
MEASURES, ANSWERS_MEASURE = (1,), (1, 2)
"""Of the eight parts of the sources in HELD; the others are learned from."""
ANSWERS = ("pyrit", "jbb")
"""Sources of answers to few prompts: a quarter of them measures, for an eighth can be nearly nothing."""
HELD = ("rtplx", "pyrit", "jbb", "clean")
"""The sources that are held out from, by how their file names begin: translations, answers, records."""


def part(example: Example) -> int | None:
    """The eighth an example falls into; None for a source that is not held out from."""
    if not example.source.startswith(HELD):
        return None
    return _hash(example.group) % PARTS


def measures(example: Example) -> bool:
    """Whether an example falls into a part that only measures."""
    return part(example) in (ANSWERS_MEASURE if example.source.startswith(ANSWERS) else MEASURES)


def calibrates_clean(example: Example) -> bool:
    """Whether a gathered clean text that nobody learned from calibrates; else it measures.

    Whole families of sources go to one side: what measures is of sources that neither training nor calibration saw.
    """
    family = re.split(r"[-_]", example.source)[0]
    return family not in MEASURING_FAMILIES


def calibrates_stance(example: Example) -> bool:
    """Whether one of our own held-out refusals and supportive answers calibrates; the other half measures."""
    return example.source in STANCES and _hash(example.group) % 2 == 0


def learned(train: Iterable[Example], dev: Iterable[Example]) -> list[Example]:
    """What may be learned from: no held-out group, and no text that stands in what measures.

    A development text of a group that is learned from anyway (the folder's translations of one prompt stand in
    train and in dev) measures nothing and holds nothing back.
    """
    measuring = {one.key for one in measured(dev)}
    return [
        one for one in train if part(one) != CALIBRATES and not measures(one) and one.key not in measuring
    ]


def calibrating(train: Iterable[Example]) -> list[Example]:
    """The held-out part of the training files on which models are blended and edges found."""
    return [one for one in train if part(one) == CALIBRATES]


def held_out(train: Iterable[Example]) -> list[Example]:
    """The held-out part of the training files that only measures."""
    return [one for one in train if measures(one)]


def measured(dev: Iterable[Example]) -> list[Example]:
    """The development texts that measure: of a file whose groups are learned from, the held-out ones."""
    return [one for one in dev if not one.source.startswith("rtplx_multi") or measures(one)]


def _hash(group: str) -> int:
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4])
