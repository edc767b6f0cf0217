"""Write values as AMQP 1.0, always in the shortest form of their type."""

import struct
import uuid
from collections.abc import Callable, Iterable

from local.broker.values import (
    Array,
    Byte,
    Char,
    Decimal,
    Described,
    Float,
    Int,
    Raw,
    Short,
    Symbol,
    Timestamp,
    UByte,
    UInt,
    ULong,
    UShort,
)

ARRAY_OF_LONG = 0x81
ARRAY_OF_TIMESTAMP = 0x83
ARRAY_OF_UUID = 0x98
ARRAY_OF_STRING = 0xB1
ARRAY_OF_SYMBOL = 0xA3

_U8, _U16, _U32, _U64 = (struct.Struct(">" + code) for code in "BHIQ")
_I8, _I16, _I32, _I64 = (struct.Struct(">" + code) for code in "bhiq")
_F32, _F64 = struct.Struct(">f"), struct.Struct(">d")


def encode(value: object) -> bytes:
    """Return the value's bytes; a type without an AMQP form is a TypeError."""
    if value is None:
        return b"\x40"
    writer = _WRITERS.get(type(value))
    if writer is None:
        raise TypeError(f"no AMQP form for {type(value).__name__}")
    return writer(value)


def encode_map(entries: Iterable[bytes]) -> bytes:
    """Return a map of entries that are each an encoded key and its encoded value."""
    parts = list(entries)
    return _compound(0xC1, b"".join(parts), 2 * len(parts))


def encode_list(items: Iterable[bytes]) -> bytes:
    """Return a list of items that are already encoded."""
    parts = list(items)
    return _compound(0xC0, b"".join(parts), len(parts)) if parts else b"\x45"


def section(code: int, value: bytes) -> bytes:
    """Return an encoded value under a descriptor of the AMQP specification.

    The SDK reads descriptors by position, so they are always written as a small ulong.
    """
    return b"\x00\x53" + _U8.pack(code) + value


def _sized(short_code: int, octets: bytes) -> bytes:
    if len(octets) < 256:
        return bytes((short_code, len(octets))) + octets
    return bytes((short_code + 0x10,)) + _U32.pack(len(octets)) + octets


def _compound(short_code: int, body: bytes, count: int) -> bytes:
    if len(body) < 255 and count < 256:
        return bytes((short_code, len(body) + 1, count)) + body
    return bytes((short_code + 0x10,)) + _U32.pack(len(body) + 4) + _U32.pack(count) + body


def _long(value: int) -> bytes:
    return b"\x55" + _I8.pack(value) if -128 <= value < 128 else b"\x81" + _I64.pack(value)


def _int(value: int) -> bytes:
    return b"\x54" + _I8.pack(value) if -128 <= value < 128 else b"\x71" + _I32.pack(value)


def _uint(value: int) -> bytes:
    if value == 0:
        return b"\x43"
    return b"\x52" + _U8.pack(value) if value < 256 else b"\x70" + _U32.pack(value)


def _ulong(value: int) -> bytes:
    if value == 0:
        return b"\x44"
    return b"\x53" + _U8.pack(value) if value < 256 else b"\x80" + _U64.pack(value)


def _decimal(value: Decimal) -> bytes:
    return {4: b"\x74", 8: b"\x84", 16: b"\x94"}[len(value.octets)] + value.octets


def _array(value: Array) -> bytes:
    pack = _ARRAY_ITEMS.get(value.constructor)
    if pack is None:
        raise TypeError(f"no array of constructor 0x{value.constructor:02x} is written here")
    body = _U8.pack(value.constructor) + b"".join(map(pack, value.items))
    return b"\xf0" + _U32.pack(len(body) + 4) + _U32.pack(len(value.items)) + body


_ARRAY_ITEMS: dict[int, Callable[..., bytes]] = {
    ARRAY_OF_LONG: _I64.pack,
    ARRAY_OF_TIMESTAMP: _I64.pack,
    ARRAY_OF_UUID: lambda item: item.bytes,
    ARRAY_OF_STRING: lambda item: _U32.pack(len(item.encode())) + item.encode(),
    ARRAY_OF_SYMBOL: lambda item: _U8.pack(len(item)) + item.encode("ascii"),
}

_WRITERS: dict[type, Callable[..., bytes]] = {
    bool: lambda value: b"\x41" if value else b"\x42",
    Raw: lambda value: value.octets,
    str: lambda value: _sized(0xA1, value.encode()),
    Symbol: lambda value: _sized(0xA3, value.encode("ascii")),
    bytes: lambda value: _sized(0xA0, value),
    Char: lambda value: b"\x73" + _U32.pack(ord(value)),
    int: _long,
    Int: _int,
    UInt: _uint,
    ULong: _ulong,
    UByte: lambda value: b"\x50" + _U8.pack(value),
    UShort: lambda value: b"\x60" + _U16.pack(value),
    Byte: lambda value: b"\x51" + _I8.pack(value),
    Short: lambda value: b"\x61" + _I16.pack(value),
    Timestamp: lambda value: b"\x83" + _I64.pack(value),
    float: lambda value: b"\x82" + _F64.pack(value),
    Float: lambda value: b"\x72" + _F32.pack(value),
    uuid.UUID: lambda value: b"\x98" + value.bytes,
    Decimal: _decimal,
    list: lambda value: encode_list(map(encode, value)),
    dict: lambda value: encode_map(encode(key) + encode(item) for key, item in value.items()),
    Array: _array,
    Described: lambda value: b"\x00" + encode(value.descriptor) + encode(value.value),
}
