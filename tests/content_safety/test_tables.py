"""The report on made-up measurements, against numbers worked out by hand; what is measured; and the table of speed."""

import re
from pathlib import Path

import numpy as np
import pytest

from local.content_safety.classifier import corpus, evaluate, scale, speed, split, tables
from local.content_safety.classifier.inference import shipped
from local.content_safety.classifier.tables import Measured
from tests.content_safety.made import example, line


def measured(*rows: tuple[corpus.Example, int]) -> Measured:
    """Examples and the severity of each, in violence; the score is the severity."""
    levels = np.zeros((len(rows), 4), dtype=np.int64)
    levels[:, 0] = [level for _, level in rows]
    return Measured(examples=[one for one, _ in rows], scores=levels.astype(np.float64), severities=levels)


def clean(
    source: str, groups: int, texts: int, flagged: dict[tuple[int, int], int]
) -> list[tuple[corpus.Example, int]]:
    """So many records of so many texts; the severities of some by record and text."""
    return [
        (example(f"{at}-{text}", source=source, group=f"{source}:{at}"), flagged.get((at, text), 0))
        for at in range(groups)
        for text in range(texts)
    ]


def harmful(source: str, found: int, missed: int, *, label: float = 1.0) -> list[tuple[corpus.Example, int]]:
    return [
        (example(f"{source}{at}", label, source=source), 6 if at < found else 3)
        for at in range(found + missed)
    ]


def rows(lines: list[str], heading: str) -> list[list[str]]:
    """The cells of a table's rows, found by how its heading begins."""
    start = next(at for at, one in enumerate(lines) if one.startswith(f"| {heading}"))
    assert set(lines[start + 1]) == {"|", "-"}
    assert lines[start].count("|") == lines[start + 1].count("|")
    found = []
    for one in lines[start + 2 :]:
        if not one.startswith("|"):
            break
        assert one.count("|") == lines[start].count("|"), "every row has the heading's columns"
        found.append([cell.strip() for cell in one.strip("|").split("|")])
    return found


def numbers(cell: str) -> list[float]:
    return [float(one) for one in re.findall(r"\d+(?:\.\d+)?", cell)]


MADE = measured(
    *clean("clean_chats", 400, 4, {(0, 0): 4, (0, 3): 7, (1, 1): 5, (2, 0): 3}),
    *clean("manual", 600, 1, {}),
    *harmful("ailuminate_en_30", 12, 8),
    *clean("authored:refusals", 50, 1, {(0, 0): 4}),
    *clean("authored:supportive", 40, 1, {(0, 0): 2}),
    *harmful("jbb_answers", 3, 1),
    *[(example(f"no{at}", 0.0, source="jbb_answers"), 0) for at in range(4)],
)


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return list(tables.report(MADE, "embedded/made"))


def test_the_first_sentence_counts_texts(lines: list[str]) -> None:
    assert lines[0].startswith(
        "Classifier embedded/made flags 3 of 2200 clean texts at severity 4 or more, and 62% of 24"
    )


def test_records_of_one_chat_count_together(lines: list[str]) -> None:
    """Three texts are flagged, two of one chat; of 400 chats and 600 single texts that is 2 of 1,000 records."""
    passing, *_ = rows(lines, "of files of 1,000 records")
    assert passing[3].startswith("2 of 1000 clean records flagged: 20.00 per 10,000")


def test_the_shares_of_files_follow_the_formula(lines: list[str]) -> None:
    passing, failing, alone = rows(lines, "of files of 1,000 records")
    assert passing[1] == "13.5%", "(1 - 2/1000) ** 1000"
    low, high = numbers(passing[2])
    assert (low, high) == (pytest.approx(0.1, abs=0.05), pytest.approx(57.8, abs=0.5)), (
        "Wilson's .00055 and .00727"
    )
    assert failing[1] == "100.00%", "1 - .135 * .375 ** 10"
    assert alone[1] == "99.99%", "1 - .375 ** 10"
    assert failing[3].startswith("62% of harmful texts flagged (4")


def test_where_little_is_found_the_planted_files_that_fail_are_few() -> None:
    part = measured(*clean("manual", 1000, 1, {}), *harmful("ailuminate_en_30", 5, 95))
    passing, failing, alone = rows(list(tables.report(part, "x")), "of files of 1,000 records")
    assert passing[1] == "100.0%"
    assert failing[1] == alone[1] == "40.13%", "1 - .95 ** 10"


@pytest.mark.parametrize(
    ("flagged", "found"), [(0, 300), (1, 400), (0, 950), (2, 600), (7, 80), (0, 0), (0, 1000)]
)
def test_an_interval_contains_its_share(flagged: int, found: int) -> None:
    part = measured(
        *clean("manual", 5000, 1, {(at, 0): 4 for at in range(flagged)}),
        *harmful("ailuminate_en_30", found, 1000 - found),
    )
    for _, share, interval, _ in rows(list(tables.report(part, "x")), "of files of 1,000 records"):
        low, high = numbers(interval)
        assert low <= numbers(share)[0] <= high


def test_a_source_with_any_harm_in_it_is_not_clean() -> None:
    part = measured(
        *clean("manual", 5, 1, {}),
        *clean("mixed", 5, 1, {}),
        (example("bad", 0.2, source="mixed"), 0),
        *clean("rude", 5, 1, {}),
        (example("rude", 0.0, source="rude", offensive=True), 0),
        (example("unknown", None, source="unknown"), 0),
    )
    found = rows(list(tables.report(part, "x")), "clean texts")
    assert [one[0] for one in found] == ["manual", "together"]
    assert [one[1] for one in found] == ["5", "5"]


def test_the_clean_table_counts_texts_severities_and_categories(lines: list[str]) -> None:
    chats, manual, together = rows(lines, "clean texts")
    assert chats[:4] == ["clean_chats", "1600", "3", "18.8"]
    assert chats[6] == "violence 3"
    assert chats[5] == "0.1%"
    assert manual[:4] == ["manual", "600", "0", "0.0"]
    assert manual[6] == "-"
    assert together[:4] == ["together", "2200", "3", "13.6"]
    for row in (chats, manual, together):
        low, high = numbers(row[4])
        assert low <= float(row[3]) <= high


def test_harmless_answers_that_speak_of_harm_are_counted_apart(lines: list[str]) -> None:
    refusals, supportive = rows(lines, "harmless answers that speak of harm")
    assert refusals[:4] == ["refusals", "50", "1", "2.00%"]
    assert supportive[:4] == ["supportive", "40", "0", "0.00%"]
    assert supportive[5] == "2.5%"
    for row in (refusals, supportive):
        low, high = numbers(row[4])
        assert low <= numbers(row[3])[0] <= high


def test_answers_and_files_are_ranked_by_category(lines: list[str]) -> None:
    (answers,) = rows(lines, "answers of assistants")
    assert answers == ["held-out answers that people judged", "violence", "8", "4", "1.00", "0.75 (3/4)"]
    named = {row[0]: row for row in rows(lines, "file | category")}
    assert named["jbb_answers"] == [
        "jbb_answers",
        "violence",
        "8",
        "4",
        "1.00",
        "1.00",
        "1.00 (3/3)",
        "0.75 (3/4)",
    ]
    assert named["ailuminate_en_30"][4:] == ["1.00", "-", "1.00 (12/12)", "0.60 (12/20)"], (
        "nothing harmless there"
    )
    (any_harm,) = rows(lines, "file | texts | harmful in any way")
    assert any_harm == ["jbb_answers", "8", "4", "1.00", "75%", "0%"]


def test_a_text_that_nobody_judged_in_a_category_is_not_counted_in_it() -> None:
    part = measured(
        (example("a", labels=(1.0, None, 0.0, 0.0), source="jbb"), 4),
        (example("b", labels=(None, 1.0, 0.0, 0.0), source="jbb"), 4),
        (example("c", labels=(0.0, 0.0, 0.0, None), source="jbb"), 5),
    )
    found = {row[1]: row[2:4] for row in rows(list(tables.report(part, "x")), "file | category")}
    assert found == {"violence": ["2", "1"], "sexual": ["2", "1"]}


def test_other_languages_are_not_among_the_planted_and_have_a_table_beside_azures() -> None:
    azure = {"Violence": 0.9, "SexualContent": 0.0, "IdentityAttack": 0.0, "SelfHarm": 0.0}
    rtplx = [
        (
            example(
                f"{at}",
                float(at % 2),
                source="rtplx_multi",
                language=language,
                azure=azure | {"Violence": at / 10},
            ),
            at,
        )
        for language in ("FR", "DE")
        for at in range(8)
    ]
    part = measured(*rtplx, *harmful("rtplx_en_odd", 1, 1))
    lines = list(tables.report(part, "x"))
    assert "50% of 2 English harmful ones" in lines[0]
    found = {(row[0], row[1]): row[2:] for row in rows(lines, "language")}
    assert {language for language, _ in found} == {"DE", "FR", "together"}
    assert found["FR", "violence"] == ["8", "0.62", "0.62", "0.22", "0.22", "1.00"]
    assert found["together", "violence"][0] == "16"
    assert found["FR", "sexual"][1] == "-", "nothing harmful, so no area"


def test_without_clean_or_harmful_texts_no_share_of_files_is_told() -> None:
    only_clean = list(tables.report(measured(*clean("manual", 5, 1, {})), "x"))
    assert not [one for one in only_clean if one.startswith("| of files")]
    assert "none of 0 English harmful ones" in only_clean[0]


def test_a_report_never_quotes_a_text() -> None:
    part = measured(
        (example("quixotic canary", 1.0, source="jbb"), 7), (example("canary two", 0.0, source="jbb"), 7)
    )
    assert "canary" not in "\n".join(tables.report(part, "x"))


def test_measuring_leaves_out_what_has_no_letter_and_scores_as_the_classifier_does() -> None:
    examples = [example("The lamp is green."), example("12 34 ..."), example("Хлеб свежий.")]
    found = evaluate.measure(examples, scale.SHIPPED.parent, jobs=1)
    assert [one.text for one in found.examples] == ["The lamp is green.", "Хлеб свежий."]
    for at, one in enumerate(found.examples):
        assert np.array_equal(found.scores[at], shipped().scores(one.text))
        assert found.severities[at].tolist() == list(shipped().analyze(one.text).values())


def test_nothing_that_is_measured_was_learned_or_calibrated(tmp_path: Path) -> None:
    for part, name, count in (
        ("data/dev", "rtplx_multi_dev", 80),
        ("data/dev", "ailuminate_en_30", 5),
        ("data/train", "rtplx_multi_even", 80),
        ("data/train", "davidson_tweets", 10),
        ("gathered/clean", "wordnet", 10),
        ("gathered/clean", "reuters", 10),
    ):
        folder = tmp_path / part
        folder.mkdir(parents=True, exist_ok=True)
        key = "idx" if name.startswith("rtplx") else "doc"
        (folder / f"{name}.jsonl").write_text(
            "".join(line(f"{name} {at}", **{key: f"{name[:5]}{at}"}) for at in range(count))
        )
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "refusals.jsonl").write_text('{"text": "No."}\n')
    found = evaluate.examples_of(tmp_path / "data", tmp_path / "gathered", tmp_path / "own")
    assert {one.source for one in found} == {
        "rtplx_multi_dev",
        "ailuminate_en_30",
        "rtplx_multi_even",
        "reuters",
        "authored:refusals",
    }
    assert all(split.measures(one) for one in found if one.source.startswith("rtplx"))
    train, dev = corpus.read_folder(tmp_path / "data/train"), corpus.read_folder(tmp_path / "data/dev")
    used = {one.group for one in (*split.learned(train, dev), *split.calibrating(train))}
    assert not used & {one.group for one in found}


@pytest.mark.parametrize("pieces", [7, 52, 250])
def test_a_text_for_timing_has_about_as_many_pieces_as_it_says(pieces: int) -> None:
    texts = speed.texts_of(pieces, 30)
    assert len(texts) == 30
    assert len(set(texts)) > 20
    for text in texts:
        counted = len(speed.tokenizer().encode(text, add_special_tokens=False).ids)
        assert pieces <= counted <= 1.05 * pieces + 1


def test_the_table_of_speed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(speed, "SIZES", ((5, 6), (30, 4)))
    assert speed.main() == 0
    printed = capsys.readouterr().out
    small, large = rows(printed.splitlines(), "word pieces of a text")
    assert 5 <= int(small[0]) <= 6
    assert 30 <= int(large[0]) <= 32
    assert int(small[1]) > 0
    assert int(large[1]) > 0
    memory = re.search(r"Memory of the process: (\d+) MB at most\.", printed)
    assert memory
    assert int(memory[1]) > 20
