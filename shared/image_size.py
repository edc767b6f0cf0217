"""Whether an image is one that Content Safety takes, by its first bytes: format and size. Nothing is decoded."""

import struct
from dataclasses import dataclass
from typing import Final

from shared.errors import Unscorable

MAX_IMAGE_BYTES: Final = 4 * 1024**2
LEAST_PIXELS: Final = 50
MOST_PIXELS: Final = 7_200
"""Content Safety's limits, the latter two for each side."""

_NO_SIZE: Final = frozenset({0xC4, 0xC8, 0xCC})
"""JPEG markers among those that start a frame (C0 to CF) that do not."""
_TIFF_WIDTH: Final = 256
_TIFF_HEIGHT: Final = 257


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """An image's width and height in pixels."""

    width: int
    height: int


def require_image(content: bytes) -> None:
    """Raise Unscorable with the reason where Content Safety would not take the image."""
    if not _is_image(content):
        raise Unscorable("image_format")
    if len(content) > MAX_IMAGE_BYTES:
        raise Unscorable("image_too_large")
    size = _size(content)
    if max(size.width, size.height) > MOST_PIXELS:
        raise Unscorable("image_too_large")
    if min(size.width, size.height) < LEAST_PIXELS:
        raise Unscorable("image_too_small")


def _is_image(content: bytes) -> bool:
    """Whether it begins as a JPEG, PNG, GIF, BMP, TIFF or WEBP does."""
    return content.startswith(
        (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*")
    ) or (content.startswith(b"RIFF") and content[8:12] == b"WEBP")


def _size(content: bytes) -> Size:
    try:
        if content.startswith(b"\xff\xd8"):
            return _jpeg(content)
        if content.startswith(b"\x89PNG"):
            return _read(content, ">II", 16)
        if content.startswith(b"GIF"):
            return _read(content, "<HH", 6)
        if content.startswith(b"BM"):
            # The oldest of BMP's headers is 12 bytes long and holds short numbers.
            is_old = struct.unpack_from("<I", content, 14) == (12,)
            return _read(content, "<HH" if is_old else "<ii", 18)
        if content.startswith(b"RIFF"):
            return _webp(content)
        return _tiff(content)
    except struct.error:  # it ends before its size is told
        raise Unscorable("image_unreadable") from None


def _read(content: bytes, layout: str, at: int) -> Size:
    width, height = struct.unpack_from(layout, content, at)
    return Size(
        width=width, height=abs(height)
    )  # a BMP that is stored from top to bottom has a negative height


def _jpeg(content: bytes) -> Size:
    at = 2
    while True:
        [marker] = struct.unpack_from(">H", content, at)
        if marker == 0xFFFF:  # filled up
            at += 1
        elif 0xFFC0 <= marker <= 0xFFCF and marker & 0xFF not in _NO_SIZE:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return Size(width=width, height=height)
        elif marker > 0xFF00:
            [length] = struct.unpack_from(">H", content, at + 2)
            at += 2 + length
        else:
            raise Unscorable("image_unreadable")


def _webp(content: bytes) -> Size:
    kind = content[12:16]
    if kind == b"VP8X":
        low_and_high = struct.unpack_from("<HBHB", content, 24)
        return Size(
            width=(low_and_high[0] | low_and_high[1] << 16) + 1,
            height=(low_and_high[2] | low_and_high[3] << 16) + 1,
        )
    if kind == b"VP8L":
        [bits] = struct.unpack_from("<I", content, 21)
        return Size(width=(bits & 0x3FFF) + 1, height=(bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, 26)
        return Size(width=width & 0x3FFF, height=height & 0x3FFF)
    raise Unscorable("image_unreadable")


def _tiff(content: bytes) -> Size:
    order = "<" if content.startswith(b"II") else ">"
    [directory] = struct.unpack_from(f"{order}I", content, 4)
    [count] = struct.unpack_from(f"{order}H", content, directory)
    found: dict[int, int] = {}
    for entry in range(directory + 2, directory + 2 + 12 * count, 12):
        tag, kind = struct.unpack_from(f"{order}HH", content, entry)
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT):
            [found[tag]] = struct.unpack_from(f"{order}{'H' if kind == 3 else 'I'}", content, entry + 8)
    if len(found) < 2:
        raise Unscorable("image_unreadable")
    return Size(width=found[_TIFF_WIDTH], height=found[_TIFF_HEIGHT])
