"""Training files in blob storage, read range by range under If-Match."""

from collections.abc import AsyncIterator
from typing import Final

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from shared.adapters.identity import credential
from shared.errors import FileChanged, Unavailable
from shared.settings import Connection
from shared.subject import TrainingFile

CHUNK_BYTES: Final = 256 * 1024
"""What is fetched at a time once a shard's last line runs past its range."""


def blob_service(connection: Connection) -> BlobServiceClient:
    """The client at a connection; raises ValueError where that is no address and no connection string."""
    # Trying again is the caller's: the client's own policy would wait 15 s before its second try.
    if connection.address:
        return BlobServiceClient(connection.address, credential(connection.client_id), retry_total=0)
    return BlobServiceClient.from_connection_string(connection.secret, retry_total=0)


class BlobTrainingFiles:
    """`ports.TrainingFiles` on azure-storage-blob. It only ever reads."""

    def __init__(self, connection: Connection) -> None:
        self._service = blob_service(connection)

    async def read(self, file: TrainingFile, first_byte: int, until: int) -> AsyncIterator[bytes]:
        """Yield the file's bytes from `first_byte`, first up to `until`, then chunk by chunk."""
        blob = self._service.get_blob_client(file.container, file.blob)
        position = first_byte
        while position < file.length:
            stop = min(file.length, max(until, position + CHUNK_BYTES))
            chunk = await _download(blob, file, position, stop - position)
            if not chunk:
                return
            position += len(chunk)
            yield chunk


async def _download(blob: BlobClient, file: TrainingFile, offset: int, length: int) -> bytes:
    try:
        download = await blob.download_blob(
            offset=offset,
            length=length,
            etag=f'"{file.etag}"',
            match_condition=MatchConditions.IfNotModified,
            max_concurrency=1,
        )
        # The event's length is a claim; the blob's own says whether the event was about these bytes. Not
        # `properties.size`: that is what was asked for.
        if _total(download.properties.content_range) != file.length:
            raise FileChanged("file_changed")
        return await download.readall()
    except (ResourceModifiedError, ResourceNotFoundError):
        raise FileChanged("file_changed") from None
    except HttpResponseError as error:
        if error.status_code in {412, 416, 404}:
            raise FileChanged("file_changed") from None
        raise Unavailable(f"blob storage answered {error.status_code}") from None
    except AzureError as error:
        raise Unavailable(f"blob storage: {type(error).__name__}") from None


def _total(content_range: str | None) -> int:
    return int((content_range or "/-1").rpartition("/")[2])
