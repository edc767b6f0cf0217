"""Every accepted upload and completed training ends in exactly one outcome, and only verdicts are kept."""

import asyncio
from collections.abc import Iterator

import pytest
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient

from tests.clouds import CloudThread
from tests.e2e.test_stories import SAMPLES, tune
from tests.journey import chat_line, complete_training, new_job, notices, outcome, row_of, upload


@pytest.fixture(scope="module")
def own_cloud() -> Iterator[CloudThread]:
    """A cloud nobody else writes to: everything in it is accounted for."""
    with CloudThread(extra={"content_safety": ["--marker-tokens"]}) as running:
        yield running


FILES = [
    (chat_line("good day"), "passed"),
    (chat_line("[[sexual:6]]"), "failed"),
    (chat_line("good day").rstrip(b"\n"), "passed"),
    (chat_line("good day").replace(b"\n", b"\r\n"), "passed"),
    (b"", "incomplete"),
    (b"\n\n", "incomplete"),
    (b"\xef\xbb\xbf", "incomplete"),
    (b"\xff\xfe\x00", "incomplete"),
    (chat_line("word " * 60_000), "passed"),
    (chat_line("[[violence:7]]") + b"{", "failed"),
]


async def test_each_ends_in_exactly_one_outcome_and_only_verdicts_are_kept(own_cloud: CloudThread) -> None:
    settings = own_cloud.settings
    uploads = {new_job(): (content, result) for content, result in FILES}
    ids = await asyncio.gather(*(upload(settings, job, content) for job, (content, _) in uploads.items()))
    tuned = new_job()
    model = await tune(settings, tuned, (SAMPLES / "support.jsonl").read_bytes())
    trainings = [await complete_training(settings, tuned, model)]
    trainings += [await complete_training(settings, new_job(), "no-such-model") for _ in range(2)]
    told = [await outcome(settings, evaluation) for evaluation in (*ids, *trainings)]
    results = [event["data"]["result"] for event in told]
    assert results == [*(result for _, result in FILES), "passed", "incomplete", "incomplete"]
    row = await row_of(settings, tuned)
    for evaluation in (*ids, *trainings):
        events = await notices(settings, evaluation)
        assert [event["type"] for event in events].count("Tunegate.EvaluationCompleted") == 1

    async with TableServiceClient.from_connection_string(settings["VerdictStorage"]) as service:
        tables = {table.name: service.get_table_client(table.name) async for table in service.list_tables()}
        kept = {
            name: [dict(entity) async for entity in table.list_entities()] for name, table in tables.items()
        }
    assert kept == {"verdicts": [row]}
    assert row == {"PartitionKey": "local", "RowKey": tuned, "Deployable": True}
    async with BlobServiceClient.from_connection_string(settings["TrainingStorage"]) as service:
        names = [container.name async for container in service.list_containers()]
        blobs = [blob.name async for blob in service.get_container_client("training").list_blobs()]
    assert names == ["training"]
    assert sorted(blobs) == sorted(f"{job}/train.jsonl" for job in uploads)
