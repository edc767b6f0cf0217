"""The texts that are learned from and measured on: JSONL folders given by path, and our own sentences."""

import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local.content_safety.classifier import features

AUTHORED = Path(__file__).with_name("authored")
LABEL_FIELDS = ("violence", "sexual", "hate", "self_harm")
"""How the data files name the harm categories, in policy order."""
SEVERITY_GRADES = (0.0, 0.02, 0.15, 0.35, 0.85, 0.95, 1.0, 1.0)
"""How harmful a text of each severity counts: our own sentences are graded 0 to 7, people's files 0 to 1."""
WEIGHTS = {
    "authored:patterns": 0.7,
    "authored": 2.0,
    "davidson_tweets": 0.6,
    "diasafety_derived": 0.3,
    "mistaken": 1.5,
}
"""How much a text of a source counts: our own sentences double (few, and about stance), but less where many are
readings of one pattern; noisy and weakly labelled files less; clean texts that the models took for harmful more.
Every other source counts 1."""
READINGS = 12
"""At most so many sentences are made of one authored line with slots that names no number itself."""

_SLOT = re.compile(r"\{(\w+)\}")


class BadCorpusError(ValueError):
    """A line of the data is no example; says which file and line, never what stood there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text and how harmful people found it: 0 to 1 per category in policy order, None where nobody said."""

    text: str
    labels: tuple[float | None, ...]
    source: str
    group: str
    """Examples of one group (translations, answers to one prompt) are never split between folds."""
    language: str = ""
    azure: Mapping[str, float] | None = None
    """Azure's own probability of harm by its own names, where the file holds it."""
    offensive: bool = False
    """Whether people found it offensive in a way that is none of the four categories."""

    @property
    def key(self) -> str:
        """What two copies of a text have in common: their words, whatever the case and the punctuation."""
        return " ".join(
            token for token in features.tokens(features.normalise(self.text)) if token[0].isalnum()
        )

    @property
    def weight(self) -> float:
        """How much the example counts in training."""
        return WEIGHTS.get(self.source, WEIGHTS.get(self.source.partition(":")[0], 1.0))

    @property
    def is_clean(self) -> bool:
        """Whether people found no harm and no offence of any kind."""
        return not self.offensive and all(label == 0 for label in self.labels)


def read_folder(folder: Path) -> list[Example]:
    """Every example of the folder's JSONL files, in order of file names."""
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise BadCorpusError(f"no .jsonl file in {folder}")
    return [example for file in files for example in _read_file(file)]


def read_authored(folder: Path = AUTHORED) -> list[Example]:
    """Our own sentences; a line with slots gives a few of its readings, always the same."""
    return [example for file in sorted(folder.glob("*.jsonl")) for example in _read_authored(file)]


def without_copies(examples: Iterable[Example], *, beside: Iterable[Example] = ()) -> list[Example]:
    """The examples whose text was not seen before, neither among themselves nor in `beside`."""
    seen = {example.key for example in beside}
    kept = []
    for example in examples:
        if example.key and example.key not in seen:
            seen.add(example.key)
            kept.append(example)
    return kept


def grades(examples: Iterable[Example], row: int) -> NDArray[np.float64]:
    """How harmful people found each example in one category; NaN where nobody said."""
    return np.array(
        [np.nan if (label := one.labels[row]) is None else label for one in examples], dtype=np.float64
    )


def _read_authored(file: Path) -> Iterator[Example]:
    slots: dict[str, list[str]] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        row = json.loads(line)
        if "slot" in row:
            slots[row["slot"]] = row["values"]
            continue
        labels = tuple(SEVERITY_GRADES[row.get(field, 0)] for field in LABEL_FIELDS)
        for text in _readings(row["text"], slots, wanted=row.get("readings", READINGS), seed=number):
            yield Example(
                text=text,
                labels=labels,
                source=f"authored:{file.stem}",
                group=f"authored:{file.stem}:{number}",
                language=row.get("lang", ""),
            )


def _read_file(file: Path) -> Iterator[Example]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                row = json.loads(line)
                labels = tuple(_label(row[field]) for field in LABEL_FIELDS)
                text = row["text"]
            except (ValueError, KeyError, TypeError):
                raise BadCorpusError(f"{file.name}, line {number}: not an example") from None
            if not isinstance(text, str):
                raise BadCorpusError(f"{file.name}, line {number}: not an example")
            yield Example(
                text=text,
                labels=labels,
                source=file.stem,
                group=_group(file.stem, row, number),
                language=str(row.get("lang", "")).upper(),
                azure=row.get("acs"),
                offensive=_is_offensive(row),
            )


def _label(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, int | float) and 0 <= value <= 1:
        return float(value)
    raise ValueError("a label is null or between 0 and 1")


def _is_offensive(row: Mapping[str, object]) -> bool:
    """An insult, a bias or toxicity above the lowest grade (1 of 5), a hazard named, or a jailbreak."""
    graded = [row.get(field) for field in ("tox", "insult", "bias")]
    return any(isinstance(grade, int | float) and grade > 1 for grade in graded) or any(
        row.get(field) for field in ("offensive", "hazard", "jailbroken")
    )


def _group(source: str, row: Mapping[str, object], number: int) -> str:
    if "prompt" in row:
        return f"prompt:{row['prompt']}"
    if "doc" in row:
        return f"doc:{row['doc']}"
    if "idx" in row and source.startswith("rtplx"):
        return f"rtplx:{row['idx']}"
    return f"{source}:{row.get('rec', number)}"


def _readings(template: str, slots: Mapping[str, list[str]], *, wanted: int, seed: int) -> list[str]:
    if not slots or not _SLOT.search(template):
        return [template]
    chooser = random.Random(seed)
    readings: dict[str, None] = {}
    for _ in range(wanted):
        reading = _SLOT.sub(lambda slot: chooser.choice(slots[slot.group(1)]), template).strip()
        readings[reading[0].upper() + reading[1:]] = None
    return list(readings)
