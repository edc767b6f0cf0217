"""Copies of a file with lines left out, under a temporary name beside the one that the last of them is given."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from client.errors import Misused, NotDecided, NotPassed
from client.file_version import FileVersion, open_version
from client.sifting import Sifter

_CHUNK_BYTES: Final = 1024 * 1024
_AT_ONCE: Final = 16
"""Chunks copied in one go, before Ctrl-C is heard."""


def require_place(path: Path, out: Path, *, force: bool) -> None:
    """Raise Misused where what is left of the file at `path` may not be written to `out`."""
    try:
        same = out.exists() and path.exists() and out.samefile(path)
    except OSError as error:
        raise Misused(f"{out} cannot be written: {error.strerror}.") from None
    if same:
        raise Misused(f"{out} is the file itself: it is never written over. Name another one.")
    if out.is_dir() or (out.exists() and not out.is_file()):
        raise Misused(f"{out} is there already and is no file. Name another one.")
    if os.path.lexists(out) and not force:
        raise Misused(f"{out} exists already. Name another one, or overwrite it with --force.")
    if not out.parent.is_dir():
        raise Misused(f"{out} cannot be written: there is no folder {out.parent}.")


class Copies:
    """The source and then each copy made of the last one; none stays but the one that is kept."""

    def __init__(self, source: FileVersion, out: Path) -> None:
        self._source = source
        self._out = out
        self._copy: Path | None = None
        self.last = source

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _remove(self._copy)

    async def sift(self, sifter: Sifter) -> None:
        """Copy what the sifter keeps of the last one.

        Raises NotALine, Misused where it cannot be written, NotDecided where the source is another by now, and
        NotPassed where nothing would be left.
        """
        before, self._copy = self._copy, self._begin()
        try:
            await self._fill(self._copy, sifter)
        except OSError as error:
            raise self._not_written(error) from None
        finally:
            _remove(before)
        self.require_source()
        if self._copy.stat().st_size == 0:
            raise NotPassed(f"Every line would be dropped: nothing is left, and {self._out} was not written.")
        self.last = await open_version(self._copy)

    def require_source(self) -> None:
        """Raise NotDecided where the source is another by now."""
        if not self._source.stands():
            raise NotDecided(
                f"{self._source.path} was changed while it was read: nothing was written. Run this again."
            )

    def keep(self, *, force: bool) -> None:
        """Give the last copy its name; raises Misused where something has come to stand there."""
        assert self._copy is not None  # noqa: S101 -- at least one copy was made
        if not force and os.path.lexists(self._out):
            raise Misused(f"{self._out} exists by now: nothing was written. Overwrite it with --force.")
        try:
            self._copy.replace(self._out)
        except OSError as error:
            raise self._not_written(error) from None
        self._copy = None

    def _begin(self) -> Path:
        try:
            handle, name = tempfile.mkstemp(prefix=".tunegate-", suffix=".part", dir=self._out.parent)
        except OSError as error:
            raise self._not_written(error) from None
        os.close(handle)
        return Path(name)

    async def _fill(self, copy: Path, sifter: Sifter) -> None:
        with self.last.path.open("rb") as content, copy.open("wb") as target:
            pieces = _sifted(content, sifter)
            while await asyncio.to_thread(_write_some, pieces, target):
                pass
            target.flush()
            await asyncio.to_thread(os.fsync, target.fileno())
        # Who may read the file may read what is left of it, and nobody else.
        shutil.copymode(self._source.path, copy)

    def _not_written(self, error: OSError) -> Misused:
        return Misused(f"{self._out} cannot be written: {error.strerror or type(error).__name__}.")


def _remove(copy: Path | None) -> None:
    if copy is not None:
        copy.unlink(missing_ok=True)


def _sifted(content: BinaryIO, sifter: Sifter) -> Iterator[list[bytes]]:
    while chunk := content.read(_CHUNK_BYTES):
        yield list(sifter.feed(chunk))
    sifter.finish()


def _write_some(pieces: Iterator[list[bytes]], target: BinaryIO) -> bool:
    """Write some more; whether there may be more still."""
    for _ in range(_AT_ONCE):
        some = next(pieces, None)
        if some is None:
            return False
        target.writelines(some)
    return True
