"""What a text says besides itself: its disguises undone, as far as that gives language that does not stand there.

A round reads the characters as they look, the escapes and the encodings, closes spaced letters and reads leetspeak, all
in place, so that most disguised texts give one text more and an ordinary one none. What is turned (backwards, shifted)
is turned after that. Another round follows on all that was found. No I/O; linear in the text; never raises.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from shared.disguises import appearance, encodings, escapes, leetspeak, opaque, spacing, turned
from shared.disguises.encodings import Opened
from shared.disguises.letters import fluency, latin
from shared.disguises.words import is_common

MOST_LAYERS: Final = 4
"""Encodings within encodings that are opened."""
MOST_ROUNDS: Final = 3
"""How often what was found is itself looked into."""
MOST_READINGS: Final = 16
"""Texts found in one text, at most."""
_LEAST_NEW_BITS: Final = 2.0
"""How much language must be new in a text for it to be worth a request."""
_MOST_BITS: Final = 8.0
"""What one new word can say of that at most."""
_BITS_COMMON: Final = 5.0
_BITS_UNKNOWN: Final = 2.0
"""What a new word says in a script whose letters are not known."""
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Unmasked:
    """A text that stood in another under a disguise. No repr: it holds text."""

    technique: str
    text: str
    is_all: bool = True
    """False where more lies beneath, deeper than is looked: what was not read is unscored."""


def unmasked(text: str) -> Iterator[Unmasked]:
    """Yield what the text says besides itself, each reading once, in a fixed order.

    No more than MOST_READINGS, and nothing deeper than MOST_ROUNDS: what is left then is not dropped but told, the last
    reading's `is_all` is False. Readings may be longer than the text (a character can stand for eighteen).
    """
    seen = {text}
    waiting = deque([(text, 0)])
    last: Unmasked | None = None
    while waiting:
        current, round_ = waiting.popleft()
        for found in _readings(current):
            if found.text in seen:
                continue
            if round_ == MOST_ROUNDS or len(seen) > MOST_READINGS:
                if last is not None:
                    yield replace(last, is_all=False)
                return
            seen.add(found.text)
            if last is not None:
                yield last
            last = found
            waiting.append((found.text, round_ + 1))
    if last is not None:
        yield last


def is_opaque(text: str) -> bool:
    """Whether a long stretch of high entropy stands in the text and decodes to nothing."""
    return opaque.is_dark(text) and opaque.is_dark(_peeled(appearance.plain(text)).text)


def _readings(text: str) -> Iterator[Unmasked]:
    """Yield what one round finds: what is hidden, all that is undone in place, and the turned readings of that."""
    hidden = appearance.hidden(text)
    if hidden.strip():
        yield Unmasked(technique="hidden", text=hidden)
    looks = appearance.plain(text)
    peeled = _peeled(looks)
    closed = spacing.closed(peeled.text)
    cleaned = leetspeak.read(closed)
    if not _says_more(cleaned, than=peeled.text):
        closed = cleaned = peeled.text
    if peeled.alone or _says_more(cleaned, than=text) or _shows_more(looks, than=text):
        steps = {
            "look-alike": looks != text,
            "encoded" if peeled.alone else "escaped": peeled.text != looks,
            "spaced": closed != peeled.text,
            "leetspeak": cleaned != closed,
        }
        technique = "+".join(step for step, was_taken in steps.items() if was_taken)
        yield Unmasked(technique=technique, text=cleaned)
    if peeled.alone and _WORD.findall(peeled.alone) != _WORD.findall(cleaned):
        yield Unmasked(technique="encoded", text=peeled.alone)
    for reading in turned.backwards(cleaned):
        yield Unmasked(technique="backwards", text=reading)
    for reading in turned.unshifted(cleaned):
        yield Unmasked(technique="shifted", text=reading)


def _peeled(text: str) -> Opened:
    """The text with its escapes read and its encodings opened, layer by layer, and what the last says alone."""
    alone = ""
    for _ in range(MOST_LAYERS):
        read = text
        for _ in range(MOST_LAYERS):
            read = escapes.read(read)
        layer = encodings.opened(read)
        if not layer.alone:
            return Opened(text=read if _says_more(read, than=text) else text, alone=alone)
        text, alone = layer.text, layer.alone
    return Opened(text=text, alone=alone)


def _says_more(text: str, *, than: str) -> bool:
    """Whether words of some language stand in the text that did not stand in the other."""
    return text != than and sum(map(_bits, _new(text, than=than))) >= _LEAST_NEW_BITS


def _shows_more(text: str, *, than: str) -> bool:
    """Whether a word in Latin letters stands in the text that only looked like one in the other."""
    return text != than and any(len(latin(word)) > 2 for word in _new(text, than=than))


def _new(text: str, *, than: str) -> Iterator[str]:
    """Yield the words that stand in the text more often than in the other: harmless company must not hide them."""
    return (Counter(_WORD.findall(text.lower())) - Counter(_WORD.findall(than.lower()))).elements()


def _bits(word: str) -> float:
    if not word.isalpha():
        return 0.0
    if letters := latin(word):
        return _BITS_COMMON if is_common(letters) else max(0.0, min(_MOST_BITS, fluency(word)))
    return _BITS_UNKNOWN
