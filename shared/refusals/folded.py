"""A text as the patterns read it: small letters without accents, one kind of apostrophe and of space.

Every character stays one character, so that a place found in the folded text is the same place in the text.
"""

import unicodedata
from functools import lru_cache
from typing import Final

_SIGNS: Final = {"\u2018": "'", "\u2019": "'", "\u02bc": "'", "`": "'", "\u2010": "-", "\u2011": "-"}


def folded(text: str) -> str:
    """The text, folded; as long as before."""
    return text.translate(_ASCII) if text.isascii() else "".join(map(_folded, text))


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    if character in _SIGNS:
        return _SIGNS[character]
    if character != "\n" and character.isspace():
        return " "
    bare = unicodedata.normalize("NFKD", character)[:1].lower()
    return bare if len(bare) == 1 else character


_ASCII: Final = {code: _folded(chr(code)) for code in range(128)}
