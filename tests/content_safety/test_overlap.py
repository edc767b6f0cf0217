"""No sample and no scenario was learned from: none shares a word 8-gram with the training data."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.content_safety.classifier import corpus, overlap

ROOT = Path(__file__).parents[2]
SHIPPED_TEXTS = [
    *sorted((ROOT / "samples").glob("*.jsonl")),
    *sorted((ROOT / "shared/scenarios").glob("*.jsonl")),
]


@pytest.fixture(scope="module")
def known() -> overlap.TrainingNgrams:
    return overlap.TrainingNgrams()


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


def test_the_set_knows_what_was_learned(known: overlap.TrainingNgrams) -> None:
    """The check would notice: our own sentences, which were learned, are found."""
    learned = [
        one.text
        for one in corpus.read_authored()
        if not one.is_clean and not one.language and len(list(overlap.hashes(one.text))) >= 3
    ]
    assert len(learned) > 500
    assert all(known.shares(text) for text in learned)
    assert known.shares("prefix words here " + learned[0].upper() + " and some more words after it")


def test_the_set_does_not_know_everything(known: overlap.TrainingNgrams) -> None:
    words = [f"word{number}x" for number in range(3000)]
    assert not known.shares(" ".join(words))
    assert not known.shares("Too short to tell.")
    assert len(known) > 100_000


def test_an_8_gram_of_many_clean_texts_is_a_formula() -> None:
    def example(text: str, harm: float = 0.0) -> corpus.Example:
        return corpus.Example(text=text, labels=(harm, 0.0, 0.0, 0.0), source="s", group=text)

    formula = "I am sorry, but I cannot help with that"
    content = "the blue heron stood in the reeds until the fog was gone"
    texts = [example(f"{formula} {word}") for word in ("today", "here", "now", "ever")]
    assert not {*overlap.hashes(formula)} & set(overlap.collect(texts).tolist())
    assert {*overlap.hashes(formula)} <= set(overlap.collect(texts[:3]).tolist())
    assert {*overlap.hashes(content)} <= set(overlap.collect([*texts, example(content)]).tolist())


@pytest.mark.parametrize("file", SHIPPED_TEXTS, ids=[file.name for file in SHIPPED_TEXTS])
def test_no_shipped_text_was_learned_from(known: overlap.TrainingNgrams, file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines
    shared = [
        number
        for number, line in enumerate(lines, start=1)
        if any(known.shares(text) for text in _strings(json.loads(line)))
    ]
    assert shared == []


def test_there_are_shipped_texts_to_check() -> None:
    assert len(SHIPPED_TEXTS) >= 7
