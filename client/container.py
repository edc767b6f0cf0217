"""The training container: files go in under their job, and come out only as the version that was evaluated."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self, cast
from urllib.parse import urlsplit

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient

from client.errors import Misused, NotDecided, Unreachable
from client.reaching import plain, reaching
from shared.adapters.identity import credential
from shared.ids import data_evaluation_id
from shared.settings import Connection
from shared.subject import TrainingFile

SERVICE: Final = "Blob storage"
BLOCK_BYTES: Final = 1024 * 1024
"""What is sent in one request: a larger body would hold up the event loop. 8 GiB make 8,192 blocks of 50,000."""
BLOCKS_AT_ONCE: Final = 4

_OPTIONS: Final[Mapping[str, Any]] = {
    "max_single_put_size": BLOCK_BYTES,
    "max_block_size": BLOCK_BYTES,
    # A person waits: the SDK's own patience is over a minute.
    "retry_total": 2,
    "initial_backoff": 1,
    "increment_base": 1,
    "random_jitter_range": 1,
}

Told = Callable[[int, int], None]
"""Called with the bytes sent, and with all there are to send."""
Hook = Callable[[int, int | None], Awaitable[None]]


def evaluation_of(file: TrainingFile) -> str:
    """The id of the evaluation of this version of the file."""
    return data_evaluation_id(account=file.account, container=file.container, blob=file.blob, etag=file.etag)


class TrainingContainer:
    """A deployment's training container, on azure-storage-blob."""

    def __init__(self, connection: Connection, container: str) -> None:
        try:
            self._service = (
                BlobServiceClient(connection.address, credential(connection.client_id), **_OPTIONS)
                if connection.address
                else BlobServiceClient.from_connection_string(connection.secret, **_OPTIONS)
            )
        except ValueError:
            raise Misused(
                "TrainingStorage is no address and no connection string of a storage account."
            ) from None
        self._container = self._service.get_container_client(container)
        self._address = str(self._service.primary_endpoint)

    async def __aenter__(self) -> Self:
        await self._service.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._service.close()

    async def upload(self, path: Path, length: int, job: str, told: Told) -> TrainingFile:
        """Store the file as `<job>/<file name>`, over what stood there; the version that was stored.

        Raises Misused where the file cannot be read to its end.
        """
        blob = f"{job}/{path.name}"

        async def hook(done: int, total: int | None) -> None:
            told(done, total or length)

        try:
            with await asyncio.to_thread(path.open, "rb") as content:
                etag = await self._store(blob, _Reading(content, length), length, hook)
        except OSError as error:
            raise Misused(f"{path} cannot be read: {error.strerror or type(error).__name__}.") from None
        return self._file(job, blob, etag, length)

    async def _store(self, blob: str, content: "_Reading", length: int, hook: Hook) -> str:
        client = self._container.get_blob_client(blob)
        with reaching(SERVICE, self._address):
            try:
                stored = await client.upload_blob(
                    cast(Any, content),
                    length=length,
                    overwrite=True,
                    max_concurrency=BLOCKS_AT_ONCE,
                    progress_hook=hook,
                )
            except ResourceNotFoundError:
                raise self._no_container() from None
        return str(stored["etag"])

    async def files(self, job: str) -> list[TrainingFile]:
        """The job's files as they stand now, by name: those in its folder, and one that bears its name."""
        found = []
        with reaching(SERVICE, self._address):
            try:
                async for blob in self._container.list_blobs(name_starts_with=job):
                    if blob.name.partition("/")[0] == job:
                        found.append(self._file(job, blob.name, str(blob.etag), blob.size))
            except ResourceNotFoundError:
                raise self._no_container() from None
        return found

    async def holds(self, file: TrainingFile) -> bool:
        """Whether this version of the file still stands: it was neither replaced nor deleted."""
        with reaching(SERVICE, self._address):
            try:
                standing = await self._container.get_blob_client(file.blob).get_blob_properties()
            except ResourceNotFoundError:
                return False
        return str(standing.etag).strip('"') == file.etag

    async def read(self, file: TrainingFile) -> AsyncIterator[bytes]:
        """Yield the bytes of exactly this version; raises NotDecided where it was replaced or deleted."""
        client = self._container.get_blob_client(file.blob)
        with reaching(SERVICE, self._address):
            try:
                download = await client.download_blob(
                    etag=f'"{file.etag}"', match_condition=MatchConditions.IfNotModified, max_concurrency=1
                )
                async for chunk in download.chunks():
                    yield chunk
            except (ResourceModifiedError, ResourceNotFoundError):
                raise NotDecided(
                    f"{file.blob} was replaced or deleted meanwhile: what stands there now has an evaluation of "
                    f"its own. See it with: tunegate watch {file.job}"
                ) from None

    def _file(self, job: str, blob: str, etag: str, length: int) -> TrainingFile:
        host = urlsplit(self._address).hostname or ""
        return TrainingFile(
            job=job,
            account=self._service.account_name or host.partition(".")[0],
            container=self._container.container_name,
            blob=blob,
            etag=etag.strip('"'),
            length=length,
        )

    def _no_container(self) -> Unreachable:
        return Unreachable(
            f"{SERVICE} at {plain(self._address)} has no container {self._container.container_name}."
        )


class _Reading:
    """A file read beside the event loop; without `seek`, so that the SDK sends it block by block."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file = file
        self._left = length

    async def read(self, size: int) -> bytes:
        chunk = await asyncio.to_thread(self._file.read, min(size, self._left))
        self._left -= len(chunk)
        if not chunk and self._left:
            raise Misused("The file became shorter while it was read. Submit it again once it is whole.")
        return chunk
