"""Read AMQP 1.0 values from bytes that nobody vouches for: anything wrong is a DecodeError, and nothing grows.

A position is an offset into the buffer; every reader returns what it read and the position after it.
"""

import struct
import uuid
from collections.abc import Callable
from typing import NamedTuple

from local.broker.errors import DecodeError
from local.broker.values import (
    Array,
    Byte,
    Char,
    Decimal,
    Described,
    Float,
    Int,
    Short,
    Symbol,
    Timestamp,
    UByte,
    UInt,
    ULong,
    UShort,
)

MAX_DEPTH = 32
MAX_ITEMS = 65_536  # a count is not paid for in bytes where the items are empty, so it needs a limit

_U32 = struct.Struct(">I")


class MapEntry(NamedTuple):
    """One entry of a map: its key decoded, and key and value together as they were on the wire."""

    key: object
    octets: bytes


def decode(buffer: bytes, start: int = 0) -> tuple[object, int]:
    """Return the value at `start` and the position after it."""
    try:
        return _value(buffer, start, 0)
    except (IndexError, struct.error):
        raise DecodeError("the bytes end inside a value") from None
    except (UnicodeDecodeError, OverflowError):
        # from None: the cause of a decode error holds the text
        raise DecodeError("a string is not in its encoding") from None


def end_of(buffer: bytes, start: int) -> int:
    """Return the position after the value at `start` without decoding it."""
    try:
        end = _end(buffer, start, 0)
    except (IndexError, struct.error):
        raise DecodeError("the bytes end inside a value") from None
    if end > len(buffer):
        raise DecodeError("a value is longer than the bytes that hold it")
    return end


def list_items(buffer: bytes, start: int = 0) -> list[bytes]:
    """Return the items of the list at `start`, each as it is on the wire."""
    count, at, end = _compound(buffer, start, {0x45, 0xC0, 0xD0})
    items = []
    for _ in range(count):
        after = end_of(buffer, at)
        items.append(buffer[at:after])
        at = after
    if at != end:
        raise DecodeError("a list does not end where it says")
    return items


def map_entries(buffer: bytes, start: int = 0) -> list[MapEntry]:
    """Return the entries of the map at `start` (none for null), values untouched."""
    count, at, end = _compound(buffer, start, {0x40, 0xC1, 0xD1})
    if count % 2:
        raise DecodeError("a map has a key without a value")
    entries = []
    for _ in range(count // 2):
        key, value_at = decode(buffer, at)
        if isinstance(key, list | dict | Array | Described):
            raise DecodeError("a map has a key of a compound type")
        after = end_of(buffer, value_at)
        entries.append(MapEntry(key, buffer[at:after]))
        at = after
    if at != end:
        raise DecodeError("a map does not end where it says")
    return entries


def _compound(buffer: bytes, start: int, allowed: set[int]) -> tuple[int, int, int]:
    end = end_of(buffer, start)
    code = buffer[start]
    if code not in allowed:
        raise DecodeError(f"constructor 0x{code:02x} where a list or a map belongs")
    if code in (0x40, 0x45):
        return 0, end, end
    if code < 0xD0:
        count, at = (buffer[start + 2], start + 3) if end > start + 2 else (0, end + 1)
    else:
        count, at = (_U32.unpack_from(buffer, start + 5)[0], start + 9) if end >= start + 9 else (0, end + 1)
    if count > MAX_ITEMS or at > end:
        raise DecodeError("a list or a map has an impossible size")
    return count, at, end


def _value(buffer: bytes, at: int, depth: int) -> tuple[object, int]:
    if depth > MAX_DEPTH:
        raise DecodeError("values are nested too deeply")
    code = buffer[at]
    if code == 0:
        descriptor, at = _value(buffer, at + 1, depth + 1)
        value, at = _value(buffer, at, depth + 1)
        return Described(descriptor, value), at
    return _body(code, buffer, at + 1, depth)


def _body(code: int, buffer: bytes, at: int, depth: int) -> tuple[object, int]:
    constant = _CONSTANTS.get(code)
    if constant is not None:
        return constant(), at
    number = _NUMBERS.get(code)
    if number is not None:
        layout, kind = number
        return kind(layout.unpack_from(buffer, at)[0]), at + layout.size
    if code in _SIZED:
        size, at = (buffer[at], at + 1) if code < 0xB0 else (_U32.unpack_from(buffer, at)[0], at + 4)
        octets, end = _slice(buffer, at, size)
        return _SIZED[code](octets), end
    if code in _WIDE:
        size, make = _WIDE[code]
        octets, end = _slice(buffer, at, size)
        return make(octets), end
    if code in (0xC0, 0xD0, 0xC1, 0xD1):
        return _items(code, buffer, at, depth)
    if code in (0xE0, 0xF0):
        return _array(code, buffer, at, depth)
    raise DecodeError(f"unknown constructor 0x{code:02x}")


def _slice(buffer: bytes, at: int, size: int) -> tuple[bytes, int]:
    if at + size > len(buffer):
        raise DecodeError("a value is longer than the bytes that hold it")
    return bytes(buffer[at : at + size]), at + size


def _extent(code: int, buffer: bytes, at: int) -> tuple[int, int, int]:
    if code < 0xD0 or code == 0xE0:
        size, count, first = buffer[at], buffer[at + 1], at + 2
        end = at + 1 + size
    else:
        size, count, first = _U32.unpack_from(buffer, at)[0], _U32.unpack_from(buffer, at + 4)[0], at + 8
        end = at + 4 + size
    if count > MAX_ITEMS or end > len(buffer) or first > end:
        raise DecodeError("a compound value has an impossible size")
    return count, first, end


def _items(code: int, buffer: bytes, at: int, depth: int) -> tuple[object, int]:
    count, at, end = _extent(code, buffer, at)
    items = []
    for _ in range(count):
        item, at = _value(buffer, at, depth + 1)
        items.append(item)
    if at != end:
        raise DecodeError("a compound value does not end where it says")
    if not code & 1:
        return items, end
    if count % 2:
        raise DecodeError("a map has a key without a value")
    try:
        return dict(zip(items[::2], items[1::2], strict=True)), end
    except TypeError:
        raise DecodeError("a map has a key of a compound type") from None


def _array(code: int, buffer: bytes, at: int, depth: int) -> tuple[object, int]:
    count, at, end = _extent(code, buffer, at)
    if not count and at == end:
        return Array(0x40, ()), end
    constructor = buffer[at]
    at += 1
    if constructor == 0:
        raise DecodeError("an array of described values")
    items = []
    for _ in range(count):
        item, at = _body(constructor, buffer, at, depth + 1)
        items.append(item)
    if at != end:
        raise DecodeError("an array does not end where it says")
    return Array(constructor, tuple(items)), end


def _end(buffer: bytes, at: int, depth: int) -> int:
    code = buffer[at]
    if code == 0:
        if depth > MAX_DEPTH:
            raise DecodeError("values are nested too deeply")
        return _end(buffer, _end(buffer, at + 1, depth + 1), depth + 1)
    width = _WIDTHS.get(code >> 4)
    if width is not None:
        return at + 1 + width
    if code >> 4 in (0xA, 0xC, 0xE):
        return at + 2 + int(buffer[at + 1])
    if code >> 4 in (0xB, 0xD, 0xF):
        return at + 5 + int(_U32.unpack_from(buffer, at + 1)[0])
    raise DecodeError(f"unknown constructor 0x{code:02x}")


def _char(number: int) -> Char:
    if number > 0x10FFFF:
        raise DecodeError("a character beyond Unicode")
    return Char(chr(number))


_WIDTHS = {0x4: 0, 0x5: 1, 0x6: 2, 0x7: 4, 0x8: 8, 0x9: 16}

_CONSTANTS: dict[int, Callable[[], object]] = {
    0x40: lambda: None,
    0x41: lambda: True,
    0x42: lambda: False,
    0x43: lambda: UInt(0),
    0x44: lambda: ULong(0),
    0x45: list,
}

_NUMBERS: dict[int, tuple[struct.Struct, Callable[[int], object]]] = {
    0x50: (struct.Struct(">B"), UByte),
    0x51: (struct.Struct(">b"), Byte),
    0x52: (struct.Struct(">B"), UInt),
    0x53: (struct.Struct(">B"), ULong),
    0x54: (struct.Struct(">b"), Int),
    0x55: (struct.Struct(">b"), int),
    0x56: (struct.Struct(">B"), bool),
    0x60: (struct.Struct(">H"), UShort),
    0x61: (struct.Struct(">h"), Short),
    0x70: (struct.Struct(">I"), UInt),
    0x71: (struct.Struct(">i"), Int),
    0x72: (struct.Struct(">f"), Float),
    0x73: (struct.Struct(">I"), _char),
    0x80: (struct.Struct(">Q"), ULong),
    0x81: (struct.Struct(">q"), int),
    0x82: (struct.Struct(">d"), float),
    0x83: (struct.Struct(">q"), Timestamp),
}

_SIZED: dict[int, Callable[[bytes], object]] = {
    0xA0: bytes,
    0xB0: bytes,
    0xA1: lambda octets: octets.decode(),
    0xB1: lambda octets: octets.decode(),
    0xA3: lambda octets: Symbol(octets.decode("ascii")),
    0xB3: lambda octets: Symbol(octets.decode("ascii")),
}

_WIDE: dict[int, tuple[int, Callable[[bytes], object]]] = {
    0x74: (4, Decimal),
    0x84: (8, Decimal),
    0x94: (16, Decimal),
    0x98: (16, lambda octets: uuid.UUID(bytes=octets)),
}
