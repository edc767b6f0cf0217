"""The records of a JSON file: an array of objects, or objects one after the other, however they are laid out.

The standard decoder finds where each record ends and whether it is one; what is yielded is the record's own text,
so that digits, escapes and the order of fields stay as they are.
"""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from client.errors import Misused
from shared.shards import MAX_LINE_BYTES

CHUNK_BYTES: Final = 1024 * 1024

LISTS: Final = ("data", "records", "rows", "examples")
"""Names under which an object may hold the array, alone."""

Told = Callable[[int], None]
"""Called with the bytes read so far."""

_CUT: Final = 16
"""No token but a string is longer: an error farther from the end of what was read is no cut, it is an error."""
_SPACE = re.compile(r"[ \t\r\n]*")
_LIST = re.compile(rf'\{{[ \t\r\n]*"(?:{"|".join(LISTS)})"[ \t\r\n]*:[ \t\r\n]*\[')
_LAYOUT = re.compile(r'("[^"\\]*+(?:\\.[^"\\]*+)*+")|[ \t\r\n]++', re.DOTALL)
"""A string, to be kept, or space between tokens."""


class _Refused(Exception):
    """Valid to the decoder, and still not to be passed on; the text says why."""


class JsonRecords:
    """Yield the text of each record, on one line; raises Misused, naming a place and never a text."""

    def __init__(self, file: BinaryIO, name: str, told: Told) -> None:
        self._file = file
        self._name = name
        self._told = told
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._read = 0
        self._ended = False
        self._text = ""
        self._at = 0
        self._bytes_before = 0
        """Of what is no longer held; so are the lines."""
        self._lines_before = 0
        self._count = 0

    def __iter__(self) -> Iterator[str]:
        self._fill()
        if self._text.startswith("\ufeff"):
            self._at = 1
        match self._next():
            case "[":
                self._at += 1
                yield from self._array()
            case "{" if found := _LIST.match(self._text, self._at):
                self._at = found.end()
                yield from self._array()
                self._take("}", "Beside its list of records it holds other fields. Save the list alone")
            case "{":
                while self._next() == "{":
                    yield self._record()
            case _:
                raise self._wrong("It is neither a JSON array nor a JSON object", self._at)
        if self._next():
            raise self._wrong("Something follows the last record", self._at)
        if not self._count:
            raise Misused(f"{self._name} holds no records.")

    def _array(self) -> Iterator[str]:
        if self._next() == "]":
            self._at += 1
            return
        while True:
            if self._next() != "{":
                raise self._wrong(f"Record {self._count + 1:,} is not a JSON object", self._at)
            yield self._record()
            if self._next() == "]":
                self._at += 1
                return
            self._take(",", f'After record {self._count:,} neither "," nor "]" follows')

    def _record(self) -> str:
        """The record that begins here, with what is read on until it is whole."""
        self._count += 1
        end = self._end_of_record()
        text = self._text[self._at : end]
        start, self._at = self._at, end
        if "\n" in text or "\r" in text:
            text = _LAYOUT.sub(r"\1", text)
        if len(text.encode()) > MAX_LINE_BYTES:
            raise self._wrong(f"Record {self._count:,} is longer than 16 MiB. Split it", start)
        return text

    def _end_of_record(self) -> int:
        which = f"Record {self._count:,}"
        while True:
            try:
                return _DECODER.raw_decode(self._text, self._at)[1]
            except _Refused as refused:
                raise self._wrong(f"{which} {refused}", self._at) from None
            except RecursionError:
                raise self._wrong(f"{which} is nested too deeply", self._at) from None
            except json.JSONDecodeError as error:
                in_string = error.msg.startswith("Unterminated string")
                position = error.pos
            if self._ended or (not in_string and position < len(self._text) - _CUT):
                what = "ends within a string, or the file is cut" if in_string else "is not valid JSON"
                raise self._wrong(f"{which} {what}", position) from None
            if len(self._text) - self._at > MAX_LINE_BYTES:
                raise self._wrong(f"{which} is longer than 16 MiB, or a string in it has no end", position)
            self._fill()

    def _next(self) -> str:
        """The next character that is no space, without taking it; empty at the end."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text) or self._ended:
                return self._text[self._at : self._at + 1]
            self._fill()

    def _take(self, wanted: str, otherwise: str) -> None:
        if self._next() != wanted:
            raise self._wrong(otherwise, self._at)
        self._at += 1

    def _fill(self) -> None:
        """Let go of what is behind, and read as much again as is held: a long record is decoded few times."""
        behind = self._text[: self._at]
        self._bytes_before += len(behind.encode())
        self._lines_before += behind.count("\n")
        self._text, self._at = self._text[self._at :], 0
        chunk = self._file.read(max(CHUNK_BYTES, len(self._text)))
        self._ended = not chunk
        try:
            self._text += self._decode(chunk, self._ended)
        except UnicodeDecodeError as error:
            # It stands in the chunk, or in what was left of a character before it.
            offset = self._read + len(chunk) - len(error.object) + error.start
            raise Misused(
                f"{self._name} is not valid UTF-8 at byte {offset:,}. Save it as UTF-8, and convert it again."
            ) from None
        self._read += len(chunk)
        self._told(self._read)

    def _wrong(self, what: str, position: int) -> Misused:
        before = self._text[:position]
        line = self._lines_before + before.count("\n") + 1
        offset = self._bytes_before + len(before.encode())
        return Misused(f"{self._name}, line {line:,} (byte {offset:,}): {what}. Nothing was written.")


def _distinct(pairs: list[tuple[str, object]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        # Parsers differ in which of two equal names they keep: none may choose for whoever evaluates or trains.
        raise _Refused("names a field twice in one object. Remove one")


def _no_constant(_: str) -> None:
    raise _Refused("holds NaN or Infinity, which are no JSON")


def _unread(_: str) -> None:
    """A number is checked and kept as it is written: nothing is made of its digits."""


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_distinct, parse_int=_unread, parse_float=_unread, parse_constant=_no_constant
)
