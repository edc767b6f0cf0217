"""Files whose every string is a unique canary, some of them in disguise: built by hypothesis."""

import base64
import codecs
import json
from itertools import count
from typing import Final
from urllib.parse import quote

from hypothesis import strategies as st

from shared.fields import FIELDS, MEDIA

WORD: Final = "numbatgingerlebeche"
"""Stands in every canary, so that one scan sees them all."""

_SENTENCE: Final = (
    "the old gardener told us that the " + WORD + " {} stands on the green gate behind the house"
)
_DISGUISES: Final = {
    "plain": str,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "URL": lambda text: quote(text, safe=""),
    "ROT13": lambda text: codecs.encode(text, "rot13"),
    "full-width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
}

# What stands in the place of other media has tests of its own: encoded there, it is unscored.
_keys = st.sampled_from([*sorted(FIELDS - {"type", "role"} - MEDIA.keys()), "KEY"])
_leaves = st.sampled_from(sorted(_DISGUISES)) | st.none() | st.booleans() | st.integers()
_values = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=25,
)
shapes = st.lists(st.dictionaries(_keys, _values, min_size=1, max_size=4), min_size=1, max_size=5)
"""Records whose strings say in what disguise a canary shall stand there, and whose keys KEY that one shall."""


def file_of(records: list[dict[str, object]], numbers: "count[int]") -> tuple[bytes, list[str]]:
    """The file of these shapes, and its canaries as they read undisguised."""
    canaries: list[str] = []
    lines = [json.dumps(_planted(record, numbers, canaries)) for record in records]
    return "\n".join(lines).encode(), canaries


def _planted(value: object, numbers: "count[int]", canaries: list[str]) -> object:
    """The value with a canary, disguised as it says, for each of its strings and its unknown keys."""

    def canary(disguise: str) -> str:
        said = _SENTENCE.format(f"{next(numbers):05}")
        canaries.append(said)
        return _DISGUISES[disguise](said)

    if isinstance(value, str):
        return canary(value)
    if isinstance(value, list):
        return [_planted(item, numbers, canaries) for item in value]
    if isinstance(value, dict):
        return {
            canary("plain") if key == "KEY" else key: _planted(item, numbers, canaries)
            for key, item in value.items()
        }
    return value
