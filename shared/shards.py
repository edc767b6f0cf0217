"""How a file is cut into shards, and which of its lines a shard owns."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from msgspec import Struct

MIN_SHARD_BYTES: Final = 512 * 1024
MAX_SHARDS: Final = 10_000
MAX_FILE_BYTES: Final = 8 * 1024**3
MAX_LINE_BYTES: Final = 16 * 1024**2
"""A longer line is named, not kept, and not read beyond its shard: it bounds what a worker holds in memory."""


class ByteRange(Struct, frozen=True, kw_only=True):
    """A shard's byte range `[start, end)`."""

    start: int
    end: int


def shard_count(length: int) -> int:
    """How many shards tile a file of so many bytes; an empty file has one."""
    return max(1, -(-length // _size(length)))


def byte_range(length: int, shard: int) -> ByteRange:
    """The byte range of a shard, counted from 0, of a file of so many bytes."""
    start = shard * _size(length)
    return ByteRange(start=start, end=min(start + _size(length), length))


def plan_shards(length: int) -> list[ByteRange]:
    """The byte ranges that tile a file: max(512 KiB, length / 10,000) each; an empty file has one empty range."""
    return [byte_range(length, shard) for shard in range(shard_count(length))]


def _size(length: int) -> int:
    return max(MIN_SHARD_BYTES, -(-length // MAX_SHARDS))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Line:
    """A line of the file with its newline; `content` is None where it is over-long. No repr: it holds text."""

    number: int
    """Counted from 0 at the shard's first owned line."""
    offset: int
    content: bytes | None


class ShardLines:
    """Yield the lines whose first byte lies in the range, from chunks read one byte before its start.

    A newline is 0x0A alone. What is owned is measured from the bytes that came: a stream that stops early
    leaves `end_byte` short of the file, and the tiling is then not proven.
    """

    def __init__(self, byte_range: ByteRange, *, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._range = byte_range
        self._max = max_line_bytes
        self._position = self.read_from
        self._parts: list[bytes] = []
        self._kept = 0
        self._line_start: int | None = 0 if byte_range.start == 0 else None
        self.done = byte_range.start >= byte_range.end
        self.count = 0
        self.first_byte = byte_range.start
        self.end_byte = byte_range.start

    @property
    def read_from(self) -> int:
        """Where reading starts: one byte early, to see whether a line begins at the range's first byte."""
        return max(self._range.start - 1, 0)

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """Yield the lines that end in this chunk."""
        at = 0
        while not self.done and at < len(chunk):
            if self._line_start is None:
                at = self._skip_to_a_line(chunk)
                continue
            newline = chunk.find(b"\n", at)
            stop = len(chunk) if newline < 0 else newline + 1
            self._keep(chunk[at:stop])
            at = stop
            if newline >= 0 or self._is_lost(self._position + stop):
                yield self._end_line(self._position + stop)
        self._position += len(chunk)

    def finish(self) -> Iterator[Line]:
        """Yield the last line of a file that ends without a newline."""
        if not self.done and self._line_start is not None and self._position > self._line_start:
            yield self._end_line(self._position)
        self.done = True

    def _skip_to_a_line(self, chunk: bytes) -> int:
        # The byte before a line must lie before the range's last byte, or the line belongs to the next shard.
        newline = chunk.find(b"\n", 0, max(0, self._range.end - 1 - self._position))
        if newline >= 0:
            self._line_start = self.first_byte = self.end_byte = self._position + newline + 1
            return newline + 1
        self.done = self._position + len(chunk) >= self._range.end - 1
        return len(chunk)

    def _keep(self, part: bytes) -> None:
        self._kept += len(part)
        if self._kept <= self._max:
            self._parts.append(part)
        else:
            self._parts.clear()

    def _is_lost(self, reached: int) -> bool:
        """Whether nothing but the rest of an over-long line is to come: it is not read to its end."""
        return self._kept > self._max and reached >= self._range.end

    def _end_line(self, end: int) -> Line:
        start = self._line_start
        assert start is not None  # noqa: S101 -- narrowed by both callers
        content = b"".join(self._parts) if self._kept <= self._max else None
        line = Line(number=self.count, offset=start, content=content)
        self._parts, self._kept = [], 0
        self.count += 1
        self.end_byte = self._line_start = end
        self.done = end >= self._range.end
        return line
