"""Packages of Debian and of Python, pinned by version and SHA-256: brought by the machine's own apt and pip."""

import contextlib
import hashlib
import lzma
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

FETCH_S = 600.0
_AR_MAGIC = b"!<arch>\n"
_AR_HEADER_BYTES = 60
_WHEEL = ".whl"
_BAD_ARCHIVE = (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError, OSError)


class MissingPackageError(Exception):
    """The pinned version cannot be had here, or what came is not what was pinned."""


class BadPackageError(ValueError):
    """A package that cannot be read; says which and why, never what stood in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One pinned version; `kind` is "deb" or "wheel"."""

    name: str
    version: str
    sha256: str
    kind: str = "deb"

    @property
    def file_name(self) -> str:
        """What the package is called in the folder it is kept in."""
        return f"{self.name}{_WHEEL if self.kind == 'wheel' else '.deb'}"

    @property
    def command(self) -> list[str]:
        """The command that brings the pinned version into the current folder."""
        if self.kind == "wheel":
            pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download"]
            return [*pip, "--no-deps", "--only-binary=:all:", f"{self.name}=={self.version}"]
        return ["apt-get", "--quiet", "download", f"{self.name}={self.version}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of a package, with its path inside it."""

    path: str
    data: bytes


def bring(package: Package, folder: Path) -> Path:
    """The package's file in the folder; fetched only if it is not there yet as pinned."""
    kept = folder / package.file_name
    if kept.is_file() and _sha256(kept) == package.sha256:
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        fetched = _fetch(package, Path(place))
        if _sha256(fetched) != package.sha256:
            raise MissingPackageError(f"{package.name} {package.version}: came with another SHA-256")
        return Path(shutil.move(fetched, kept))


def members(file: Path, wanted: Callable[[str], bool]) -> Iterator[Member]:
    """Yield the wanted regular files in the package's own order, one in memory at a time; links are left out."""
    inside = _wheel_members(file, wanted) if file.suffix == _WHEEL else _deb_members(file, wanted)
    try:
        yield from inside
    except BadPackageError:
        raise
    except _BAD_ARCHIVE as error:
        raise BadPackageError(f"{file.name}: cut off or damaged ({type(error).__name__})") from None


def _fetch(package: Package, place: Path) -> Path:
    what = f"{package.name} {package.version}"
    try:
        done = subprocess.run(
            package.command, cwd=place, capture_output=True, text=True, timeout=FETCH_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingPackageError(
            f"{what}: {package.command[0]} did not run through ({type(error).__name__})"
        ) from None
    files = list(place.iterdir())
    if done.returncode != 0 or len(files) != 1:
        raise MissingPackageError(
            f"{what}: this version is not to be had from the machine's package sources"
            f" (exit code {done.returncode}; is the package list up to date?)"
        )
    return files[0]


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _deb_members(file: Path, wanted: Callable[[str], bool]) -> Iterator[Member]:
    with file.open("rb") as content:
        compression = _to_data(content, file.name)
        # a stream: a package is read once from front to back, and never as a whole
        mode = f"r|{compression}"
        with contextlib.closing(tarfile.open(fileobj=content, mode=mode)) as tar:  # type: ignore[call-overload]
            for entry in tar:
                path = entry.name.removeprefix("./")
                if not (entry.isreg() and wanted(path)):
                    continue
                reader = tar.extractfile(entry)
                if reader is not None:
                    yield Member(path=path, data=reader.read())


def _to_data(content: BinaryIO, name: str) -> str:
    """Go to the start of the package's files; the answer is how tarfile calls their compression."""
    if content.read(len(_AR_MAGIC)) != _AR_MAGIC:
        raise BadPackageError(f"{name}: no Debian package")
    while len(header := content.read(_AR_HEADER_BYTES)) == _AR_HEADER_BYTES:
        entry, size = header[:16].rstrip(b" /").decode("latin-1"), header[48:58].strip()
        if not header.endswith(b"`\n") or not size.isdigit():
            raise BadPackageError(f"{name}: a damaged table of contents")
        if entry.startswith("data.tar"):
            compression = entry.removeprefix("data.tar").removeprefix(".")
            if compression not in ("", "gz", "bz2", "xz"):
                raise BadPackageError(f"{name}: its files are compressed in a way not read here")
            return compression
        content.seek(int(size) + int(size) % 2, 1)  # entries begin at even places
    raise BadPackageError(f"{name}: holds no files")


def _wheel_members(file: Path, wanted: Callable[[str], bool]) -> Iterator[Member]:
    with zipfile.ZipFile(file) as wheel:
        for path in wheel.namelist():
            if wanted(path):
                yield Member(path=path, data=wheel.read(path))
