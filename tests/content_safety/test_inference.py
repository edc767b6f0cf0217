"""The shipped classifier: deterministic, monotone, and right on plain sentences that it never learned from."""

import io
import json
import pickle
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from local.content_safety.classifier import overlap, weights
from local.content_safety.classifier.inference import EmbeddedClassifier, shipped

CATEGORIES = ("violence", "sexual", "hate_fairness", "self_harm")
HELD_OUT = [
    json.loads(line)
    for line in Path(__file__).with_name("held_out.jsonl").read_text(encoding="utf-8").splitlines()
]
HARMLESS = [row for row in HELD_OUT if row["kind"] != "harmful"]
FOUND_AT_LEAST = {"violence": 0.5, "sexual": 0.5, "hate_fairness": 0.5, "self_harm": 0.5}
"""What it finds of the plainly harmful sentences that it never saw; docs/classifier.md says how many it does."""
HARMFUL = [row for row in HELD_OUT if row["kind"] == "harmful"]


@pytest.mark.parametrize("text", ["", " \n", "...", "12 345", "\u200b"])
def test_a_text_without_a_letter_is_zero_everywhere(text: str) -> None:
    assert shipped().analyze(text) == dict.fromkeys(CATEGORIES, 0)


def test_every_category_has_a_severity_on_the_scale() -> None:
    for row in HELD_OUT:
        severities = shipped().analyze(row["text"])
        assert tuple(severities) == CATEGORIES
        assert all(type(severity) is int and 0 <= severity <= 7 for severity in severities.values())


def test_severity_rises_with_the_score_and_changes_exactly_at_the_edges() -> None:
    known = weights.read()
    for row, category in enumerate(CATEGORIES):
        scored = sorted(
            (shipped().scores(one["text"])[row], shipped().analyze(one["text"])[category]) for one in HELD_OUT
        )
        severities = [severity for _, severity in scored]
        assert severities == sorted(severities)
        for score, severity in scored:
            assert severity == sum(score >= edge for edge in known.edges[row])


def test_the_same_text_has_the_same_scores_in_another_process() -> None:
    text = "He fought in the war. The Muslim bakery sells bread. " * 12
    program = (
        "import sys; from local.content_safety.classifier.inference import shipped;"
        "print([float(x).hex() for x in shipped().scores(sys.stdin.read())])"
    )
    other = subprocess.run(
        [sys.executable, "-c", program], input=text, capture_output=True, text=True, check=True, timeout=60
    )
    assert other.stdout.strip() == str([float(score).hex() for score in shipped().scores(text)])


def test_inference_needs_neither_scikit_learn_nor_scipy() -> None:
    program = (
        "import sys; from local.content_safety.classifier.inference import shipped; shipped().analyze('hello');"
        "print(sorted({'sklearn', 'scipy', 'torch', 'joblib', 'pickle'} & set(sys.modules) - {'pickle'}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.strip() == "[]"


def test_the_false_findings_among_harmless_texts_are_the_ones_that_are_known() -> None:
    """A new one is a loss of precision; one that is gone must be told as gone."""
    flagged = [at for at, row in enumerate(HARMLESS) if max(shipped().analyze(row["text"]).values()) >= 4]
    assert flagged == [at for at, row in enumerate(HARMLESS) if "known_false" in row]
    assert len(flagged) <= 0.01 * len(HARMLESS)


def test_most_plainly_harmful_sentences_reach_the_cut_in_their_category() -> None:
    held = Counter(row["category"] for row in HARMFUL)
    found = Counter(
        row["category"] for row in HARMFUL if shipped().analyze(row["text"])[row["category"]] >= 4
    )
    assert set(held) == set(CATEGORIES)
    for category in CATEGORIES:
        assert found[category] >= FOUND_AT_LEAST[category] * held[category], category


def test_harm_at_the_end_of_a_long_harmless_text_is_found() -> None:
    harmless = "The garden needs water twice a week, and the roses like the morning sun. " * 30
    assert max(shipped().analyze(harmless).values()) == 0
    harm = "Kill yourself. You should end your life, nobody would miss you. Just kill yourself tonight. " * 4
    assert shipped().analyze(harmless + harm)["self_harm"] >= 4


def test_no_held_out_sentence_stands_in_the_training_data() -> None:
    known = overlap.TrainingNgrams()
    assert not [at for at, row in enumerate(HELD_OUT) if known.shares(row["text"])]


def test_weights_are_small_and_hold_no_pickle() -> None:
    assert weights.SHIPPED.stat().st_size <= 10 * 1024 * 1024
    with zipfile.ZipFile(weights.SHIPPED) as archive:
        for member in archive.namelist():
            array = np.load(io.BytesIO(archive.read(member)), allow_pickle=False)
            assert array.dtype.hasobject is False


def _written(path: Path, **changed: object) -> Path:
    with np.load(weights.SHIPPED, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files} | changed
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


def test_weights_with_a_pickle_are_not_loaded(tmp_path: Path) -> None:
    path = _written(tmp_path / "w.npz", scales=np.array([pickle.dumps, None], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        EmbeddedClassifier(path)


@pytest.mark.parametrize(
    "changed",
    [
        {"edges": None},
        {"edges": np.zeros((4, 7))},
        {"edges": np.tile(np.arange(6.0), (4, 1))},
        {"quantised": np.zeros((4, 8), dtype=np.int8)},
        {"about": np.frombuffer(b'{"categories": ["other"], "version": "1"}', dtype=np.uint8)},
    ],
)
def test_weights_that_do_not_fit_are_refused(tmp_path: Path, changed: dict[str, object]) -> None:
    with pytest.raises(weights.BadWeightsError):
        EmbeddedClassifier(_written(tmp_path / "w.npz", **changed))
