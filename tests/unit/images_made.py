"""Beginnings of images of a given size, by the layouts of their formats; and data URIs."""

import base64
import struct


def png(width: int = 64, height: int = 64) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0\xff\xfe"


def jpeg(width: int = 64, height: int = 64) -> bytes:
    app0 = b"\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    huffman = b"\xff\xc4\0\x05\0\0\0"  # its marker lies among those of frames and is none
    frame = b"\xff\xff\xc2\0\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\0"
    return b"\xff\xd8" + app0 + huffman + frame


def gif(width: int = 64, height: int = 64) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\xf7\0\0"


def bmp(width: int = 64, height: int = 64) -> bytes:
    return b"BM" + struct.pack("<IHHIIii", 70, 0, 0, 54, 40, width, -height) + b"\xff\xfe"


def old_bmp(width: int = 64, height: int = 64) -> bytes:
    return b"BM" + struct.pack("<IHHIIHH", 70, 0, 0, 26, 12, width, height) + b"\x01\0\x18\0\xff\xfe"


def tiff(width: int = 64, height: int = 64) -> bytes:
    entries = struct.pack("<HHIHH", 256, 3, 1, width, 0) + struct.pack("<HHII", 257, 4, 1, height)
    return b"II*\0" + struct.pack("<IH", 8, 2) + entries + b"\xff\xfe"


def big_endian_tiff(width: int = 64, height: int = 64) -> bytes:
    entries = struct.pack(">HHIHH", 256, 3, 1, width, 0) + struct.pack(">HHII", 257, 4, 1, height)
    return b"MM\0*" + struct.pack(">IH", 8, 2) + entries + b"\xff\xfe"


def webp(width: int = 64, height: int = 64) -> bytes:
    start = b"\x30\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height)
    return b"RIFF\x40\0\0\0WEBPVP8 \x20\0\0\0" + start + b"\xff\xfe"


def lossless_webp(width: int = 64, height: int = 64) -> bytes:
    bits = (width - 1) | (height - 1) << 14
    return b"RIFF\x40\0\0\0WEBPVP8L\x20\0\0\0\x2f" + struct.pack("<I", bits) + b"\xff\xfe"


def extended_webp(width: int = 64, height: int = 64) -> bytes:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + sides + b"\xff\xfe"


MADE = (png, jpeg, gif, bmp, old_bmp, tiff, big_endian_tiff, webp, lossless_webp, extended_webp)


def uri(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
