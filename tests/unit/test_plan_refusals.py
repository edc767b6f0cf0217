"""Uploads that are not evaluated, whatever put them there: each ends in one incomplete outcome that says why."""

import pytest

from shared.events import Event
from shared.outcome import OutcomeEvent, Result
from shared.plan import plan_data_evaluation
from shared.reasons import SENTENCES
from shared.shards import MAX_FILE_BYTES
from shared.subject import OTHER_FORMATS, other_format
from tests.fakes import FakeBus, FakeClock
from tests.unit.test_events_and_settings import BLOB, SETTINGS

URL = "https://acct.blob.core.windows.net/training/"


async def planned(path: str, length: int = 12, times: int = 1) -> FakeBus:
    """What is sent for an upload at this address."""
    bus = FakeBus()
    data = {**BLOB, "url": URL + path, "contentLength": length}
    for _ in range(times):
        event = Event(id="e", type="Microsoft.Storage.BlobCreated", data=data)
        await plan_data_evaluation(event, bus=bus, clock=FakeClock(), settings=SETTINGS)
    return bus


async def reasons(path: str, length: int = 12) -> list[str]:
    """The reasons of the one outcome it ends in, which nothing else is sent for."""
    bus = await planned(path, length, times=2)
    [(_, event, _)] = bus.sent
    assert isinstance(event, OutcomeEvent)
    assert event.data.result is Result.INCOMPLETE
    assert not event.data.billable
    return event.data.reasons


@pytest.mark.parametrize(
    "path",
    [
        "job/train.json",
        "job/train.CSV",
        "job/a.b.tsv",
        "job/train.jsonl.gz",
        "job/sub/train.xlsx",
        "a%20b.zip",
    ],
)
async def test_a_name_that_says_another_format_is_refused(path: str) -> None:
    [reason] = await reasons(path)
    assert reason == SENTENCES["wrong_format"]
    assert "convert it to JSONL (tunegate convert FILE -o FILE.jsonl)" in reason


@pytest.mark.parametrize("length", [0, 12])
@pytest.mark.parametrize(
    "path",
    [
        "job/train.jsonl",
        "job/train",
        "job/train.txt",
        "job/json",
        "job.csv/train",
        "job/train.json%20",
        "job/..",
    ],
)
async def test_any_other_name_is_evaluated(path: str, length: int) -> None:
    bus = await planned(path, length)
    assert [kind for kind, _, _ in bus.sent] == ["collection", "shard"]


async def test_a_name_of_1000_characters_is_evaluated() -> None:
    bus = await planned("job/" + "x" * 990 + ".jsonl")
    assert [kind for kind, _, _ in bus.sent] == ["collection", "shard"]


async def test_all_that_is_wrong_is_said_at_once() -> None:
    assert await reasons("job/train.json", MAX_FILE_BYTES + 1) == [
        SENTENCES["wrong_format"],
        SENTENCES["file_too_large"],
    ]
    assert await reasons("job/train.jsonl", MAX_FILE_BYTES + 1) == [SENTENCES["file_too_large"]]
    assert "shard" in [kind for kind, _, _ in (await planned("job/train.jsonl", MAX_FILE_BYTES)).sent]


def test_no_format_of_lines_is_among_the_others() -> None:
    assert not OTHER_FORMATS & {"jsonl", "ndjson", "jsonlines", "txt", ""}
    assert all(other_format(f"x.{each.upper()}") == each for each in OTHER_FORMATS)
