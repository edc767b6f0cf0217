"""The file changes between its event and its reading: the evaluation is incomplete and says why."""

import io
import os
import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from azure.storage.blob.aio import BlobClient

from local.azurite.server import ACCOUNT
from shared.ids import data_evaluation_id
from shared.reasons import sentence
from tests.faults.conftest import FaultyCloud
from tests.journey import chat_line, new_job, outcome, post_event

MARK = "[[hate_fairness:6]]"
HARMFUL = chat_line(MARK) * 4
HARMLESS = chat_line("x" * len(MARK)) * 4
"""As long as the harmful file: by its length alone nobody could tell."""


@contextmanager
def host_halted(cloud: FaultyCloud) -> Iterator[None]:
    """While it lasts the host sees nothing, and no upload of this time is told by it."""
    group = cloud.cloud.servers["host"].process.pid
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


def created(cloud: FaultyCloud, blob: str, etag: str, length: int) -> dict[str, Any]:
    connection = cloud.settings["TrainingStorage"].split(";")
    [endpoint] = [part.partition("=")[2] for part in connection if part.startswith("BlobEndpoint=")]
    data = {
        "api": "PutBlob",
        "eTag": etag,
        "contentLength": length,
        "url": f"{endpoint}/training/{blob}",
        "sequencer": "1",
    }
    return {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": "/tests",
        "type": "Microsoft.Storage.BlobCreated",
        "time": "2026-01-01T00:00:00Z",
        "data": data,
    }


@pytest.mark.parametrize("fate", ["replaced", "deleted", "left alone"])
async def test_a_file_that_is_not_the_events_is_told(hasty: FaultyCloud, fate: str) -> None:
    blob = f"{new_job()}/train.jsonl"
    client = BlobClient.from_connection_string(hasty.settings["TrainingStorage"], "training", blob)
    async with client:
        with host_halted(hasty):
            etag = (await client.upload_blob(io.BytesIO(HARMFUL)))["etag"]
            if fate == "replaced":
                await client.upload_blob(io.BytesIO(HARMLESS), overwrite=True)
            elif fate == "deleted":
                await client.delete_blob()
        event = created(hasty, blob, etag.strip('"'), len(HARMFUL))
        assert await post_event(hasty.settings, "plan_data_evaluation", event) == 202
    evaluation = data_evaluation_id(account=ACCOUNT, container="training", blob=blob, etag=etag)
    data = (await outcome(hasty.settings, evaluation))["data"]
    assert hasty.count("evaluate_data_shard", f"{evaluation}:0 succeeded") == 1
    if fate == "left alone":
        assert (data["result"], data["failed"]) == ("failed", ["hate_fairness"])
        return
    assert (data["result"], data["failed"], data["billable"]) == ("incomplete", [], False)
    assert f"1 unscored: {sentence('file_changed')}." in data["reasons"]
