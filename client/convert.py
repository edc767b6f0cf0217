"""`tunegate convert`: a JSON array or a CSV file becomes JSONL, record by record, in memory that does not grow."""

import json
import secrets
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal

from client.csv_rows import CsvRows, Row
from client.errors import Misused
from client.json_records import JsonRecords
from client.report import counted
from client.submittable import length_of
from client.terminal import Terminal
from shared.shards import MAX_LINE_BYTES

Shape = Literal["chat", "completion"]

_TABLES: Final = frozenset({".csv", ".tsv"})
_TELL_BYTES: Final = 1024 * 1024
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """How a CSV file is to be read, and what its rows become."""

    shape: Shape = "chat"
    columns: tuple[str, str] | None = None
    delimiter: str | None = None


def convert(source: Path, out: Path, *, table: Table, force: bool, terminal: Terminal) -> int:
    """The number of records written to `out`, which appears only once it is whole.

    Raises Misused where the source cannot be read as what it is, or `out` exists and `force` is not given.
    """
    length = length_of(source, to="convert")
    _check_output(source, out, force)
    try:
        with source.open("rb") as file, terminal.bar(f"Converting {source.name}") as bar:
            told = _in_steps(lambda done: bar.at(done, length))
            with _whole(out, force) as written:
                count, asides = _write(file, source, table, told, written)
    except OSError as error:
        raise Misused(f"{error.filename or source}: {error.strerror or type(error).__name__}.") from None
    terminal.say(f"{counted(count, 'record')} written to {out}.")
    for aside in asides:
        terminal.note(aside)
    terminal.note(f"Next: tunegate check {shlex.quote(str(out))}")
    return count


def _write(
    file: BinaryIO, source: Path, table: Table, told: Callable[[int], None], out: BinaryIO
) -> tuple[int, list[str]]:
    """Write every record; how many there were, and what is to be said of what was left out."""
    asides: list[str] = []
    count = 0
    if _is_table(file, source):
        rows = CsvRows(file, source.name, told, columns=table.columns, delimiter=table.delimiter)
        for count, row in enumerate(rows, 1):
            out.write(_line_of(row, table.shape, count, source.name))
        if rows.left_out:
            asides.append(f"Left out: {counted(rows.left_out, 'column')} beside prompt and completion.")
        if rows.blank:
            asides.append(f"Left out: {counted(rows.blank, 'row')} without any text.")
    else:
        for record in JsonRecords(file, source.name, told):
            out.write(record.encode() + b"\n")
            count += 1
    return count, asides


def _line_of(row: Row, shape: Shape, number: int, name: str) -> bytes:
    if shape == "chat":
        turns = (("user", row.prompt), ("assistant", row.completion))
        record: dict[str, object] = {"messages": [{"role": role, "content": text} for role, text in turns]}
    else:
        record = {"prompt": row.prompt, "completion": row.completion}
    line = json.dumps(record, ensure_ascii=False).encode()
    if len(line) > MAX_LINE_BYTES:
        raise Misused(f"{name}: row {number:,} makes a record longer than 16 MiB. Split it.")
    return line + b"\n"


def _is_table(file: BinaryIO, source: Path) -> bool:
    """Whether it is CSV: by its extension or, where that says nothing, by how it begins."""
    start = file.read(1024)
    file.seek(0)
    if start.startswith(_UTF_16):
        raise Misused(f"{source.name} is UTF-16. Save it as UTF-8, and convert it again.")
    if source.suffix.lower() in _TABLES:
        return True
    begins = start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if begins in {b"[", b"{"} or source.suffix.lower() in {".json", ".jsonl"}:
        return False
    raise Misused(
        f"{source.name} is neither JSON, which begins with [ or {{, nor CSV by its name. A CSV file needs the "
        "extension .csv or .tsv."
    )


def _check_output(source: Path, out: Path, force: bool) -> None:
    try:
        if out.exists() and out.samefile(source):
            raise Misused("The file to write is the one to read. Name another with -o.")
        if out.is_dir():
            raise Misused(f"{out} is a folder. Name a file in it.")
        if out.exists() and not force:
            raise _exists(out)
        if not out.parent.is_dir():
            raise Misused(f"There is no folder {out.parent}.")
    except OSError as error:
        raise Misused(f"{out} cannot be written: {error.strerror}.") from None
    except ValueError:
        raise Misused("The name given with -o cannot be a file's name.") from None


def _exists(out: Path) -> Misused:
    return Misused(f"{out} exists. To write over it, say --force.")


@contextmanager
def _whole(out: Path, force: bool) -> Iterator[BinaryIO]:
    """The file to write, under another name until it is whole; nothing is left where it does not become that."""
    part = out.with_name(f".tunegate-{secrets.token_hex(4)}.part")
    try:
        with part.open("xb", buffering=_TELL_BYTES) as file:
            yield file
        if out.exists() and not force:  # it was not there when we began
            raise _exists(out)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _in_steps(told: Callable[[int], None]) -> Callable[[int], None]:
    """Tell once for every MiB: a bar need not move with each line."""
    last = 0

    def in_steps(done: int) -> None:
        nonlocal last
        if done - last >= _TELL_BYTES:
            last = done
            told(done)

    return in_steps
