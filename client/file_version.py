"""A version of a training file on this machine, and its bytes for as long as it stands there."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from client.errors import Misused, NotDecided
from client.submittable import submittable_length
from shared.errors import FileChanged
from shared.ids import data_evaluation_id
from shared.subject import TrainingFile

CHUNK_BYTES: Final = 256 * 1024
"""What is read at a time once a shard's last line runs past its range."""
DIGEST_PREFIX: Final = "sha256-"
_DIGESTED_BYTES: Final = 1024 * 1024
"""What is hashed in one go, before Ctrl-C is heard; of larger blocks freed in threads the allocator keeps more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    """What tells whether a file is still the one that was looked at."""

    device: int
    inode: int
    length: int
    modified_ns: int
    changed_ns: int
    """Set by every write, and by what sets `modified_ns` back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVersion:
    """One version of a file, as `open_version` found it."""

    path: Path
    marks: _Marks
    digest: str
    """SHA-256 of its bytes, in hexadecimal digits."""

    @property
    def length(self) -> int:
        return self.marks.length

    def stands(self) -> bool:
        """Whether this version is still what the path names."""
        try:
            return _marks(self.path.stat()) == self.marks
        except OSError:
            return False

    def subject(self, *, name: str) -> TrainingFile:
        """The version as an evaluation's subject: there is no job and no account, and the digest is its ETag."""
        return TrainingFile(
            job="check",
            account="local",
            container="check",
            blob=name,
            etag=f"{DIGEST_PREFIX}{self.digest}",
            length=self.length,
        )


def evaluation_of(subject: TrainingFile) -> str:
    """The id of the evaluation of these bytes under this name."""
    return data_evaluation_id(
        account=subject.account, container=subject.container, blob=subject.blob, etag=subject.etag
    )


async def open_version(path: Path) -> FileVersion:
    """The file as it stands now, read through once for its digest; raises Misused, or NotDecided where it changes."""
    submittable_length(path)
    digest = sha256()
    try:
        with await asyncio.to_thread(path.open, "rb") as content:
            marks = _marks(os.fstat(content.fileno()))
            while chunk := await asyncio.to_thread(content.read, _DIGESTED_BYTES):
                await asyncio.to_thread(digest.update, chunk)
            _require(content, marks)
    except FileChanged:
        raise NotDecided(f"{path} was changed while it was read. Run this again once it is whole.") from None
    except OSError as error:
        raise unreadable(path, error) from None
    return FileVersion(path=path, marks=marks, digest=digest.hexdigest())


class VersionedFiles:
    """`ports.TrainingFiles` over one version of one file. It only ever reads."""

    def __init__(self, version: FileVersion) -> None:
        self._version = version

    async def read(self, file: TrainingFile, first_byte: int, until: int) -> AsyncIterator[bytes]:
        """Yield the file's bytes from `first_byte`, first up to `until`, then chunk by chunk."""
        try:
            with await asyncio.to_thread(self._version.path.open, "rb") as content:
                content.seek(first_byte)
                position = first_byte
                while position < file.length:
                    stop = min(file.length, max(until, position + CHUNK_BYTES))
                    chunk = await asyncio.to_thread(content.read, stop - position)
                    # Looked at after each read, so that what came is of this version.
                    _require(content, self._version.marks)
                    if not chunk:
                        raise FileChanged("file_changed")
                    position += len(chunk)
                    yield chunk
        except FileNotFoundError:
            raise FileChanged("file_changed") from None
        except OSError as error:
            raise unreadable(self._version.path, error) from None


def unreadable(path: Path, error: OSError) -> Misused:
    """The error for a file that cannot be read."""
    return Misused(f"{path} cannot be read: {error.strerror or type(error).__name__}.")


def _marks(about: os.stat_result) -> _Marks:
    return _Marks(
        device=about.st_dev,
        inode=about.st_ino,
        length=about.st_size,
        modified_ns=about.st_mtime_ns,
        changed_ns=about.st_ctime_ns,
    )


def _require(content: BinaryIO, marks: _Marks) -> None:
    if _marks(os.fstat(content.fileno())) != marks:
        raise FileChanged("file_changed")
