"""Sift a file: what is left of its bytes once the lines at given offsets are dropped."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

_BOM: Final = b"\xef\xbb\xbf"


class NotALine(Exception):
    """Where a line was said to begin none does, or another: the offsets are not of these bytes."""


class Sifter:
    """Yields the bytes to keep, from chunks of a file in order; a newline is 0x0A alone.

    Every other byte stays as it is, the byte-order mark before a dropped first line too.
    """

    def __init__(self, offsets: Iterable[int], numbers: Mapping[int, int | None] | None = None) -> None:
        """`offsets` of the lines to drop, ascending; `numbers`, counted from 1, that they are said to have."""
        self._offsets = iter(offsets)
        self._numbers = numbers or {}
        self._next = next(self._offsets, None)
        self._position = 0
        self._newlines = 0
        self._last = b"\n"
        self._dropping = False
        self.dropped = 0

    @property
    def lines(self) -> int:
        """How many lines have come, the last one too where it ends without a newline."""
        return self._newlines + (self._last != b"\n")

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what is to be kept of this chunk, the first of which holds three bytes or the file; raises NotALine."""
        at = 0
        while at < len(chunk):
            if self._next == self._position + at:
                yield from self._begin(chunk)
            if self._dropping:
                stop = chunk.find(b"\n", at) + 1 or len(chunk)
                self._dropping = chunk[stop - 1] != ord("\n")
            else:
                stop = len(chunk) if self._next is None else min(len(chunk), self._next - self._position)
                if stop <= at:
                    raise NotALine
                yield chunk[at:stop]
            self._newlines += chunk.count(b"\n", at, stop)
            self._last = chunk[stop - 1 : stop]
            at = stop
        self._position += len(chunk)

    def finish(self) -> None:
        """Raise NotALine where a line was to be dropped that did not come."""
        if self._next is not None:
            raise NotALine

    def _begin(self, chunk: bytes) -> Iterator[bytes]:
        number = None if self._next is None else self._numbers.get(self._next)
        if self._last != b"\n" or number not in (None, self._newlines + 1):
            raise NotALine
        if self._next == 0 and chunk.startswith(_BOM):
            yield _BOM
        self._dropping = True
        self.dropped += 1
        self._next = next(self._offsets, None)
