"""The data gate over host and broker, with marker tokens for chosen severities."""

import base64
import json
import uuid

import pytest

from local.azurite.server import ACCOUNT
from shared.ids import data_evaluation_id
from shared.shards import MIN_SHARD_BYTES
from tests.clouds import CloudThread
from tests.journey import chat_line, new_job, notices, outcome, post_event, upload


async def evaluate(cloud: CloudThread, content: bytes) -> dict:
    return (await outcome(cloud.settings, await upload(cloud.settings, new_job(), content)))["data"]


async def test_lines_are_true_over_several_shards(marked_cloud: CloudThread) -> None:
    padding = chat_line("hello", "x" * 5000)
    lines = [padding] * (3 * MIN_SHARD_BYTES // len(padding) + 1)
    planted = {7: "[[violence:5]]", 150: "[[sexual:4]]", 299: "[[self_harm:6]]"}
    for number, mark in planted.items():
        lines[number - 1] = chat_line("hello", f"word {mark} word")
    content = b"".join(lines)
    data = await evaluate(marked_cloud, content)
    assert data["result"] == "failed"
    assert data["failed"] == ["violence", "sexual", "self_harm"]
    assert data["message"] == (
        "The provided training data failed RAI checks for harm types: [self_harm, sexual, violence]. "
        "Please fix the data and try again."
    )
    assert [(found["line"], found["category"], found["severity"]) for found in data["found"]["findings"]] == [
        (7, "violence", 5),
        (150, "sexual", 4),
        (299, "self_harm", 6),
    ]
    for found in data["found"]["findings"]:
        assert content[found["offset"] :].startswith(lines[found["line"] - 1])
        assert found["path"] == "$.messages[1].content"
    assert data["found"]["texts"] == 2 * len(lines)
    assert data["classifier"] == "markers/1"


@pytest.mark.parametrize(
    ("content", "result"),
    [
        (chat_line("[[violence:3]] [[sexual:3]]"), "passed"),
        (chat_line("[[violence:4]]"), "failed"),
        (b"\xef\xbb\xbf" + chat_line("good day").replace(b"\n", b"\r\n") * 3, "passed"),
        (chat_line("good day").rstrip(b"\n"), "passed"),
        (b"\n\n" + chat_line("good day") + b"\n", "passed"),
        (b"", "incomplete"),
        (b"\n \n", "incomplete"),
        (chat_line("good day") + b"not json\n", "incomplete"),
        (chat_line("[[violence:6]]") + b"not json\n", "failed"),
        (b"\xff\xfe" + "x".encode("utf-16-le"), "incomplete"),
    ],
)
async def test_results(marked_cloud: CloudThread, content: bytes, result: str) -> None:
    data = await evaluate(marked_cloud, content)
    assert data["result"] == result
    assert data["billable"] is (result == "passed")
    assert bool(data["reasons"]) is (result == "incomplete" or b"not json" in content)


HARM = "[[violence:6]]"
HIDDEN = base64.b64encode(f"the words {HARM} stand in this sentence about a gate".encode()).decode()
FORMATS = {
    "preferred": (
        {"input": {"messages": []}, "preferred_output": [{"content": HARM}]},
        "$.preferred_output[0].content",
    ),
    "not preferred": (
        {"input": "x", "non_preferred_output": [{"content": HARM}]},
        "$.non_preferred_output[0].content",
    ),
    "completion": ({"prompt": "x", "completion": HARM}, "$.completion"),
    "graded": ({"messages": [], "reference": {"answer": HARM}}, "$.{1}.{0}"),
    "tool": (
        {"messages": [], "tools": [{"function": {"description": HARM}}]},
        "$.tools[0].function.description",
    ),
    "arguments": ({"tool_calls": [{"function": {"arguments": HARM}}]}, "$.tool_calls[0].function.arguments"),
    "weight 0": (
        {"messages": [{"role": "assistant", "content": HARM, "weight": 0}]},
        "$.messages[0].content",
    ),
    "name": ({"messages": [{"role": "user", "content": "x", "name": HARM}]}, "$.messages[0].name"),
    "key": ({"messages": [{"content": "x"}], HARM: 1}, "$.{1}"),
    "part": ({"messages": [{"content": [{"type": "text", "text": HARM}]}]}, "$.messages[0].content[0].text"),
    "disguised": ({"prompt": "x", "completion": HIDDEN}, "$.completion"),
}


async def test_harm_is_found_in_every_format_and_field(marked_cloud: CloudThread) -> None:
    """One file of all of them: each line's finding names its field."""
    content = b"".join(json.dumps(record).encode() + b"\n" for record, _ in FORMATS.values())
    data = await evaluate(marked_cloud, content)
    assert data["result"] == "failed"
    found = [(finding["line"], finding["path"]) for finding in data["found"]["findings"]]
    assert found == [(number, path) for number, (_, path) in enumerate(FORMATS.values(), start=1)]
    assert data["found"]["bad_lines"] == []


BAD = {
    b'{"a": "x"': "not_json",
    b'["x"]': "not_an_object",
    b'{"a": "\xff"}': "not_utf8",
    b'{"a": "\\ud800"}': "lone_surrogate",
    b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}": "too_deep",
    b'{"a": "\0"}': "nul_byte",
    b'{"a": ' + b"9" * 5_000 + b"}": "number_too_long",
    b'{"a": "x", "a": "y"}': "duplicate_key",
    b'{"a": {}}'.replace(b"a", b""): "no_text",
    b'{"image_url": {"url": "https://example.org/a.png"}}': "image_link",
}


async def test_every_bad_line_is_named_and_reading_goes_on(marked_cloud: CloudThread) -> None:
    content = b"".join(line + b"\n" for line in BAD) + chat_line(HARM)
    data = await evaluate(marked_cloud, content)
    assert data["failed"] == ["violence"]
    bad = [(one["line"], one["reason"]) for one in data["found"]["bad_lines"]]
    assert bad == list(enumerate(BAD.values(), start=1))
    assert data["found"]["bad_lines_total"] == len(BAD)
    assert [finding["line"] for finding in data["found"]["findings"]] == [len(BAD) + 1]


async def test_a_bad_line_is_named_and_does_not_hide_the_rest(marked_cloud: CloudThread) -> None:
    content = chat_line("fine") + b'["x"]\n' + chat_line("[[hate_fairness:7]]")
    data = await evaluate(marked_cloud, content)
    assert data["failed"] == ["hate_fairness"]
    [bad] = data["found"]["bad_lines"]
    assert bad == {"line": 2, "offset": len(chat_line("fine")), "reason": "not_an_object"}
    assert any("1 unscored" in reason for reason in data["reasons"])


def created(cloud: CloudThread, blob: str, etag: str, length: int, **changes: object) -> dict:
    address = next(
        part.partition("=")[2]
        for part in cloud.settings["TrainingStorage"].split(";")
        if part.startswith("BlobEndpoint=")
    )
    data = {
        "api": "PutBlob",
        "eTag": etag,
        "contentLength": length,
        "contentType": "application/octet-stream",
        "url": f"{address}/training/{blob}",
        "sequencer": "0",
        **changes,
    }
    return {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": "/tests",
        "type": "Microsoft.Storage.BlobCreated",
        "time": "2026-01-01T00:00:00Z",
        "data": data,
    }


async def test_an_event_for_a_version_that_is_gone_is_incomplete(marked_cloud: CloudThread) -> None:
    job, content = new_job(), chat_line("[[violence:7]]")
    await outcome(marked_cloud.settings, await upload(marked_cloud.settings, job, content))
    etag = "0x8D0000000000000"
    event = created(marked_cloud, f"{job}/train.jsonl", etag, len(content))
    assert await post_event(marked_cloud.settings, "plan_data_evaluation", event) == 202
    stale = data_evaluation_id(account=ACCOUNT, container="training", blob=f"{job}/train.jsonl", etag=etag)
    data = (await outcome(marked_cloud.settings, stale))["data"]
    assert data["result"] == "incomplete"
    assert any("replaced or deleted" in reason for reason in data["reasons"])


async def test_an_event_delivered_twice_ends_in_one_outcome(marked_cloud: CloudThread) -> None:
    job, content = new_job(), chat_line("[[sexual:5]]")
    evaluation = await upload(marked_cloud.settings, job, content)
    first = await outcome(marked_cloud.settings, evaluation)
    etag = first["data"]["subject"]["etag"]
    event = created(marked_cloud, f"{job}/train.jsonl", etag, len(content))
    for _ in range(2):
        assert await post_event(marked_cloud.settings, "plan_data_evaluation", event) == 202
    # Something that comes later has come through: had the repeated event started anything, it would be there too.
    await outcome(marked_cloud.settings, await upload(marked_cloud.settings, new_job(), content))
    told = await notices(marked_cloud.settings, evaluation)
    assert [event["type"] for event in told].count("Tunegate.EvaluationCompleted") == 1
    assert [event["id"] for event in told if event["type"].endswith("Completed")] == [f"{evaluation}:outcome"]


async def test_a_replaced_file_is_evaluated_anew(marked_cloud: CloudThread) -> None:
    job = new_job()
    first = await upload(marked_cloud.settings, job, chat_line("[[violence:5]]"))
    assert (await outcome(marked_cloud.settings, first))["data"]["result"] == "failed"
    second = await upload(marked_cloud.settings, job, chat_line("good day"))
    assert second != first
    assert (await outcome(marked_cloud.settings, second))["data"]["result"] == "passed"


async def test_the_outcome_says_where_the_classifier_does_not_know_the_script(cloud: CloudThread) -> None:
    plain = await evaluate(cloud, chat_line("When will my parcel arrive?", "It is on its way to you."))
    mixed = await evaluate(cloud, chat_line("When will my parcel arrive?", "Посылка уже в пути."))
    assert plain["classifier"].startswith("embedded/")
    assert mixed["classifier"] == f"{plain['classifier']}, {plain['classifier']} (script not supported)"
    assert [plain["result"], mixed["result"]] == ["passed", "passed"]
