"""Windows over a text that is longer than the classifier takes."""

from collections.abc import Iterator
from typing import Final

MAX_CODE_POINTS: Final = 10_000
"""Content Safety's limit on a text, in Unicode code points."""
OVERLAP: Final = 1_000
"""Shared by two neighbours, so that what one cut parts the other holds whole."""


def windows_of(text: str) -> Iterator[str]:
    """Yield the text in windows of at most 10,000 code points that overlap by 1,000, blank ones left out."""
    start = 0
    while True:
        window = text[start : start + MAX_CODE_POINTS]
        if window.strip():  # Content Safety refuses a text without any
            yield window
        if start + MAX_CODE_POINTS >= len(text):
            return
        start += MAX_CODE_POINTS - OVERLAP
