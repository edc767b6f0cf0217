"""Looks for a canary in every place a cloud could have left it, however it is spelt there."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Final
from urllib.parse import quote

from azure.data.tables.aio import TableServiceClient
from azure.servicebus import ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver
from azure.storage.blob.aio import BlobServiceClient

from local.cloud import LocalCloud

QUEUES: Final = ("data-shards", "model-shards", "collections")
SUBSCRIPTIONS: Final = ("verdicts", "training")


def spellings(canary: str) -> set[bytes]:
    """The canary plain and as encodings would show it; ASCII letters only, so that each has one spelling."""
    plain = canary.encode()
    found = {plain, plain[::-1], plain.hex().encode(), plain.hex().upper().encode(), quote(canary).encode()}
    found |= {canary.encode("utf-16-le"), canary.encode("utf-16-be"), json.dumps(canary)[1:-1].encode()}
    for escaped in ("\\u{:04x}", "\\u{:04X}", "\\x{:02x}", "%{:02x}", "%{:02X}", "&#{};"):
        found.add("".join(escaped.format(ord(letter)) for letter in canary).encode())
    for shift in range(3):  # base64 has three alignments; what surrounds it changes only its edges
        coded = base64.b64encode(b"x" * shift + plain)
        found.add(coded[4 if shift else 0 : -4])
    return found


class Scanner:
    """Every place of a cloud in which the canary stands, by name."""

    def __init__(self, canary: str, *, inputs: frozenset[str] = frozenset()) -> None:
        self._spellings = spellings(canary)
        self._inputs = inputs
        """Blobs that hold the canary by right."""

    def sees(self, content: bytes) -> bool:
        return any(spelling in content for spelling in self._spellings)

    async def leaks(self, cloud: LocalCloud, sessions: list[str]) -> set[str]:
        """The places that leak: files, queues, dead letters, sessions, tables, blobs."""
        return {
            *self.in_files(cloud.folder),
            *await self._in_bus(cloud.settings, sessions),
            *await self._in_tables(cloud.settings),
            *await self._in_blobs(cloud.settings),
        }

    def in_files(self, folder: Path) -> set[str]:
        """Files that leak; the one place that holds the inputs by right is where Azurite keeps blobs' bytes."""
        return {
            f"file {path.relative_to(folder)}"
            for path in folder.rglob("*")
            if path.is_file() and "__blobstorage__" not in path.parts and self.sees(path.read_bytes())
        }

    async def _in_bus(self, settings: dict[str, str], sessions: list[str]) -> set[str]:
        async with ServiceBusClient.from_connection_string(settings["ServiceBus"]) as client:
            receivers = {f"queue {name}": client.get_queue_receiver(name) for name in QUEUES}
            for name in (*QUEUES, "tallies"):
                dead = client.get_queue_receiver(name, sub_queue=ServiceBusSubQueue.DEAD_LETTER)
                receivers[f"dead letters of {name}"] = dead
            for name in SUBSCRIPTIONS:
                receivers[f"subscription {name}"] = client.get_subscription_receiver("outcomes", name)
            for name in (*SUBSCRIPTIONS, "watchers"):
                receivers[f"dead letters of {name}"] = client.get_subscription_receiver(
                    "outcomes", name, sub_queue=ServiceBusSubQueue.DEAD_LETTER
                )
            for session in sessions:
                receivers[f"session of tallies {session}"] = client.get_queue_receiver(
                    "tallies", session_id=session
                )
                receivers[f"session of watchers {session}"] = client.get_subscription_receiver(
                    "outcomes", "watchers", session_id=session
                )
            found = await asyncio.gather(*(self._in_receiver(r, place) for place, r in receivers.items()))
        return set().union(*found)

    async def _in_receiver(self, receiver: ServiceBusReceiver, place: str) -> set[str]:
        async with receiver:
            messages = await receiver.peek_messages(max_message_count=500, sequence_number=1)
        told = [b"".join(message.body) + repr(message).encode() for message in messages]
        told += [repr(message.application_properties).encode() for message in messages]
        return {place} if any(self.sees(content) for content in told) else set()

    async def _in_tables(self, settings: dict[str, str]) -> set[str]:
        found = set()
        async with TableServiceClient.from_connection_string(settings["VerdictStorage"]) as service:
            async for table in service.list_tables():
                rows = [row async for row in service.get_table_client(table.name).list_entities()]
                if self.sees(repr((table.name, rows)).encode()):
                    found.add(f"table {table.name}")
        return found

    async def _in_blobs(self, settings: dict[str, str]) -> set[str]:
        found = set()
        async with BlobServiceClient.from_connection_string(settings["TrainingStorage"]) as service:
            async for container in service.list_containers(include_metadata=True):
                client = service.get_container_client(container.name)
                async for blob in client.list_blobs(include=["metadata", "tags", "snapshots"]):
                    name = f"{container.name}/{blob.name}"
                    content = (
                        b""
                        if name in self._inputs
                        else await (await client.download_blob(blob.name)).readall()
                    )
                    if self.sees(content + repr((name, blob.metadata, blob.tags)).encode()):
                        found.add(f"blob {container.name}")
        return found
