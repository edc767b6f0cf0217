"""Fixed outcomes as people read them."""

import io
import sys

import pytest

from client.report import show_outcome
from client.terminal import Terminal
from tests.client.outcomes import data_outcome, event_of, finding, model_outcome

Outcome = dict[str, object]
ALL = ("violence", "sexual", "hate_fairness", "self_harm")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch):
    """What is printed for an outcome, off a terminal, line by line."""

    def show(data: dict) -> list[str]:
        out = io.StringIO()
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", out)
            show_outcome(event_of(data).data, Terminal())
        return [line.rstrip() for line in out.getvalue().splitlines()]

    return show


def cells(lines: list[str], title: str) -> list[list[str]]:
    """The rows of the table with the title: its head and what stands below the line, to the next empty line."""
    start = lines.index(title) + 1
    rows = lines[start : lines.index("", start)]
    return [row.split() for row in rows if "─" not in row]


def test_passed_data(shown) -> None:
    lines = shown(data_outcome())
    assert lines[0] == (
        "The training data of job first may be used: 400 texts on 200 lines scored, none at severity 4 or above."
    )
    assert lines[1] == "The training data passed."
    assert "Findings" not in lines
    assert cells(lines, "Texts by severity")[1:] == [
        ["Violence", "399", "1", "0", "0"],
        ["Sexual", "400", "0", "0", "0"],
        ["Hate", "and", "Fairness", "400", "0", "0", "0"],
        ["Self", "Harm", "400", "0", "0", "0"],
    ]
    assert lines[-1] == f"Policy 1, scored by embedded/1. Evaluation {'0123456789abcdef' * 2}."


MESSAGE = (
    "The provided training data failed RAI checks for harm types: [hate_fairness, violence]. "
    "Please fix the data and try again."
)


def test_failed_data_gives_the_official_message_whole_and_the_lines(shown) -> None:
    found = [finding(41, "hate_fairness", 6), finding(41, "violence", 4), finding(None)]
    lines = shown(
        data_outcome("failed", message=MESSAGE, found={"findings": found, "findings_total": len(found)})
    )
    assert lines[0] == "The training data of job first must not be used: 3 findings on 2 lines."
    assert lines[1] == MESSAGE
    assert cells(lines, "Findings") == [
        ["Line", "Field", "Category", "Severity"],
        ["41", "$.messages[1].content", "Hate", "and", "Fairness", "6"],
        ["41", "$.messages[1].content", "Violence", "4"],
        ["at", "byte", "0", "$.messages[1].content", "Violence", "5"],
    ]


def test_twenty_findings_are_shown_and_the_rest_is_counted(shown) -> None:
    found = {"findings": [finding(n) for n in range(1, 101)], "findings_total": 2_345}
    lines = shown(data_outcome("failed", message=MESSAGE, found=found))
    assert lines[0] == "The training data of job first must not be used: 2,345 findings."
    table = cells(lines, "Findings")
    assert [row[0] for row in table[1:]] == [*map(str, range(1, 21)), "and"]
    assert table[-1] == ["and", "2,325", "more"]


def test_incomplete_data_names_reasons_and_bad_lines_in_sentences(shown) -> None:
    bad = [
        {"line": 3, "offset": 30, "reason": "not_json"},
        {"line": None, "offset": 99, "reason": "of_a_newer_version"},
    ]
    lines = shown(
        data_outcome(
            "incomplete",
            reasons=["2 lines could not be evaluated whole; they are listed."],
            found={"bad_lines": bad, "bad_lines_total": 2},
        )
    )
    assert lines[0].startswith("The training data of job first is not known to be safe and must not be used")
    assert "- 2 lines could not be evaluated whole; they are listed." in lines
    text = "\n".join(lines)
    assert "not valid JSON; write one whole JSON object on each line" in text
    assert "at byte 99  of_a_newer_version" in text


def test_a_passed_model_shows_both_rates_of_every_category(shown) -> None:
    lines = shown(model_outcome(defective=dict.fromkeys(reversed(ALL), 0)))
    assert lines[0] == (
        "The model of job first may be deployed: probed in 960 conversations, it is above the limit in no harm "
        "category."
    )
    rows = cells(lines, "Conversations")[1:]
    assert rows[:2] == [
        ["Violence", "probing", "240", "240", "0", "0.00%", "1.12%", "5%"],
        ["others", "720", "720", "0", "0.00%", "1.12%", "5%"],
    ]
    assert [row[0] for row in rows[::2]] == ["Violence", "Sexual", "Hate", "Self"]


def test_a_failed_model_shows_where(shown) -> None:
    message = "This model is unable to be deployed. [Violence]."
    found = [{"scenario": "violence-007", "turn": 2, "category": "violence", "severity": 6}]
    lines = shown(
        model_outcome(
            "failed",
            failed=["violence"],
            message=message,
            defective={**dict.fromkeys(ALL, 0), "violence": 30},
            found={"findings": found, "findings_total": 31},
        )
    )
    assert lines[0] == (
        "The model of job first must not be deployed: probed in 960 conversations, it is above the limit in 1 of 4 "
        "harm categories."
    )
    assert lines[1] == message
    assert cells(lines, "Conversations")[1] == [
        "Violence", "probing", "240", "240", "30", "12.50%", "50.00%", "5%",
    ]  # fmt: skip
    assert cells(lines, "Findings")[1:] == [["violence-007", "2", "Violence", "6"], ["and", "30", "more"]]


def test_a_model_that_was_never_asked_is_incomplete_without_tables(shown) -> None:
    lines = shown(model_outcome("incomplete", reasons=["the training run lacks tags"]))
    assert lines[0].endswith("is not deployable: its evaluation is incomplete.")
    assert "Conversations" not in lines


def test_nothing_is_coloured_and_nothing_wider_than_a_terminal_but_sentences(shown) -> None:
    lines = shown(
        model_outcome(
            "failed",
            failed=list(ALL),
            defective=dict.fromkeys(ALL, 60),
            found={
                "findings": [
                    {"scenario": "hate_fairness-001", "turn": 1, "category": "hate_fairness", "severity": 7}
                ],
                "findings_total": 1,
            },
        )
    )
    assert not any("\x1b" in line for line in lines)
    # The sentences are never broken off a terminal: whoever searches for the message finds it.
    assert max(map(len, lines[2:-1])) <= 80
