"""BlobCreated events: for every new ETag, until they are taken, whatever goes away meanwhile."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from azure.storage.blob.aio import BlobServiceClient

from local.azurite.server import Azurite, start_azurite
from tests.host.serving import serving_host, wait_until

UPLOADS = ["--uploads", "Storage/training=uploaded"]


@pytest.fixture
async def azurite(folder: Path) -> AsyncIterator[Azurite]:
    started = await start_azurite(folder, environment=dict(os.environ))
    yield started
    await started.server.stop()


async def test_every_upload_is_told_until_it_is_taken(azurite: Azurite, folder: Path) -> None:
    settings = {"Storage": azurite.connection_string}
    async with BlobServiceClient.from_connection_string(azurite.connection_string) as storage:
        with serving_host("uploads", folder, settings, arguments=UPLOADS) as host:
            # The container comes after the host.
            container = await storage.create_container("training")
            blob = await container.upload_blob("job 1/ü.jsonl", b"12345")
            [told] = host.wait_for("uploaded")
            account = storage.account_name
            assert told["type"] == "Microsoft.Storage.BlobCreated"
            assert told["subject"] == "/blobServices/default/containers/training/blobs/job 1/ü.jsonl"
            assert str(told["topic"]).endswith(f"/storageAccounts/{account}")
            etag = (await blob.get_blob_properties()).etag.strip('"')
            assert told["data"] == {
                **told["data"],
                "api": "PutBlob",
                "eTag": etag,
                "contentLength": 5,
                "contentType": "application/octet-stream",
                "url": f"{container.primary_endpoint}/job%201/%C3%BC.jsonl",
            }
            # A new ETag is a new event, with a later sequencer; an old one is none.
            await container.upload_blob("job 1/ü.jsonl", b"1234567", overwrite=True)
            [_, second] = host.wait_for("uploaded", count=2)
            assert second["data"]["contentLength"] == 7
            assert second["data"]["sequencer"] > told["data"]["sequencer"]
            # The function refuses this one's first delivery: the same event comes again.
            await container.upload_blob("job/stubborn", b"x")
            [refused, taken] = host.wait_for("uploaded", lambda fact: "stubborn" in fact["subject"], count=2)
            assert refused["id"] == taken["id"]
            assert len(host.recorded()) == 4
        (folder / "record.jsonl").unlink()
        with serving_host("uploads", folder, settings, arguments=UPLOADS) as host:
            # What is there is told again: at least once, not at most once.
            host.wait_for("uploaded", count=3)


async def test_a_storage_account_that_goes_away_is_waited_for(azurite: Azurite, folder: Path) -> None:
    settings = {"Storage": azurite.connection_string}
    with serving_host("uploads", folder, settings, arguments=UPLOADS) as host:
        await azurite.server.kill()
        wait_until(lambda: "the storage account is away" in host.logged(), "the loss is noticed")
        facts = azurite.server.facts
        key = azurite.connection_string.split("AccountKey=")[1].partition(";")[0]
        back = await start_azurite(
            folder,
            environment=dict(os.environ),
            ports=(facts["Blob"], facts["Queue"], facts["Table"]),
            account_key=key,
        )
        try:
            async with BlobServiceClient.from_connection_string(azurite.connection_string) as storage:
                container = await storage.create_container("training")
                await container.upload_blob("job/file", b"x")
            host.wait_for("uploaded")
            assert host.logged().count("the storage account is away") == 1
        finally:
            await back.server.stop()
