"""A text whose letters were set apart ("k i l l", "k.i.l.l", one a line), with its words closed again."""

import re
from collections import Counter
from typing import Final

from shared.disguises.words import parted

_SPACED: Final = re.compile(
    r"(?<![^\W_])[^\W_](?:(?![@$!€£¥]+[^\W_])(?:[^\w]|_){1,7}+[^\W_](?![^\W_])){3,}+(?:(?:[^\w]|_){1,8}(?=\s|\Z))?"
)
"""Single letters with something else between them, four or more; a sign by itself may stand for a letter. The
punctuation behind is set apart like them."""
_SAME: Final = 0.7
"""Of the gaps at least this part is one of two, within words and between them, or is a single character; else the
letters only happen to stand alone."""
_MANY: Final = 8
"""From so many gaps on, single characters of any kind stand between letters on purpose."""
_LONG: Final = re.compile(r"[A-Za-z]{17,}")
_UNPARTED: Final = re.compile(r"\A[A-Za-z]{8,}\Z")
"""Several words, written with no more space between them than between letters."""
_BETWEEN: Final = re.compile(r"(?:[^\w]|_)+")


def closed(text: str) -> str:
    """The text with its letter-spaced stretches as words; where no word ends visibly, the list of words says where."""
    return _SPACED.sub(lambda stretch: _closed(stretch.group()), text)


def _closed(stretch: str) -> str:
    gaps = _BETWEEN.findall(stretch)
    common = Counter(gaps).most_common(2)
    if sum(often for _, often in common) >= _SAME * len(gaps):
        between = common[0][0]
        written = _BETWEEN.sub(lambda gap: _written(gap.group(), between), stretch)
    elif len(gaps) >= _MANY and sum(len(gap) == 1 for gap in gaps) >= _SAME * len(gaps):
        written = _BETWEEN.sub(lambda gap: " " if gap.group().isspace() else "", stretch)
    else:
        return stretch
    several = _UNPARTED if _UNPARTED.match(written) else _LONG
    return several.sub(lambda letters: parted(letters.group()), written)


def _written(gap: str, between: str) -> str:
    """What stood in the text between two letters: `between` comes after each character of it, and once before."""
    own: list[str] = []
    at = 0
    while at < len(gap):
        if gap.startswith(between, at):
            at += len(between)
        own.append(gap[at : at + 1])
        at += 1
    return "".join(own)
