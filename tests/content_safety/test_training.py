"""Training on a made-up folder: the same bytes twice, labels unknown or graded, and refusals of bad data."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from local.content_safety.classifier import calibration, corpus, overlap, train, weights
from local.content_safety.classifier.inference import EmbeddedClassifier

THINGS = ["kettle", "lamp", "sofa", "bicycle", "garden", "printer", "window", "basket", "candle", "ladder"]


def _row(text: str, **labels: float | None) -> str:
    return json.dumps({"text": text} | dict.fromkeys(corpus.LABEL_FIELDS, 0) | labels) + "\n"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny folder: four made-up words are harmful, each in one category."""
    (tmp_path / "train").mkdir()
    (tmp_path / "dev").mkdir()
    lines = [_row(f"The {thing} stands beside a {other}.") for thing in THINGS for other in THINGS]
    for field, word in zip(corpus.LABEL_FIELDS, ("zorble", "quimpy", "fleeg", "mundle"), strict=True):
        lines += [_row(f"I {word} your {thing} today.", **{field: 1}) for thing in THINGS]
        lines += [_row(f"The {word} {thing} is unknown.", **{field: None}) for thing in THINGS[:3]]
        lines += [_row(f"Some {word} around the {thing}.", **{field: 0.6}) for thing in THINGS[:3]]
    (tmp_path / "train" / "made_up.jsonl").write_text("".join(lines))
    (tmp_path / "dev" / "made_up.jsonl").write_text(_row("The kettle stands beside a LAMP!"))
    authored = tmp_path / "authored.jsonl"
    authored.write_text('{"text": "Our {x} is new."}\n'.replace("{x}", "kettle"))
    monkeypatch.setattr(train, "ITERATIONS", 4)  # enough for made-up words, and fast
    monkeypatch.setattr(corpus.read_authored, "__defaults__", (authored,))
    return tmp_path


def test_two_runs_write_the_same_bytes_and_learn_the_words(data: Path, tmp_path: Path) -> None:
    outs = [tmp_path / "one" / "w.npz", tmp_path / "two" / "w.npz"]
    for out in outs:
        out.parent.mkdir()
        assert train.main([str(data), "--out", str(out), "--jobs", "1"]) == 0
    for name in ("w.npz", "training_ngrams.bin"):
        assert (outs[0].parent / name).read_bytes() == (outs[1].parent / name).read_bytes()
    learned = EmbeddedClassifier(outs[0])
    for row, word in enumerate(("zorble", "quimpy", "fleeg", "mundle")):
        scores = learned.scores(f"I {word} your carpet today.")
        assert int(np.argmax(scores)) == row


def test_a_text_of_the_development_set_is_never_learned(data: Path) -> None:
    _, examples = train.train(data, jobs=1)
    assert "the kettle stands beside a lamp" not in {example.key for example in examples}
    assert len(examples) == 164, "164 in the files and one of our own, less the one that dev holds"


@pytest.mark.parametrize(
    "line",
    [
        '{"text": "secret-canary"}',
        "secret-canary",
        _row("x", violence=2).strip(),
        _row("x", violence="secret-canary").strip(),
        json.dumps({"text": 7} | dict.fromkeys(corpus.LABEL_FIELDS, 0)),
    ],
)
def test_a_line_that_is_no_example_is_named_but_not_quoted(tmp_path: Path, line: str) -> None:
    (tmp_path / "bad.jsonl").write_text(_row("fine") + line + "\n")
    with pytest.raises(corpus.BadCorpusError, match=r"bad\.jsonl, line 2") as refused:
        corpus.read_folder(tmp_path)
    assert "canary" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(corpus.BadCorpusError):
        corpus.read_folder(tmp_path)


def test_the_authored_sentences_are_read_the_same_way_every_time() -> None:
    authored = Path(corpus.__file__).with_name("authored.jsonl")
    first, second = corpus.read_authored(authored), corpus.read_authored(authored)
    assert [one.text for one in first] == [one.text for one in second]
    assert not [one for one in first if "{" in one.text or not one.text]
    assert all(label in (0.0, 1.0) for one in first for label in one.labels)
    harmful = sum(not one.is_clean for one in first)
    assert 0.3 < harmful / len(first) < 0.7


def test_edges_ascend_and_the_cut_keeps_precision_and_clean_texts() -> None:
    generator = np.random.default_rng(7)
    clean, harmful = generator.normal(-4, 1.5, 5000), generator.normal(2, 2, 800)
    edges = calibration.severity_edges(
        calibration.HeldOut(
            scores=np.concatenate([clean, harmful]),
            labels=np.concatenate([np.zeros(5000), np.ones(800)]),
            clean=np.arange(5800) < 5000,
        )
    )
    assert len(edges) == 7
    assert all(left < right for left, right in itertools.pairwise(edges))
    cut = edges[3]
    assert (clean >= cut).sum() <= 2, "4 of 10,000 clean texts"
    assert (harmful >= cut).sum() / ((clean >= cut).sum() + (harmful >= cut).sum()) >= 0.85
    assert (harmful >= cut).mean() > 0.3


def test_edges_are_found_where_nothing_is_harmful() -> None:
    scores = np.array([-3.0, -2.0, -1.0])
    edges = calibration.severity_edges(
        calibration.HeldOut(scores=scores, labels=np.zeros(3), clean=np.ones(3, dtype=bool))
    )
    assert all(left < right for left, right in itertools.pairwise(edges))
    assert edges[3] > scores.max()


def test_quantised_weights_are_within_half_a_step() -> None:
    exact = np.random.default_rng(3).normal(size=(4, 1000))
    quantised, scales = weights.quantise(exact)
    assert np.abs(quantised * scales[:, None] - exact).max() <= scales.max() / 2 + 1e-12


def test_the_set_of_8_grams_survives_its_file(tmp_path: Path) -> None:
    ngrams = np.unique(np.random.default_rng(5).integers(0, 1 << 40, 5000, dtype=np.uint64))
    overlap.write(ngrams, tmp_path / "grams.bin")
    assert np.array_equal(overlap.read(tmp_path / "grams.bin"), ngrams)
    overlap.write(ngrams[:0], tmp_path / "none.bin")
    assert not len(overlap.TrainingNgrams(tmp_path / "none.bin"))
