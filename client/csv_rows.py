"""The rows of a CSV file: a prompt and its completion in each, by the names in the first row."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from client.errors import Misused
from shared.shards import MAX_LINE_BYTES

DELIMITERS: Final = (",", ";", "\t", "|")
"""Tried in this order: the one under which the first row names the columns is the file's."""
COLUMNS: Final = (("prompt", "completion"), ("question", "answer"))
"""What the two columns are called, in any case; the first pair that is there."""

Told = Callable[[int], None]
"""Called with the bytes read so far."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Row:
    """A prompt and its completion. No repr: it holds text."""

    prompt: str
    completion: str


class CsvRows:
    """Yield each row; raises Misused, naming a place and never a text.

    `columns` are the names of the two columns, `delimiter` what parts them; without, both are found.
    """

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        told: Told,
        *,
        columns: tuple[str, str] | None = None,
        delimiter: str | None = None,
    ) -> None:
        self._file = file
        self._name = name
        self._told = told
        self._pairs = COLUMNS if columns is None else ((_folded(columns[0]), _folded(columns[1])),)
        self._delimiters = DELIMITERS if delimiter is None else (delimiter,)
        self._line = 0
        self._offset = 0
        self._row_line = 1
        """Where the row that is read began; so the offset."""
        self._row_offset = 0
        self.left_out = 0
        """Columns of the file that are no part of a record."""
        self.blank = 0
        """Rows without any text."""

    def __iter__(self) -> Iterator[Row]:
        limit = csv.field_size_limit(MAX_LINE_BYTES)
        try:
            yield from self._rows()
        finally:
            csv.field_size_limit(limit)

    def _rows(self) -> Iterator[Row]:
        delimiter, width, places = self._header()
        self.left_out = width - len(places)
        count = 0
        for number, cells in enumerate(self._parsed(delimiter), 1):
            if not any(cell.strip() for cell in cells):
                self.blank += bool(cells)  # an empty line is no row
                continue
            if len(cells) != width:
                raise self._wrong(
                    f"Row {number:,} has {len(cells):,} fields where the first row has {width:,}. Quote a field "
                    "that holds the delimiter"
                )
            prompt, completion = (cells[place] for place in places)
            for column, text in (("prompt", prompt), ("completion", completion)):
                if not text.strip():
                    raise self._wrong(f"Row {number:,} has no {column}. Fill it in, or remove the row")
            count += 1
            yield Row(prompt=prompt, completion=completion)
        if not count:
            raise Misused(f"{self._name} holds no rows below its first.")

    def _header(self) -> tuple[str, int, tuple[int, int]]:
        """The delimiter, the number of columns, and the places of the prompt and the completion."""
        header = next(self._lines(), "")
        for delimiter in self._delimiters:
            try:
                [names] = csv.reader([header], delimiter=delimiter, strict=True)
            except (csv.Error, ValueError):
                continue
            folded = [_folded(name) for name in names]
            for prompt, completion in self._pairs:
                if folded.count(prompt) == 1 and folded.count(completion) == 1 and prompt != completion:
                    return delimiter, len(folded), (folded.index(prompt), folded.index(completion))
        wanted = " or ".join(f"{prompt} and {completion}" for prompt, completion in self._pairs)
        raise Misused(
            f"{self._name}: its first row does not name the columns {wanted}, once each. If yours are called "
            "otherwise, say so: --prompt NAME --completion NAME (and --delimiter, should that be another)."
        )

    def _parsed(self, delimiter: str) -> Iterator[Sequence[str]]:
        rows = csv.reader(self._lines(), delimiter=delimiter, strict=True)
        while True:
            self._row_line, self._row_offset = self._line + 1, self._offset
            try:
                cells = next(rows, None)
            except csv.Error:
                raise self._wrong(
                    "The row that begins here is not valid CSV: a quotation mark in it is not doubled, or a "
                    "quoted field is not closed"
                ) from None
            if cells is None:
                return
            yield cells

    def _lines(self) -> Iterator[str]:
        """Yield the lines as they are read; a row may take several."""
        while line := self._file.readline(MAX_LINE_BYTES + 1):
            if self._offset + len(line) - self._row_offset > MAX_LINE_BYTES:
                raise self._wrong(
                    "The row that begins here is longer than 16 MiB, or a quoted field has no end"
                )
            try:
                text = line.decode("utf-8-sig" if self._offset == 0 else "utf-8")
            except UnicodeDecodeError as error:
                raise Misused(
                    f"{self._name} is not valid UTF-8 at byte {self._offset + error.start:,}. Save it as UTF-8 "
                    "(Excel: CSV UTF-8), and convert it again."
                ) from None
            self._line += 1
            self._offset += len(line)
            self._told(self._offset)
            yield text

    def _wrong(self, what: str) -> Misused:
        return Misused(
            f"{self._name}, line {self._row_line:,} (byte {self._row_offset:,}): {what}. Nothing was written."
        )


def _folded(name: str) -> str:
    return name.strip().casefold()
