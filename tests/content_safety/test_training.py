"""Training on a made-up folder: the same bytes twice, labels unknown or graded, and refusals of bad data."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from local.content_safety.classifier import (
    corpus,
    encoder,
    features,
    fit_linear,
    linear,
    overlap,
    scale,
    train,
)
from tests.content_safety.made import WORDS, example, fill, line


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The made-up folder, one authored sentence, and few iterations: enough for made-up words, and fast."""
    authored = tmp_path / "authored"
    authored.mkdir()
    (authored / "ours.jsonl").write_text('{"text": "Our kettle is new."}\n')
    monkeypatch.setattr(fit_linear, "ITERATIONS", 4)
    monkeypatch.setattr(corpus.read_authored, "__defaults__", (authored,))
    return fill(tmp_path)


def test_two_runs_give_the_same_bytes_and_learn_the_words(data: Path, tmp_path: Path) -> None:
    files = [tmp_path / "one.npz", tmp_path / "two.npz"]
    for file in files:
        linear.write(fit_linear.fit(train.examples_of(data, None), jobs=1), file)
    assert files[0].read_bytes() == files[1].read_bytes()
    learned = linear.read(files[0])
    for row, word in enumerate(WORDS):
        scores = learned.score(f"i {word} your carpet today.")
        assert int(np.argmax(scores)) == row
        assert scores[row] > learned.score("the carpet stands beside a lamp.")[row]


_FIT = """
import sys
from pathlib import Path
from local.content_safety.classifier import corpus, fit_linear, linear
fit_linear.ITERATIONS = 4
linear.write(fit_linear.fit(corpus.read_folder(Path(sys.argv[1])), jobs=2), Path(sys.argv[2]))
"""


def test_two_processes_beside_each_other_learn_what_one_learns(data: Path, tmp_path: Path) -> None:
    """In a process of its own: one with threads, as pytest's, is no place to fork from."""
    subprocess.run(
        [sys.executable, "-c", _FIT, str(data / "train"), str(tmp_path / "two.npz")], check=True, timeout=100
    )
    linear.write(fit_linear.fit(corpus.read_folder(data / "train"), jobs=1), tmp_path / "one.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_an_unknown_label_teaches_nothing_and_a_graded_one_in_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fit_linear, "ITERATIONS", 4)
    # Each category is learned by itself: one shows it.
    monkeypatch.setattr(fit_linear, "CATEGORIES", fit_linear.CATEGORIES[:1])
    sides = [example("the zorble", 1.0), example("the kettle", 0.0)] * 20

    def score(label: float | None) -> float:
        learned = fit_linear.fit(
            [*sides, *[example("a fleeg", label, group=str(at)) for at in range(20)]], jobs=1
        )
        return float(learned.score("a fleeg")[0])

    def without() -> float:
        return float(fit_linear.fit(sides, jobs=1).score("a fleeg")[0])

    assert score(None) == pytest.approx(without(), abs=1e-6)
    assert score(0.0) < score(0.3) < score(0.6) < score(1.0)


def test_the_windows_of_a_long_text_count_as_much_as_a_short_one() -> None:
    prepared = fit_linear.prepare(
        [example("the lamp " * 200), example("a lamp"), example("x", source="mistaken")]
    )
    weights = np.bincount(prepared.owners, weights=prepared.weights)
    assert weights == pytest.approx([1.0, 1.0, 1.5])
    assert (prepared.owners == 0).sum() > 1
    assert prepared.matrix.shape == (len(prepared.owners), features.BUCKETS)


def test_what_is_learned_leaves_out_copies_and_every_text_that_measures(data: Path) -> None:
    examples = train.examples_of(data, None)
    keys = [one.key for one in examples]
    assert "the kettle stands beside a lamp" not in keys
    assert "our kettle is new" in keys
    assert len(examples) == len(set(keys)) == 164, (
        "164 in the files and one of our own, less the one that dev holds"
    )


def test_of_two_copies_the_first_is_kept() -> None:
    one, other = example("The lamp, green!", source="a"), example("the LAMP green", source="b")
    assert corpus.without_copies([one, other]) == [one]
    assert corpus.without_copies([one], beside=[other]) == []
    assert corpus.without_copies([example("...")]) == [], "without a word there is nothing to learn"


@pytest.mark.parametrize(
    "bad",
    [
        '{"text": "secret-canary"}',
        "secret-canary",
        '["secret-canary"]',
        '"secret-canary"',
        line("secret-canary", violence=2).strip(),
        line("secret-canary", violence=-0.1).strip(),
        line("x", violence="secret-canary").strip(),
        line(7).strip(),
        line(["secret-canary"]).strip(),
        line(None).strip(),
    ],
)
def test_a_line_that_is_no_example_is_named_but_not_quoted(tmp_path: Path, bad: str) -> None:
    (tmp_path / "bad.jsonl").write_text(line("fine") + bad + "\n")
    with pytest.raises(corpus.BadCorpusError, match=r"bad\.jsonl, line 2") as refused:
        corpus.read_folder(tmp_path)
    assert "canary" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(corpus.BadCorpusError):
        corpus.read_folder(tmp_path)


def test_labels_are_read_as_known_graded_or_unknown(tmp_path: Path) -> None:
    (tmp_path / "some.jsonl").write_text(line("x", violence=None, sexual=0.6, hate=1))
    (one,) = corpus.read_folder(tmp_path)
    assert one.labels == (None, 0.6, 1.0, 0.0)
    assert np.array_equal(corpus.grades([one], 0), [np.nan], equal_nan=True)
    assert not one.is_clean


@pytest.mark.parametrize(
    ("fields", "clean"),
    [
        ({}, True),
        ({"violence": None}, False),
        ({"violence": 0.1}, False),
        ({"tox": 1, "insult": 1}, True),
        ({"insult": 2}, False),
        ({"bias": 3}, False),
        ({"hazard": "vcr"}, False),
        ({"offensive": True}, False),
        ({"jailbroken": True}, False),
    ],
)
def test_clean_is_what_nobody_found_any_harm_or_offence_in(
    tmp_path: Path, fields: dict[str, object], clean: bool
) -> None:
    (tmp_path / "some.jsonl").write_text(line("x", **fields))
    assert corpus.read_folder(tmp_path)[0].is_clean is clean


def test_translations_answers_and_parts_are_of_one_group(tmp_path: Path) -> None:
    files = {
        "rtplx_multi_even": [line("x", idx=7, lang="fr")],
        "rtplx_en": [line("x", idx=7, lang="en")],
        "answers": [line("a", prompt="p"), line("b", prompt="p")],
        "clean_some": [line("a", rec=3), line("b", rec=3), line("c", rec=4)],
        "manual": [line("a", doc="m:1", rec=1), line("b", doc="m:1", rec=2)],
        "alone": [line("a"), line("b")],
    }
    for name, content in files.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(content))
    groups: dict[str, list[str]] = {}
    for one in corpus.read_folder(tmp_path):
        groups.setdefault(one.source, []).append(one.group)
    assert groups["rtplx_multi_even"] == groups["rtplx_en"]
    for name, count in {"answers": 1, "clean_some": 2, "manual": 1, "alone": 2}.items():
        assert len(set(groups[name])) == count, name
    assert len(set().union(*groups.values())) == 7


def test_authored_severities_become_grades_and_slots_become_readings(tmp_path: Path) -> None:
    rows = [
        {"slot": "who", "values": ["ann", "bob", "cid"]},
        {"text": "{who} broke the lamp.", "violence": 7, "readings": 40},
        {"text": "{who} likes {who}.", "readings": 1},
        {"text": "No slot here.", "hate": 4, "lang": "DE"},
        {"text": "Just below.", "self_harm": 3},
    ]
    (tmp_path / "ours.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = corpus.read_authored(tmp_path)
    assert {one.text for one in found[:3]} == {f"{name} broke the lamp." for name in ("Ann", "Bob", "Cid")}
    assert len(found) == 6
    assert len({one.group for one in found[:3]}) == 1, "the readings of one line stay together"
    assert [one.labels[0] for one in found[:3]] == [1.0] * 3
    assert found[4].labels[2] >= 0.5 > found[5].labels[3] > 0
    assert (found[4].language, found[4].source) == ("DE", "authored:ours")


def test_a_worse_severity_is_never_a_lower_grade() -> None:
    grades = corpus.SEVERITY_GRADES
    assert len(grades) == 8
    assert list(grades) == sorted(grades)
    assert (grades[0], grades[7]) == (0.0, 1.0)
    assert grades[3] < 0.5 <= grades[4], "people's files call harmful what is a half or more"


def test_the_authored_sentences_are_read_the_same_way_every_time() -> None:
    first, second = corpus.read_authored(), corpus.read_authored()
    assert first == second
    assert [one.group for one in first if "{" in one.text or not one.text.strip()] == []
    assert all(label in corpus.SEVERITY_GRADES for one in first for label in one.labels)
    harmful = sum(any(label >= 0.5 for label in one.labels) for one in first)
    assert 0.2 < harmful / len(first) < 0.7


def test_every_authored_line_holds_only_fields_that_are_read() -> None:
    """A misspelled category would silently make a harmful sentence harmless."""
    fields = {"text", "lang", "readings", "kind", *corpus.LABEL_FIELDS}
    wrong = []
    for file in sorted(corpus.AUTHORED.glob("*.jsonl")):
        for number, content in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            row = json.loads(content)
            slot = set(row) == {"slot", "values"} and bool(row["values"])
            graded = all(
                type(row[name]) is int and 0 <= row[name] <= 7 for name in corpus.LABEL_FIELDS if name in row
            )
            if not slot and not (set(row) <= fields and "text" in row and graded):
                wrong.append((file.name, number))
    assert wrong == []


def test_long_texts_are_records_of_one_document_in_their_order() -> None:
    records = [
        example(f"{name}{at} " + "word " * 99, group=name, source="manual")
        for name in "ab"
        for at in range(14)
    ]
    made = train.long_texts(records)
    assert [one.group for one in made] == ["a", "a", "b", "b"]
    assert [one.text.split("\n")[0].split()[0] for one in made] == ["a0", "a6", "b0", "b6"]
    assert all(len(one.text.split()) >= train.LONG_WORDS for one in made)


def test_hard_and_plain_takes_the_first_and_some_of_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "HARD", 5)
    monkeypatch.setattr(train, "PLAIN", 3)
    clean = [example(str(at)) for at in range(20)]
    assert [one.text for one in train.hard_and_plain(clean)] == ["0", "1", "2", "3", "4", "5", "10", "15"]
    assert [one.text for one in train.hard_and_plain(clean[:4])] == ["0", "1", "2", "3"]


def test_without_the_base_model_training_says_what_is_missing(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(train, "BASE_PACKAGE", "no_such_package_here")
    assert train.base_model() is None
    out = tmp_path / "out"
    assert train.main([str(data), "--out", str(out)]) == 3
    assert "no_such_package_here" in capsys.readouterr().err
    assert not out.exists()


_CALIBRATE = """
import sys
from pathlib import Path
from local.content_safety.classifier import train
print(train.calibrate(Path(sys.argv[1]), None, None, Path(sys.argv[2])))
"""


def test_two_calibrations_write_the_same_scale_and_its_version_names_all_of_it(tmp_path: Path) -> None:
    data = fill(tmp_path)
    held = [line(f"The lamp number {at} is green.", rec=at) for at in range(80)]
    (data / "train" / "clean_some.jsonl").write_text("".join(held))
    answers = [line(f"I zorble lamp {at}.", violence=at % 2, prompt=f"p{at}") for at in range(40)]
    (data / "train" / "jbb_some.jsonl").write_text("".join(answers))
    versions, scales = [], []
    for name in ("one", "two", "other"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / encoder.SHIPPED.name).symlink_to(encoder.SHIPPED)
        if name == "other":
            words = linear.read()
            words = linear.Linear(quantised=words.quantised, scales=words.scales, offsets=words.offsets + 0.5)
            linear.write(words, folder / linear.SHIPPED.name)
        else:
            (folder / linear.SHIPPED.name).symlink_to(linear.SHIPPED)
        run = subprocess.run(
            [sys.executable, "-c", _CALIBRATE, str(data), str(folder)],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        versions.append(run.stdout.strip())
        scales.append(scale.read(folder / scale.SHIPPED.name))
    assert [one.version for one in scales] == versions
    assert scales[0] == scales[1]
    assert versions[0] != versions[2], "another model is another classifier"
    for one in scales:
        assert [sum(both) for both in zip(one.encoder, one.linear, strict=True)] == pytest.approx([1.0] * 4)


def test_the_set_of_8_grams_survives_its_file(tmp_path: Path) -> None:
    ngrams = np.unique(np.random.default_rng(5).integers(0, 1 << 40, 5000, dtype=np.uint64))
    overlap.write(ngrams, tmp_path / "grams.bin")
    assert np.array_equal(overlap.read(tmp_path / "grams.bin"), ngrams)
    overlap.write(ngrams[:0], tmp_path / "none.bin")
    assert not len(overlap.TrainingNgrams(tmp_path / "none.bin"))
