"""Uploads: watch a container and post a BlobCreated event for every new ETag, as a storage account's topic would."""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

import aiohttp
from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from local.host import event_grid
from local.host.app_settings import AppSettings, Connection, identity
from local.host.refusals import Refused

_log = logging.getLogger("local.host.uploads")

_LOOK_EVERY_S: Final = 0.5
_FIRST_RETRY_S: Final = 1.0
_LONGEST_RETRY_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Which uploads go to which function: `SETTING/CONTAINER=FUNCTION`."""

    setting: str
    container: str
    function: str

    @classmethod
    def parse(cls, text: str) -> "Subscription":
        source, equals, function = text.partition("=")
        setting, slash, container = source.partition("/")
        if not (equals and slash and setting and container and function):
            raise Refused(f"{text!r} is not of the form SETTING/CONTAINER=FUNCTION")
        return cls(setting=setting, container=container, function=function)


class UploadWatcher:
    """Posts an event for each blob and ETag it sees, again and again until the webhook takes it.

    What it has posted it knows only while it runs: after a restart what is there is posted again, so that
    every upload is posted at least once. An upload replaced before it was seen is not posted, only the newer.
    """

    def __init__(self, subscription: Subscription, settings: AppSettings, *, key: str) -> None:
        self._subscription = subscription
        self._connection: Connection = settings.connection(
            subscription.setting, "blobServiceUri", "serviceUri"
        )
        self._key = key
        self._seen: dict[str, str] = {}
        self._numbered = 0

    async def run(self, base_url: str) -> None:
        """Watch until cancelled; `base_url` is the host's own."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
        async with (
            _storage(self._connection) as storage,
            aiohttp.ClientSession(base_url, timeout=timeout) as http,
            asyncio.TaskGroup() as posts,
        ):
            container = storage.get_container_client(self._subscription.container)
            away = False
            while True:
                try:
                    for blob in await self._unseen(container):
                        posts.create_task(self._post(http, self._event(container, blob)))
                    away = False
                except (AzureError, OSError) as error:
                    if not away:
                        _log.warning("the storage account is away: %s", type(error).__name__)
                    away = True
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _unseen(self, container: ContainerClient) -> list[BlobProperties]:
        """The blobs whose ETag was not seen yet; they count as seen now."""
        found: dict[str, str] = {}
        unseen: list[BlobProperties] = []
        try:
            async for blob in container.list_blobs():
                found[blob.name] = str(blob.etag)
                if self._seen.get(blob.name) != found[blob.name]:
                    unseen.append(blob)
        except ResourceNotFoundError:
            pass  # the container is not there yet, or no more
        self._seen = found
        return unseen

    def _event(self, container: ContainerClient, blob: BlobProperties) -> dict[str, Any]:
        """The event in the Event Grid schema, which a storage account's system topic sends by default."""
        self._numbered += 1
        modified = blob.last_modified or datetime.now(UTC)
        name = container.container_name
        return {
            "id": str(uuid.uuid4()),
            "topic": "/subscriptions/local/resourceGroups/local/providers/Microsoft.Storage"
            f"/storageAccounts/{container.account_name}",
            "subject": f"/blobServices/default/containers/{name}/blobs/{blob.name}",
            "eventType": "Microsoft.Storage.BlobCreated",
            "eventTime": modified.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "data": {
                "api": "PutBlob",
                "requestId": str(uuid.uuid4()),
                "eTag": str(blob.etag).strip('"'),
                "contentType": blob.content_settings.content_type or "application/octet-stream",
                "contentLength": blob.size,
                "blobType": "BlockBlob",
                "url": f"{container.primary_endpoint}/{quote(blob.name)}",
                "sequencer": f"{int(modified.timestamp()):032X}{self._numbered:016X}",
                "storageDiagnostics": {"batchId": str(uuid.uuid4())},
            },
            "dataVersion": "",
            "metadataVersion": "1",
        }

    async def _post(self, http: aiohttp.ClientSession, event: dict[str, Any]) -> None:
        """Post the event until it is taken: after 1 s, then twice as long each time, up to 30 s."""
        wait_s = _FIRST_RETRY_S
        while not await self._taken(http, event):
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_RETRY_S)

    async def _taken(self, http: aiohttp.ClientSession, event: dict[str, Any]) -> bool:
        query = {"functionName": self._subscription.function, "code": self._key}
        headers = {"aeg-event-type": "Notification"}
        try:
            async with http.post(event_grid.PATH, params=query, headers=headers, json=[event]) as answer:
                if not answer.ok:
                    _log.warning("event %s was not taken: status %d", event["id"], answer.status)
                return answer.ok
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.warning("event %s was not taken: %s", event["id"], type(error).__name__)
            return False


@asynccontextmanager
async def _storage(connection: Connection) -> AsyncIterator[BlobServiceClient]:
    # No tries by the SDK, which would wait 15 s before one: the watcher looks again anyhow.
    if connection.connection_string:
        async with BlobServiceClient.from_connection_string(
            connection.connection_string, retry_total=0
        ) as client:
            yield client
        return
    async with (
        identity() as credential,
        BlobServiceClient(connection.address, credential, retry_total=0) as client,
    ):
        yield client
