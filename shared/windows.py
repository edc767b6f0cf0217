"""Windows over a text that is longer than the classifier takes, cut where a sentence or a word ends."""

import re
from collections.abc import Iterator
from typing import Final

MAX_CODE_POINTS: Final = 10_000
"""Content Safety's limit on a text, in Unicode code points."""
OVERLAP: Final = 1_000
"""Shared by two neighbours at least, so that what one cut parts the other holds whole."""
REACH: Final = 500
"""A cut is moved back by so much at most to come behind a sentence or, failing that, a word."""

_SENTENCE_END = re.compile(r"[.!?\u2026]\s+|[\u3002\uff01\uff1f]\s*|\n")
_SPACE = re.compile(r"\s")


def windows_of(text: str) -> Iterator[str]:
    """Yield the text in windows of at most 10,000 code points, blank ones left out.

    Any 1,000 code points of the text stand whole in one of them.
    """
    for start, end in spans_of(text):
        window = text[start:end]
        if window.strip():  # Content Safety refuses a text without any
            yield window


def spans_of(text: str) -> Iterator[tuple[int, int]]:
    """Yield the first and the end offset of each window; together they cover the text."""
    start = 0
    while len(text) - start > MAX_CODE_POINTS:
        end = _border(text, start + MAX_CODE_POINTS)
        yield start, end
        start = _border(text, end - OVERLAP)
    yield start, len(text)


def _border(text: str, at: int) -> int:
    """The last offset up to `at` behind a sentence, else behind a space, else `at` itself."""
    reach = text[at - REACH : at]
    for end in (_SENTENCE_END, _SPACE):
        found = [match.end() for match in end.finditer(reach)]
        if found:
            return at - REACH + found[-1]
    return at
