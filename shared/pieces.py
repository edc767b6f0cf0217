"""The pieces of a text that are scored: its own windows, and those of all that it says in disguise."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.disguises import unmasked
from shared.windows import windows_of


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Pieces:
    """What is sent of one text, each piece once. No repr: it holds text."""

    windows: tuple[str, ...]
    is_all: bool
    """False where something lies hidden deeper than is looked: the text is then unscored, whatever else is found."""


def pieces_of(text: str) -> Pieces:
    """The pieces of a text; a disguise that spans two windows is undone before the text is cut."""
    found = list(unmasked(text))
    windows = dict.fromkeys(_windows([text, *(one.text for one in found)]))
    return Pieces(windows=tuple(windows), is_all=all(one.is_all for one in found))


def windows_alone(text: str) -> Pieces:
    """The text's own windows, and nothing that it says in disguise."""
    return Pieces(windows=tuple(dict.fromkeys(windows_of(text))), is_all=True)


def _windows(texts: list[str]) -> Iterator[str]:
    for text in texts:
        yield from windows_of(text)
