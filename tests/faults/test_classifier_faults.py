"""The classifier fails, is busy or falls silent: the result is the undisturbed one or incomplete, never passed."""

import asyncio
import uuid

import pytest

from shared.shards import MIN_SHARD_BYTES
from tests.faults.conftest import FaultyCloud
from tests.faults.together import Results, Together, tell
from tests.journey import chat_line, new_job, outcome, upload

at_once = Together()


def new_mark() -> str:
    return f"mark{uuid.uuid4().hex[:8]}"


def harmful_file(mark: str, lines: int = 8) -> bytes:
    """A file whose third line holds harm; undisturbed it fails."""
    texts = [f"{mark} line {number}" for number in range(1, lines + 1)]
    texts[2] += " [[violence:6]]"
    return b"".join(chat_line(text) for text in texts)


def found(data: dict) -> list[tuple[int, str, int]]:
    return [(each["line"], each["category"], each["severity"]) for each in data["found"]["findings"]]


async def evaluated(cloud: FaultyCloud, content: bytes) -> dict:
    return (await outcome(cloud.settings, await upload(cloud.settings, new_job(), content)))["data"]


FAILING = ((503, {}), (503, {"Retry-After": "1"}), (429, {}), (429, {"Retry-After": "1"}), (500, {}))


@at_once
async def a_classifier_that_fails_now_and_then_changes_nothing(hasty: FaultyCloud) -> None:
    async def check(status: int, headers: dict[str, str]) -> None:
        mark = new_mark()
        with hasty.relay.playing(mark, status, headers=headers, every=3) as fault:
            data = await evaluated(hasty, harmful_file(mark))
        assert fault.struck >= 2
        asked = 1 + 8  # all joined, which is not quiet; then each text
        assert fault.seen == asked + fault.struck, "each was asked once, and again only where it was struck"
        assert (data["result"], data["failed"], found(data)) == ("failed", ["violence"], [(3, "violence", 6)])
        assert data["reasons"] == []
        assert data["counts"]["violence"] == [7, 0, 0, 0, 0, 0, 1, 0]

    async with asyncio.TaskGroup() as group:
        for status, headers in FAILING:
            group.create_task(check(status, headers))


@at_once
async def what_nobody_scored_by_the_deadline_never_passes(hasty: FaultyCloud) -> None:
    """Three files at once, each waiting for its deadline: harm behind errors, harm behind silence, and harm that
    was seen while another shard is silent."""
    mark = new_mark()
    refused, silent = harmful_file(f"{mark}r"), harmful_file(f"{mark}s")
    padding = chat_line("x" * 9_000)
    halves = (
        chat_line("[[sexual:5]]") + padding * (MIN_SHARD_BYTES // len(padding) + 1) + chat_line(f"{mark}t")
    )
    with (
        hasty.relay.playing(f"{mark}r line 3", 503) as refusing,
        hasty.relay.playing(f"{mark}s line 3") as keeping_silent,
        hasty.relay.playing(f"{mark}t") as half_silent,
    ):
        ends = await asyncio.gather(*(evaluated(hasty, content) for content in (refused, silent, halves)))
    assert refusing.struck and keeping_silent.struck and half_silent.struck
    for data in ends[:2]:
        assert (data["result"], data["failed"], data["billable"]) == ("incomplete", [], False)
        assert any("1 of 1 shards did not report" in reason for reason in data["reasons"])
    assert (ends[2]["result"], ends[2]["failed"]) == ("failed", ["sexual"])
    assert any("1 of 2 shards did not report" in reason for reason in ends[2]["reasons"])
    again = await evaluated(hasty, refused)
    assert again["result"] == "failed", "undisturbed it fails"


@pytest.fixture(scope="module")
def results(hasty: FaultyCloud) -> Results:
    return at_once.run(hasty)


@pytest.mark.parametrize("name", at_once.checks)
def test_of_the_classifier(results: Results, name: str) -> None:
    tell(results, name)
