"""What bad input gets, over host and broker: one outcome that says what, where and what to do, and never the text."""

import json
from collections.abc import Callable

import pytest

from local.azurite.server import ACCOUNT
from shared.fan_out import FAN_OUT
from shared.ids import data_evaluation_id
from shared.reasons import SENTENCES
from shared.shards import MAX_FILE_BYTES, MAX_LINE_BYTES, MIN_SHARD_BYTES, shard_count
from shared.tally import MAX_BAD_LINES
from tests.clouds import CloudThread
from tests.e2e.test_data_gate import created, evaluate
from tests.journey import chat_line, new_job, notices, outcome, post_event, upload

HARM = "[[violence:6]]"
SECRET = "QuokkaNougatTramontana"

LINES = {
    "not_json": b'{"a": "' + SECRET.encode() + b'"',
    "not_an_object": json.dumps([SECRET]).encode(),
    "not_utf8": b'{"a": "' + SECRET.encode() + b'\xff"}',
    "lone_surrogate": b'{"a": "' + SECRET.encode() + b'\\ud800"}',
    "too_deep": b'{"' + SECRET.encode() + b'": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nul_byte": b'{"a": "' + SECRET.encode() + b'\0"}',
    "number_too_long": b'{"' + SECRET.encode() + b'": ' + b"9" * 5_000 + b"}",
    "duplicate_key": f'{{"a": "x", "a": "{SECRET}"}}'.encode(),
    "no_text": b"{}",
    "image_link": f'{{"image_url": {{"url": "https://{SECRET}.example/a.png"}}}}'.encode(),
    "image_unreadable": b'{"image_url": {"url": "data:image/png;base64,####"}}',
}


@pytest.mark.parametrize("reason", LINES)
async def test_a_bad_line_alone(marked_cloud: CloudThread, reason: str) -> None:
    """It is named with its place, the outcome says what to do, and the lines around it are evaluated."""
    before = chat_line("good day")
    data = await evaluate(marked_cloud, before + LINES[reason] + b"\n" + chat_line("good night"))
    assert (data["result"], data["failed"], data["billable"]) == ("incomplete", [], False)
    assert data["found"]["bad_lines"] == [{"line": 2, "offset": len(before), "reason": reason}]
    assert data["found"]["bad_lines_total"] == 1
    assert f"1 unscored: {SENTENCES[reason]}." in data["reasons"]
    assert data["found"]["texts"] >= 2
    assert SECRET not in json.dumps(data)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file holds no text to score."),
        (b"\n\r\n \t \n", "The file holds no text to score."),
        (b"{}\n" * 3, f"3 unscored: {SENTENCES['no_text']}."),
        (b'{"n": [1, null, true, {}]}\n', f"1 unscored: {SENTENCES['no_text']}."),
    ],
)
async def test_a_file_without_a_text(marked_cloud: CloudThread, content: bytes, reason: str) -> None:
    data = await evaluate(marked_cloud, content)
    assert (data["result"], data["billable"]) == ("incomplete", False)
    assert reason in data["reasons"]


async def test_all_bad_lines_are_listed_up_to_the_first_thousand(marked_cloud: CloudThread) -> None:
    bad = MAX_BAD_LINES + 234
    data = await evaluate(marked_cloud, b"not json\n" * bad + chat_line(HARM))
    assert data["failed"] == ["violence"]
    assert data["found"]["bad_lines_total"] == bad
    assert [one["line"] for one in data["found"]["bad_lines"]] == list(range(1, MAX_BAD_LINES + 1))
    assert [one["line"] for one in data["found"]["findings"]] == [bad + 1]


async def test_an_over_long_line_is_read_by_one_shard_alone(marked_cloud: CloudThread) -> None:
    """Some 33 shards lie within it: each of the others owns nothing, and the line behind it is found."""
    first, long = chat_line("good day"), chat_line("x" * MAX_LINE_BYTES)
    data = await evaluate(marked_cloud, first + long + chat_line(HARM))
    assert data["failed"] == ["violence"]
    assert data["found"]["bad_lines"] == [{"line": 2, "offset": len(first), "reason": "too_long"}]
    assert f"1 unscored: {SENTENCES['too_long']}." in data["reasons"]
    [finding] = data["found"]["findings"]
    assert (finding["line"], finding["offset"]) == (3, len(first) + len(long))


async def test_a_run_of_shards_is_sent_on_until_each_is_scored(marked_cloud: CloudThread) -> None:
    line = chat_line("hello", "x" * 9_000)
    count = 45 * MIN_SHARD_BYTES // len(line)
    content = line * count + chat_line("hello", HARM)
    evaluation = await upload(marked_cloud.settings, new_job(), content)
    data = (await outcome(marked_cloud.settings, evaluation))["data"]
    assert data["failed"] == ["violence"]
    assert data["reasons"] == []
    assert data["found"]["lines"] == count + 1
    assert [finding["line"] for finding in data["found"]["findings"]] == [count + 1]
    progress = [
        e["data"] for e in await notices(marked_cloud.settings, evaluation) if "Progressed" in e["type"]
    ]
    assert {told["shards"] for told in progress} == {shard_count(len(content))}
    assert shard_count(len(content)) > 2 * FAN_OUT


@pytest.mark.parametrize("name", ["train.json", "train.CSV", "my train.jsonl.gz"])
async def test_another_format_is_refused_with_the_command_that_converts_it(
    marked_cloud: CloudThread, name: str
) -> None:
    settings = marked_cloud.settings
    data = (await outcome(settings, await upload(settings, new_job(), chat_line(HARM), name)))["data"]
    assert (data["result"], data["reasons"]) == ("incomplete", [SENTENCES["wrong_format"]])
    assert "convert it to JSONL (tunegate convert FILE -o FILE.jsonl)" in data["reasons"][0]


@pytest.mark.parametrize(
    "name",
    [
        "two words.jsonl",
        "训练 ünï.jsonl",
        "..jsonl",
        "a..b/..c.jsonl",
        "..%2Fx.jsonl",
        "%41#?&+.jsonl",
        "x" * 990,
    ],
)
async def test_any_other_name_is_evaluated(marked_cloud: CloudThread, name: str) -> None:
    settings = marked_cloud.settings
    data = (await outcome(settings, await upload(settings, new_job(), chat_line(HARM), name)))["data"]
    assert (data["failed"], data["reasons"]) == (["violence"], [])
    assert data["subject"]["blob"].endswith(f"/{name}")


async def test_a_file_over_8_gib_is_refused_unread(marked_cloud: CloudThread) -> None:
    blob, etag = f"{new_job()}/train.jsonl", "0x8D0000000000001"
    event = created(marked_cloud, blob, etag, MAX_FILE_BYTES + 1)
    assert await post_event(marked_cloud.settings, "plan_data_evaluation", event) == 202
    evaluation = data_evaluation_id(account=ACCOUNT, container="training", blob=blob, etag=etag)
    data = (await outcome(marked_cloud.settings, evaluation))["data"]
    assert (data["result"], data["reasons"]) == ("incomplete", [SENTENCES["file_too_large"]])


CHANGES: dict[str, Callable[[dict], object]] = {
    "no url": lambda data: data.pop("url"),
    "no etag": lambda data: data.pop("eTag"),
    "no length": lambda data: data.pop("contentLength"),
    "another container": lambda data: data.update(url=data["url"].replace("/training/", "/elsewhere/")),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_an_event_that_names_no_training_file_starts_nothing(
    marked_cloud: CloudThread, change: str
) -> None:
    """It is taken and logged by its id; nobody can say which evaluation it would have been."""
    settings, job = marked_cloud.settings, new_job()
    event = created(marked_cloud, f"{job}/train.jsonl", "0x8D0000000000002", 12)
    CHANGES[change](event["data"])
    assert await post_event(settings, "plan_data_evaluation", event) == 202
    await outcome(settings, await upload(settings, new_job(), chat_line("good day")))
    log = (marked_cloud.cloud.folder / "host.log").read_text()
    assert f"event {event['id']} starts nothing" in log
