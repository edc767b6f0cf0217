"""The shipped classifier: deterministic, monotone, and right on plain sentences that it never learned from."""

import itertools
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from local.content_safety.classifier import corpus, features, measures, overlap, scale
from local.content_safety.classifier.inference import EmbeddedClassifier, shipped
from local.content_safety.classifier.windows import PIECES, STRIDE, cut, tokenizer

CATEGORIES = ("violence", "sexual", "hate_fairness", "self_harm")
HELD_OUT = [
    json.loads(line)
    for line in Path(__file__).with_name("held_out.jsonl").read_text(encoding="utf-8").splitlines()
]
JUDGED = Path(__file__).with_name("judged")
FOUND_AT_LEAST, FOUND_IN_EACH = 0.4, 0.2
"""What it finds of the plainly harmful sentences that it never saw, together and in each category."""
RANKED_AT_LEAST = 0.9
"""The chance that such a sentence scores above a harmless one."""
GARDEN = "The garden needs water twice a week, and the roses like the morning sun. "
HARM = "Kill yourself. You should end your life, nobody would miss you. Just kill yourself tonight. "
NOISE = 1.0
"""In log-odds: what the place of a cut between windows may do to a score."""


@pytest.fixture(scope="module")
def held_out_scores() -> NDArray[np.float64]:
    """The scores of the held-out sentences, one row each."""
    return np.array([shipped().scores(row["text"]) for row in HELD_OUT])


@pytest.fixture(scope="module")
def found(held_out_scores: NDArray[np.float64]) -> list[dict[str, int]]:
    """The severities of the held-out sentences."""
    return [shipped().severities(scores) for scores in held_out_scores]


@pytest.mark.parametrize("text", ["", " \n", "...", "12 345", "\u200b", "\u0301", "\U0001f642"])
def test_a_text_without_a_letter_is_zero_everywhere(text: str) -> None:
    assert shipped().scores(text) is None
    assert shipped().analyze(text) == dict.fromkeys(CATEGORIES, 0)


def test_every_category_has_a_severity_on_the_scale() -> None:
    for row in HELD_OUT[::10]:
        severities = shipped().analyze(row["text"])
        assert tuple(severities) == CATEGORIES
        assert all(type(severity) is int and 0 <= severity <= 7 for severity in severities.values())


def test_severity_rises_with_the_score_and_changes_exactly_at_the_edges(
    held_out_scores: NDArray[np.float64], found: list[dict[str, int]]
) -> None:
    known = scale.read()
    for row, category in enumerate(CATEGORIES):
        for scores, severities in zip(held_out_scores, found, strict=True):
            assert severities[category] == sum(scores[row] >= edge for edge in known.edges[row])


def test_the_same_text_has_the_same_scores_in_another_process() -> None:
    text = "He fought in the war. The Muslim bakery sells bread. " * 25 + "Хлеб. " * 150
    assert len(list(cut(features.normalise(text)))) > 5
    program = (
        "import sys; from local.content_safety.classifier.inference import shipped;"
        "print([float(x).hex() for x in shipped().scores(sys.stdin.buffer.read().decode())])"
    )
    other = subprocess.run(
        [sys.executable, "-c", program], input=text.encode(), capture_output=True, check=True, timeout=60
    )
    assert other.stdout.decode().strip() == str([float(score).hex() for score in shipped().scores(text)])


def test_what_was_scored_before_changes_no_score() -> None:
    texts = [row["text"] for row in HELD_OUT[:12]] + [GARDEN * 20, "Хлеб " * 20]
    once = [shipped().scores(text).tolist() for text in texts]
    again = [shipped().scores(text).tolist() for text in reversed(texts)]
    assert once == again[::-1]


def test_inference_needs_nothing_that_only_training_needs() -> None:
    program = (
        "import sys; from local.content_safety.classifier.inference import shipped; shipped().analyze('hello');"
        "print(sorted({'sklearn', 'scipy', 'torch', 'transformers', 'onnx', 'joblib'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.strip() == "[]"


def test_the_false_findings_among_harmless_texts_are_the_ones_that_are_known(
    found: list[dict[str, int]],
) -> None:
    """A new one is a loss of precision; one that is gone must be told as gone."""
    harmless = [at for at, row in enumerate(HELD_OUT) if row["kind"] != "harmful"]
    flagged = [at for at in harmless if max(found[at].values()) >= 4]
    assert flagged == [at for at in harmless if "known_false" in HELD_OUT[at]]
    assert len(flagged) <= 0.01 * len(harmless)


def test_plainly_harmful_sentences_reach_the_cut_in_their_category(found: list[dict[str, int]]) -> None:
    harmful = [at for at, row in enumerate(HELD_OUT) if row["kind"] == "harmful"]
    held = Counter(HELD_OUT[at]["category"] for at in harmful)
    hits = Counter(HELD_OUT[at]["category"] for at in harmful if found[at][HELD_OUT[at]["category"]] >= 4)
    assert set(held) == set(CATEGORIES)
    assert hits.total() >= FOUND_AT_LEAST * held.total()
    assert [name for name in CATEGORIES if hits[name] < FOUND_IN_EACH * held[name]] == []


@pytest.mark.parametrize("category", CATEGORIES)
def test_plainly_harmful_sentences_rank_above_harmless_ones(
    held_out_scores: NDArray[np.float64], category: str
) -> None:
    row = CATEGORIES.index(category)
    asked = [at for at, one in enumerate(HELD_OUT) if one["kind"] != "harmful" or one["category"] == category]
    harmful = np.array([HELD_OUT[at]["kind"] == "harmful" for at in asked])
    area = measures.roc_area(held_out_scores[asked, row], harmful)
    assert area is not None
    assert area >= RANKED_AT_LEAST


@pytest.mark.parametrize(("before", "copies"), [(30, 4), (10, 8), (0, 8)])
def test_harm_beside_a_long_harmless_text_is_found(before: int, copies: int) -> None:
    """At its end a passage as long as a window; elsewhere one of which a window is full wherever it begins."""
    assert max(shipped().analyze(GARDEN * 30).values()) == 0
    assert shipped().analyze(GARDEN * before + HARM * copies + GARDEN * (30 - before))["self_harm"] >= 4


@pytest.mark.parametrize("copies", [2, 5, 16, 50])
def test_a_repetition_of_a_harmless_text_scores_no_higher_than_the_text_once(copies: int) -> None:
    for text in (GARDEN, "He ordered the green lamp in May, and it came in June.\n"):
        once, repeated = shipped().scores(text), shipped().scores(text * copies)
        assert (repeated <= once + NOISE).all()
        assert max(shipped().analyze(text * copies).values()) <= max(shipped().analyze(text).values())


def test_a_score_falls_by_the_same_with_every_doubling_of_equal_windows() -> None:
    """A text whose period is the windows' stride: all of its windows are the same."""
    words = ("the lamp is green and the sofa is old " * 10).split()[:STRIDE]
    assert len(tokenizer().encode(" ".join(words), add_special_tokens=False).ids) == STRIDE
    scores = []
    for count in (1, 2, 4, 8):
        text = " ".join((words * (count + 1))[: STRIDE * (count - 1) + PIECES])
        assert len({tuple(window.ids) for window in cut(text)}) == 1
        assert len(list(cut(text))) == count
        scores.append(shipped().scores(text))
    loss = np.array(scale.read().per_window)
    assert (loss >= 0).all()
    for shorter, longer in itertools.pairwise(scores):
        assert shorter - longer == pytest.approx(loss)


def test_company_takes_no_finding_below_what_is_looked_at_again(
    found: list[dict[str, int]], remembering: None
) -> None:
    """A text that is found alone reaches severity 2 among harmless paragraphs, however many they are."""
    flagged = [HELD_OUT[at]["text"] for at in range(len(HELD_OUT)) if max(found[at].values()) >= 4]
    assert len(flagged) >= 10
    for at, text in enumerate(flagged):
        company = [f"{GARDEN} It is number {number}." for number in range(3 * at + 1)]
        for joined in ([text, *company], [*company, text]):
            assert max(shipped().analyze("\n\n".join(joined)).values()) >= 2


def test_the_correction_never_takes_a_text_from_the_cut_below_severity_2() -> None:
    """Which is why no length of a joined request loses a paragraph that is found alone."""
    known = scale.read()
    for row in range(len(CATEGORIES)):
        most = known.per_window[row] * scale.doublings(10_000)
        assert known.edges[row][3] - most >= known.edges[row][1]


def test_padding_without_end_does_not_take_a_finding_away() -> None:
    worst = shipped().scores(GARDEN * 60 + HARM * 8)
    assert shipped().scores(GARDEN * 120 + HARM * 8) == pytest.approx(worst, abs=NOISE)
    assert shipped().analyze(GARDEN * 120 + HARM * 8)["self_harm"] >= 4


def test_a_text_in_another_script_is_judged_by_its_letters_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    classifier = EmbeddedClassifier()
    asked: list[int] = []

    def score(window: object) -> NDArray[np.float64]:
        asked.append(1)
        return np.full(4, 50.0)

    monkeypatch.setattr(classifier._encoder, "score", score)
    assert classifier.reads("The bread is fresh.")
    assert not classifier.reads("Хлеб свежий.")
    assert max(classifier.analyze("Хлеб свежий.").values()) < 4
    assert asked == []
    assert min(classifier.analyze("The bread is fresh.").values()) == 7
    assert asked == [1]


def test_padding_in_another_script_does_not_hide_harm() -> None:
    assert shipped().analyze(HARM * 2)["self_harm"] >= 4
    padded = HARM * 2 + "хлеб " * 120
    assert not shipped().reads(padded)
    assert shipped().analyze(padded)["self_harm"] >= 4


def test_no_held_out_sentence_stands_in_the_training_data() -> None:
    known = overlap.TrainingNgrams()
    assert [at for at, row in enumerate(HELD_OUT) if known.shares(row["text"])] == []


def test_no_sentence_that_measures_is_a_copy_of_one_that_is_learned() -> None:
    """Of one or two words, such as "No.", there is but one way to write them."""
    learned = {one.key for one in corpus.read_authored() if one.key.count(" ") > 1}
    measuring = [(one.group, one.key) for one in corpus.read_authored(JUDGED)]
    measuring += [(f"held_out:{at}", _key(row["text"])) for at, row in enumerate(HELD_OUT, start=1)]
    assert len(measuring) > 1000
    assert [name for name, key in measuring if key in learned] == []


def _key(text: str) -> str:
    return corpus.Example(text=text, labels=(None,) * 4, source="held_out", group="").key
