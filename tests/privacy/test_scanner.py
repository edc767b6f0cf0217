"""The scanner proves itself: it finds a leak planted in each place it looks at, in each spelling."""

import base64
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from azure.data.tables.aio import TableServiceClient
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from azure.storage.blob.aio import BlobServiceClient

from local.cloud import LocalCloud
from tests.clouds import CloudThread
from tests.privacy.scanner import Scanner

CANARY = "QuokkaMarzipanZephyr"
SESSION = "5e" * 16


@pytest.mark.parametrize(
    "spelt",
    [
        CANARY.encode(),
        b"xx" + CANARY[::-1].encode(),
        CANARY.encode().hex().encode(),
        CANARY.encode("utf-16-le"),
        CANARY.encode("utf-16-be"),
        "".join(f"\\u{ord(letter):04x}" for letter in CANARY).encode(),
        "".join(f"%{ord(letter):02X}" for letter in CANARY).encode(),
        *[base64.b64encode(b"before"[:n] + CANARY.encode() + b"after") for n in range(4)],
    ],
)
def test_it_sees_each_spelling(spelt: bytes) -> None:
    assert Scanner(CANARY).sees(b"some bytes " + spelt + b" more")


@pytest.fixture(scope="module")
def quiet_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A cloud without host, so that nobody takes a planted message away."""
    folder = tmp_path_factory.mktemp("quiet")
    with CloudThread(folder=folder, keep=True, parts=("azurite", "broker")) as running:
        yield running.cloud


async def plant_message(cloud: LocalCloud, place: str) -> None:
    async with ServiceBusClient.from_connection_string(cloud.settings["ServiceBus"]) as client:
        if place.startswith("subscription") or "watchers" in place:
            sender = client.get_topic_sender("outcomes")
        else:
            queue = "tallies" if "tallies" in place else "collections"
            sender = client.get_queue_sender(queue)
        message = ServiceBusMessage(
            CANARY,
            session_id=SESSION,
            application_properties={"what": "outcome", "kind": "model"},
            message_id=uuid.uuid4().hex,
        )
        async with sender:
            await sender.send_messages(message)
        if place == "dead letters of collections":
            async with client.get_queue_receiver("collections", max_wait_time=5) as receiver:
                async for received in receiver:
                    await receiver.dead_letter_message(received)
                    break


async def plant_scheduled(cloud: LocalCloud) -> None:
    async with (
        ServiceBusClient.from_connection_string(cloud.settings["ServiceBus"]) as client,
        client.get_queue_sender("data-shards") as sender,
    ):
        later = datetime.now(UTC) + timedelta(hours=1)
        await sender.schedule_messages(ServiceBusMessage(CANARY, message_id="later"), later)


async def plant_row(cloud: LocalCloud) -> None:
    async with TableServiceClient.from_connection_string(cloud.settings["VerdictStorage"]) as service:
        table = await service.create_table_if_not_exists("other")
        await table.create_entity({"PartitionKey": "p", "RowKey": "r", "Note": f"it says {CANARY}"})


async def plant_blob(cloud: LocalCloud) -> None:
    async with BlobServiceClient.from_connection_string(cloud.settings["TrainingStorage"]) as service:
        await service.get_container_client("training").upload_blob("elsewhere", CANARY)


@pytest.mark.parametrize(
    "place",
    [
        "queue collections",
        "dead letters of collections",
        f"session of tallies {SESSION}",
        f"session of watchers {SESSION}",
        "subscription verdicts",
    ],
)
async def test_it_finds_a_leaking_message(quiet_cloud: LocalCloud, place: str) -> None:
    await plant_message(quiet_cloud, place)
    assert place in await Scanner(CANARY).leaks(quiet_cloud, [SESSION])


async def test_it_finds_what_leaks_elsewhere(quiet_cloud: LocalCloud) -> None:
    await plant_scheduled(quiet_cloud)
    await plant_row(quiet_cloud)
    await plant_blob(quiet_cloud)
    (quiet_cloud.folder / "host.log").write_text(f"oops {CANARY}")
    (quiet_cloud.folder / "deep").mkdir()
    (quiet_cloud.folder / "deep" / "tmp123").write_bytes(CANARY.encode("utf-16-le"))
    found = await Scanner(CANARY).leaks(quiet_cloud, [SESSION])
    wanted = {
        "queue data-shards",
        "table other",
        "blob training",
        "file host.log",
        f"file {Path('deep/tmp123')}",
    }
    assert wanted <= found


async def test_it_finds_nothing_of_another_canary(quiet_cloud: LocalCloud) -> None:
    assert await Scanner("NumbatNougatSirocco").leaks(quiet_cloud, [SESSION]) == set()
