"""What `ports.TrainingFiles` promises, over the fake and over blob storage."""

import io
import uuid
from collections.abc import AsyncIterator
from typing import Protocol

import pytest
from azure.storage.blob.aio import BlobClient

from local.azurite.server import ACCOUNT
from shared.adapters.blob_storage import CHUNK_BYTES, BlobTrainingFiles
from shared.errors import FileChanged, Unavailable
from shared.ports import TrainingFiles
from shared.settings import Connection
from shared.subject import TrainingFile
from tests.clouds import CloudThread
from tests.fakes import FakeFiles


class Store(Protocol):
    """A store of one file, and the port that reads it."""

    files: TrainingFiles

    async def put(self, content: bytes) -> TrainingFile:
        """Write the file, over what was there; the version an upload event would name."""

    async def delete(self) -> None: ...


class FakeStore:
    def __init__(self) -> None:
        self.files = FakeFiles(b"")

    async def put(self, content: bytes) -> TrainingFile:
        self.files.content = content
        self.files.etag = uuid.uuid4().hex
        return named(self.files.etag, len(content))

    async def delete(self) -> None:
        self.files.deleted = True


class BlobStore:
    def __init__(self, connection_string: str) -> None:
        self._blob = f"job/{uuid.uuid4().hex}.jsonl"
        self._client = BlobClient.from_connection_string(connection_string, "training", self._blob)
        self.files = BlobTrainingFiles(Connection(secret=connection_string))

    async def put(self, content: bytes) -> TrainingFile:
        done = await self._client.upload_blob(io.BytesIO(content), overwrite=True)
        return named(done["etag"].strip('"'), len(content), self._blob)

    async def delete(self) -> None:
        await self._client.delete_blob()

    async def close(self) -> None:
        await self._client.close()
        await self.files._service.close()


def named(etag: str, length: int, blob: str = "job/file.jsonl") -> TrainingFile:
    return TrainingFile(job="job", account=ACCOUNT, container="training", blob=blob, etag=etag, length=length)


def with_length(file: TrainingFile, length: int) -> TrainingFile:
    return named(file.etag, length, file.blob)


@pytest.fixture(params=["fake", "blob storage"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "fake":
        yield FakeStore()
        return
    servers: CloudThread = request.getfixturevalue("servers")
    blobs = BlobStore(servers.settings["TrainingStorage"])
    yield blobs
    await blobs.close()


async def read(store: Store, file: TrainingFile, first_byte: int = 0, until: int | None = None) -> bytes:
    parts = [part async for part in store.files.read(file, first_byte, until or file.length)]
    assert all(parts), "an empty chunk says nothing"
    return b"".join(parts)


CONTENT = bytes(range(256)) * 10


@pytest.mark.parametrize(
    ("first_byte", "until"),
    [(0, len(CONTENT)), (0, 1), (1, 100), (1279, 1280), (len(CONTENT) - 1, len(CONTENT))],
)
async def test_a_read_gives_the_files_bytes_from_the_first_one_on(
    store: Store, first_byte: int, until: int
) -> None:
    file = await store.put(CONTENT)
    assert await read(store, file, first_byte, until) == CONTENT[first_byte:]


@pytest.mark.parametrize("length", [CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7])
async def test_a_file_of_many_chunks_comes_whole(store: Store, length: int) -> None:
    content = (b"0123456789abcdef" * (length // 16 + 1))[:length]
    assert await read(store, await store.put(content), until=10) == content


async def test_behind_the_end_there_is_nothing(store: Store) -> None:
    file = await store.put(CONTENT)
    assert await read(store, file, len(CONTENT), len(CONTENT)) == b""
    assert await read(store, await store.put(b"")) == b""


async def test_a_replaced_file_is_told_even_when_only_its_version_differs(store: Store) -> None:
    stale = await store.put(CONTENT)
    assert await read(store, stale) == CONTENT
    await store.put(CONTENT)
    with pytest.raises(FileChanged) as told:
        await read(store, stale)
    assert told.value.reason == "file_changed"


async def test_a_file_replaced_while_it_is_read_is_told(store: Store) -> None:
    content = b"x" * (2 * CHUNK_BYTES)
    file = await store.put(content)
    reading = store.files.read(file, 0, 1)
    assert await anext(reading)
    await store.put(b"y" * len(content))
    if isinstance(store, FakeStore):
        store.files.changed_at = store.files.chunk
    with pytest.raises(FileChanged):
        async for part in reading:
            assert b"y" not in part


async def test_a_deleted_file_is_told(store: Store) -> None:
    file = await store.put(CONTENT)
    await store.delete()
    with pytest.raises(FileChanged):
        await read(store, file)


@pytest.mark.parametrize("length", [1, len(CONTENT) - 1, len(CONTENT) + 1, 10 * len(CONTENT)])
@pytest.mark.parametrize("first_byte", [0, 100])
async def test_a_length_that_is_not_the_files_is_told(store: Store, length: int, first_byte: int) -> None:
    """A claim that is too short would leave the rest of the file unseen."""
    file = with_length(await store.put(CONTENT), length)
    if first_byte < length:
        with pytest.raises(FileChanged):
            await read(store, file, first_byte, length)


async def test_a_storage_that_is_away_is_unavailable(store: Store, nobody: int) -> None:
    file = await store.put(CONTENT)
    if isinstance(store, FakeStore):
        store.files.failures.append(Unavailable("away"))
        with pytest.raises(Unavailable):
            await read(store, file)
        return
    key = "a2V5" * 22
    endpoint = f"http://127.0.0.1:{nobody}/{ACCOUNT}"
    away = BlobTrainingFiles(
        Connection(secret=f"AccountName={ACCOUNT};AccountKey={key};BlobEndpoint={endpoint};")
    )
    with pytest.raises(Unavailable):
        async for _ in away.read(file, 0, file.length):
            pass
    await away._service.close()


async def test_a_key_that_is_refused_is_unavailable_and_no_lost_file(servers: CloudThread) -> None:
    store = BlobStore(servers.settings["TrainingStorage"])
    file = await store.put(CONTENT)
    parts = dict(part.split("=", 1) for part in servers.settings["TrainingStorage"].strip(";").split(";"))
    parts["AccountKey"] = "a2V5" * 22
    refused = BlobTrainingFiles(Connection(secret=";".join(f"{k}={v}" for k, v in parts.items())))
    with pytest.raises(Unavailable):
        async for _ in refused.read(file, 0, file.length):
            pass
    await refused._service.close()
    await store.close()
