"""Which scripts the encoder reads: its word pieces are Latin, of other scripts it knows single letters only."""

import re

LATIN_SHARE = 0.7
"""Below this share of Latin letters a text counts as written in another script."""
FEWEST_WORDS = 3
"""With fewer Latin words a text in another script holds names and units, not a sentence."""

_LATIN = "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
_LETTER = re.compile(r"[^\W\d_]")
_LATIN_LETTER = re.compile(f"[{_LATIN}]")
_LATIN_WORD = re.compile(f"[{_LATIN}]+")
_FOREIGN_LETTER = re.compile(rf"[^\W\d_{_LATIN}]")


def are_read(normalised: str) -> bool:
    """Whether nearly all letters of a text are Latin, so that the encoder's score means something."""
    letters = len(_LETTER.findall(normalised))
    return len(_LATIN_LETTER.findall(normalised)) >= LATIN_SHARE * letters


def latin_alone(normalised: str) -> str:
    """The text without the letters of other scripts; empty where it has none, or fewer than three Latin words."""
    alone, foreign = _FOREIGN_LETTER.subn("", normalised)
    return alone if foreign and len(_LATIN_WORD.findall(alone)) >= FEWEST_WORDS else ""
