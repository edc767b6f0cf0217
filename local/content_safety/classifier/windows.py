"""The stretches of a text that are scored by themselves: what the encoder can read at once, overlapping."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tokenizers import BertWordPieceTokenizer

from local.content_safety.classifier import scripts

VOCABULARY = Path(__file__).with_name("vocabulary.txt")
"""The word pieces of the encoder's base model, all-MiniLM-L6-v2 (Apache-2.0)."""
PIECES = 126
"""Of a window; with the two marks around it the encoder reads 128, as it did in training."""
STRIDE = 84
"""Windows overlap by a third, so that a sentence of up to 42 pieces stands whole in one of them."""
_BLANK_LINE = re.compile(r"\n\s*\n")
START, END = 101, 102
"""The ids of [CLS] and [SEP] in the vocabulary."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Window:
    """One stretch of a normalised text, as characters and as the ids of its word pieces. No repr: it holds text."""

    text: str
    ids: list[int]
    read: bool
    """Whether the encoder reads its script; else the n-gram model judges it alone."""


def readings(normalised: str) -> Iterator[list[Window]]:
    """Yield the windows of each way in which a normalised text is read, those without a letter left out.

    One is the text as it stands. Where it holds letters of another script, another is the text without them: no
    padding with them keeps the encoder from harm in English. Where it has several paragraphs, another is each of
    them by itself: no company dilutes one. A text with a letter has one window at least.
    """
    yield from _wholes(normalised)
    paragraphs = [one for one in dict.fromkeys(_BLANK_LINE.split(normalised)) if _has_letter(one)]
    if len(paragraphs) > 1:
        yield [window for one in paragraphs for found in _wholes(one) for window in found]


def _wholes(normalised: str) -> Iterator[list[Window]]:
    yield [one for one in cut(normalised, read=scripts.are_read(normalised)) if _has_letter(one.text)]
    alone = scripts.latin_alone(normalised)
    if alone:
        yield [one for one in cut(alone, read=True) if _has_letter(one.text)]


def cut(normalised: str, *, read: bool = True) -> Iterator[Window]:
    """Yield overlapping windows in order: one at least, and together the whole text."""
    encoding = tokenizer().encode(normalised, add_special_tokens=False)
    ids, offsets = encoding.ids, encoding.offsets
    start = 0
    while True:
        end = start + PIECES
        last = end >= len(ids)
        yield Window(
            text=normalised[offsets[start][0] if start else 0 : None if last else offsets[end - 1][1]],
            ids=[START, *ids[start:end], END],
            read=read,
        )
        if last:
            return
        start += STRIDE


def _has_letter(text: str) -> bool:
    return any(character.isalpha() for character in text)


@cache
def tokenizer() -> BertWordPieceTokenizer:
    """The encoder's tokenizer, read once per process."""
    return BertWordPieceTokenizer(str(VOCABULARY), lowercase=True)
