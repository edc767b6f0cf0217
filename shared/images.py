"""What a string in the place of an image or of other media holds: the image, or why there is none, and what is text.

An image is put in as a data URI. A link is never fetched. Whatever else stands there, a sentence above all, is text:
no field hides harm by its name.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from shared.errors import Unscorable
from shared.image_size import require_image

_SHORTEST_PAYLOAD: Final = 64
"""Characters. What is shorter is a word or two, and no file in base64."""
_URI: Final = re.compile(r"data:([^,]*+),(.*+)", re.DOTALL | re.IGNORECASE)
_IMAGE_TYPE: Final = re.compile(r"image/[^,]*+(?<=;base64)", re.IGNORECASE)
_PLAIN_TYPE: Final = re.compile(
    r"(?:image/(?:jpe?g|png|gif|bmp|tiff|webp)|audio/(?:wav|mpeg|mp3|ogg)|application/(?:pdf|octet-stream));base64",
    re.IGNORECASE,
)
"""Types that say no more than what follows; another one may hold a sentence, and is text."""
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]*+={0,2}")
_REFERENCE: Final = re.compile(
    r"[a-z][a-z0-9+.-]*://[!-~]{1,2000}|(?:file|audio)[-_][a-z0-9]{4,64}", re.IGNORECASE
)
_TO_STANDARD: Final = str.maketrans({"-": "+", "_": "/", "\r": None, "\n": None})
_SAYS_SOMETHING: Final = re.compile(r"\w\w")
_SENTENCE: Final = re.compile(rb"(?:[A-Za-z]{1,20}+[ \t\r\n,.;:!?'\"-]{1,3}+){5,}+[A-Za-z]*+")
"""Five words in a row and more: compressed pixels do not spell them, a comment does."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Image:
    """An image of a record and where it stands. No repr: it holds content."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Media:
    """An image to evaluate, or the reason why there is none; and the texts found in it. No repr: it holds content."""

    content: bytes | None = None
    reason: str | None = None
    texts: tuple[str, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Whether this is an image or a link by its form, wherever it stands."""
        return self.content is not None or self.reason == "image_link"


def is_image_uri(value: str) -> bool:
    """Whether the string, wherever it stands, is a data URI of an image in base64 and nothing else."""
    uri = _URI.fullmatch(value.strip()) if value.lstrip()[:5].lower() == "data:" else None
    return uri is not None and bool(_IMAGE_TYPE.fullmatch(uri[1])) and _decoded(uri[2]) is not None


def image_in(value: str) -> Media:
    """What a string in the place of an image holds."""
    value = value.strip()
    if _REFERENCE.fullmatch(value):
        return Media(reason="image_link")
    kind, payload = _parts(value)
    if payload is None:
        return Media(reason="image_unreadable", texts=(value,))
    texts = (*kind, *_told(payload))
    try:
        require_image(payload)
    except Unscorable as error:
        return Media(reason=error.reason, texts=texts)
    return Media(content=payload, texts=texts)


def other_in(value: str) -> Media:
    """What a string in the place of a sound or a file holds: it is unscored, but for what is text."""
    value = value.strip()
    if _REFERENCE.fullmatch(value):
        return Media(reason="not_text")
    kind, payload = _parts(value)
    return Media(reason="not_text", texts=(value,) if payload is None else (*kind, *_told(payload)))


def _parts(value: str) -> tuple[tuple[str, ...], bytes | None]:
    """What the type of a data URI tells beyond a type, and the bytes of the URI, or of a string in base64 alone."""
    if uri := _URI.fullmatch(value):
        if not uri[1].lower().endswith(";base64"):
            return (), None
        return (() if _PLAIN_TYPE.fullmatch(uri[1]) else (uri[1],)), _decoded(uri[2])
    return (), _decoded(value) if len(value) >= _SHORTEST_PAYLOAD else None


def _decoded(base64: str) -> bytes | None:
    """The bytes, or None where it is no base64: spaces make it a text."""
    letters = base64.translate(_TO_STANDARD)
    if not letters or not _BASE64.fullmatch(letters):
        return None
    letters = letters.rstrip("=")
    if len(letters) % 4 == 1:
        return None
    return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))


def _told(content: bytes) -> Iterator[str]:
    """Yield what the bytes tell in words: all of them where they are a text, else the sentences among them."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        yield from (found[0].decode("ascii") for found in _SENTENCE.finditer(content))
        return
    if _SAYS_SOMETHING.search(text):
        yield text
