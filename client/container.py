"""The training container: files go in under their job, and come out only as the version that was evaluated."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient, StorageStreamDownloader

from client.errors import Misused, NotDecided
from client.reaching import reaching
from shared.adapters.identity import credential
from shared.ids import data_evaluation_id
from shared.settings import Connection
from shared.subject import TrainingFile

SERVICE: Final = "Blob storage"
BLOCK_BYTES: Final = 4 * 1024 * 1024
"""What is sent at a time; a larger file shows how far it is."""

_FEW_TRIES: Final = {"retry_total": 2, "initial_backoff": 1, "increment_base": 1, "random_jitter_range": 1}
"""A person waits: the SDK's own patience is over a minute."""

Told = Callable[[int, int | None], Awaitable[None]]


def evaluation_of(file: TrainingFile) -> str:
    """The id of the evaluation of this version of the file."""
    return data_evaluation_id(
        account=file.account, container=file.container, blob=file.blob, etag=file.etag
    )


class TrainingContainer:
    """A deployment's training container, on azure-storage-blob."""

    def __init__(self, connection: Connection, container: str) -> None:
        self._container_name = container
        try:
            self._service = (
                BlobServiceClient(
                    connection.address, credential=credential(connection.client_id), **_FEW_TRIES
                )
                if connection.address
                else BlobServiceClient.from_connection_string(
                    connection.secret, max_single_put_size=BLOCK_BYTES, max_block_size=BLOCK_BYTES, **_FEW_TRIES
                )
            )
        except ValueError:
            raise Misused("TrainingStorage is not an address or a connection string of a storage account.") from None
        self._container = self._service.get_container_client(container)
        self._address = self._service.primary_endpoint

    async def __aenter__(self) -> Self:
        await self._service.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._service.close()
