"""A file on this machine: how long it is, and whether it can be submitted."""

import shlex
import stat
from pathlib import Path
from typing import Final

from client.errors import Misused
from shared.shards import MAX_FILE_BYTES
from shared.subject import other_format

_CONVERTED: Final = frozenset({"json", "csv", "tsv"})
"""What `tunegate convert` reads."""


def length_of(path: Path, *, to: str) -> int:
    """The file's length in bytes; raises Misused where there is none, or nothing in it `to` do something with."""
    try:
        about = path.stat()
    except OSError as error:
        raise Misused(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise Misused("The file's name cannot be a file's name.") from None
    if not stat.S_ISREG(about.st_mode):
        raise Misused(f"{path} is no file.")
    if about.st_size == 0:
        raise Misused(f"{path} is empty: there is nothing to {to}.")
    return about.st_size


def submittable_length(path: Path) -> int:
    """The length of a file that can be uploaded and evaluated; raises Misused, saying what to do, where it cannot."""
    length = length_of(path, to="evaluate")
    _check_name(path)
    _check_format(path)
    if length > MAX_FILE_BYTES:
        raise Misused(f"{path} is larger than 8 GiB. Split it, and submit each part.")
    return length


def _check_name(path: Path) -> None:
    try:
        path.name.encode()
    except UnicodeEncodeError:
        raise Misused("The file's name is not valid UTF-8. Rename it.") from None
    if any(character < " " or character == "\x7f" for character in path.name):
        raise Misused("The file's name holds a control character. Rename it.")


def _check_format(path: Path) -> None:
    extension = other_format(path.name)
    if extension in _CONVERTED:
        source, jsonl = (shlex.quote(str(each)) for each in (path, path.with_suffix(".jsonl")))
        raise Misused(
            f"{path} is not JSONL by its name. Convert it to JSONL: tunegate convert {source} -o {jsonl}"
        )
    if extension:
        raise Misused(
            f"{path} is not JSONL by its name. Unpack it, or save it as CSV; then convert it to JSONL: "
            "tunegate convert FILE -o FILE.jsonl"
        )
