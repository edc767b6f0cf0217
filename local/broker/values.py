"""AMQP 1.0 values that Python has no type of its own for; a decoded value encodes to the same type again.

`None`, `bool`, `int` (as long), `float` (as double), `str`, `bytes`, `uuid.UUID`, `list` and `dict` stand for
themselves.
"""

from dataclasses import dataclass


class Symbol(str):
    """An ASCII name from a fixed vocabulary."""

    __slots__ = ()


class Char(str):
    """One Unicode character."""

    __slots__ = ()


class UByte(int):
    """Unsigned, 8 bits."""


class UShort(int):
    """Unsigned, 16 bits."""


class UInt(int):
    """Unsigned, 32 bits."""


class ULong(int):
    """Unsigned, 64 bits."""


class Byte(int):
    """Signed, 8 bits."""


class Short(int):
    """Signed, 16 bits."""


class Int(int):
    """Signed, 32 bits."""


class Timestamp(int):
    """Milliseconds since 1970-01-01 UTC."""


class Float(float):
    """IEEE 754, 32 bits."""


@dataclass(frozen=True, slots=True)
class Decimal:
    """A decimal number kept as its bytes; the width tells its type (4, 8 or 16)."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Described:
    """A value with a descriptor that says what it means (performatives, sections, outcomes, filters)."""

    descriptor: object
    value: object


@dataclass(frozen=True, slots=True)
class Array:
    """Values of one type; `constructor` is the type's wire code (see `codes`)."""

    constructor: int
    items: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Raw:
    """A value that is already encoded; it is written as it stands."""

    octets: bytes
