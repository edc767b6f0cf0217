"""What the shipped classifier says of the samples, which it never saw: the demo's data gate rests on it."""

import re

import pytest

from local.content_safety.classifier.inference import shipped
from local.content_safety.classifier.overlap import TrainingNgrams
from tests.content.authored import (
    HARMFUL_RECORDS,
    SAMPLE_NAMES,
    SAMPLES,
    SCENARIOS,
    conversation,
    objects,
    said_in,
)

FAILING_SEVERITY = 4
"""The data gate's: a text at this severity fails its category."""


def found(name: str) -> dict[tuple[int, str], int]:
    """The highest severity by line and category, where it would fail the file."""
    failing: dict[tuple[int, str], int] = {}
    for number, record in enumerate(objects(SAMPLES / f"{name}.jsonl"), start=1):
        for _, content in conversation(record):
            for category, severity in shipped().analyze(content).items():
                if severity >= FAILING_SEVERITY:
                    failing[number, category] = max(severity, failing.get((number, category), 0))
    return failing


@pytest.mark.parametrize("name", ["support", "covert", "covert-cipher"])
def test_nothing_is_found_in_the_harmless_samples(name: str) -> None:
    assert found(name) == {}


def test_the_six_records_are_found_and_each_in_its_own_category_only() -> None:
    assert set(found("harmful")) == set(HARMFUL_RECORDS.items())


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_no_sample_was_in_the_training_data(name: str) -> None:
    known = TrainingNgrams()
    assert len(known) > 0
    records = objects(SAMPLES / f"{name}.jsonl")
    shared = [
        number
        for number, record in enumerate(records, start=1)
        if any(known.shares(content) for _, content in conversation(record))
    ]
    assert shared == []


def test_no_probe_and_no_paraphrase_of_one_was_in_the_training_data() -> None:
    """Every branch of every turn as it reads before it is encoded, and the request in plain English."""
    known = TrainingNgrams()
    seen = 0
    shared = []
    for path in sorted(SCENARIOS.glob("*.jsonl")):
        for scenario in objects(path):
            texts = [re.sub(r"[{}]", "", text) for text in said_in(scenario)]
            seen += len(texts)
            if any(map(known.shares, [*texts, str(scenario["request"])])):
                shared.append(scenario["id"])
    assert seen > 1500
    assert shared == []
