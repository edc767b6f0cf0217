"""The AMQP codec: what is written is read again with its type, and what is no AMQP is refused and nothing else."""

import struct
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.broker.decoding import decode, end_of, list_items, map_entries
from local.broker.encoding import (
    ARRAY_OF_LONG,
    ARRAY_OF_STRING,
    ARRAY_OF_SYMBOL,
    ARRAY_OF_TIMESTAMP,
    ARRAY_OF_UUID,
    encode,
)
from local.broker.errors import BrokerError, DecodeError
from local.broker.message import Message, unpack
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
from tests.broker.wire import batch, message


def whole(kind: type[int], bits: int, *, signed: bool) -> st.SearchStrategy[int]:
    """Return numbers of one type."""
    least, most = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return st.integers(least, most).map(kind)


ASCII = st.text(st.characters(max_codepoint=127), max_size=300)
LONGS = whole(int, 64, signed=True)
SIMPLE = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=300),
    st.binary(max_size=300),
    ASCII.map(Symbol),
    st.characters(exclude_categories=["Cs"]).map(Char),
    st.uuids(),
    st.floats(allow_nan=False),
    st.floats(allow_nan=False, width=32).map(Float),
    LONGS,
    LONGS.map(Timestamp),
    whole(Byte, 8, signed=True),
    whole(Short, 16, signed=True),
    whole(Int, 32, signed=True),
    whole(UByte, 8, signed=False),
    whole(UShort, 16, signed=False),
    whole(UInt, 32, signed=False),
    whole(ULong, 64, signed=False),
    st.sampled_from([4, 8, 16]).flatmap(lambda size: st.binary(min_size=size, max_size=size)).map(Decimal),
)


def arrays(constructor: int, items: st.SearchStrategy[object]) -> st.SearchStrategy[Array]:
    """Return arrays of one type."""
    return st.lists(items, min_size=1, max_size=300).map(lambda found: Array(constructor, tuple(found)))


ARRAYS = st.one_of(
    arrays(ARRAY_OF_LONG, LONGS),
    arrays(ARRAY_OF_TIMESTAMP, LONGS.map(Timestamp)),
    arrays(ARRAY_OF_UUID, st.uuids()),
    arrays(ARRAY_OF_STRING, st.text(max_size=20)),
    arrays(ARRAY_OF_SYMBOL, st.text(st.characters(max_codepoint=127), max_size=20).map(Symbol)),
)
VALUES = st.recursive(
    SIMPLE | ARRAYS,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(max_size=9) | ASCII.map(Symbol), inner, max_size=5)
        | st.builds(Described, whole(ULong, 64, signed=False), inner)
    ),
    max_leaves=20,
)


def shape(value: object) -> object:
    """Return the value with the names of all its types, for 1 == 1.0 == True."""
    if isinstance(value, list):
        return [shape(each) for each in value]
    if isinstance(value, dict):
        return [(shape(key), shape(item)) for key, item in value.items()]
    if isinstance(value, Described):
        return ("described", shape(value.descriptor), shape(value.value))
    if isinstance(value, Array):
        return ("array", value.constructor, [shape(each) for each in value.items])
    return (type(value).__name__, value)


@given(VALUES)
def test_every_value_comes_back_with_its_type(value: object) -> None:
    octets = encode(value)
    read, end = decode(octets)
    assert end == len(octets) == end_of(octets, 0)
    assert shape(read) == shape(value)


@given(VALUES, st.binary(max_size=8), st.binary(max_size=8))
def test_a_value_is_read_where_it_stands(value: object, before: bytes, after: bytes) -> None:
    octets = encode(value)
    read, end = decode(before + octets + after, len(before))
    assert end == len(before) + len(octets)
    assert shape(read) == shape(value)


@given(st.lists(VALUES, max_size=5))
def test_the_items_of_a_list_are_found_without_reading_them(values: list[object]) -> None:
    assert list_items(encode(values)) == [encode(each) for each in values]


@given(st.dictionaries(st.text(max_size=9), VALUES, max_size=5))
def test_the_entries_of_a_map_are_found_without_reading_them(values: dict[str, object]) -> None:
    found = map_entries(encode(values))
    assert [entry.key for entry in found] == list(values)
    assert [entry.octets for entry in found] == [encode(key) + encode(item) for key, item in values.items()]


@given(VALUES, st.data())
def test_a_value_that_is_cut_short_is_refused(value: object, data: st.DataObject) -> None:
    octets = encode(value)
    cut = octets[: data.draw(st.integers(0, len(octets) - 1))]
    for read in (decode, end_of):
        with pytest.raises(DecodeError):
            read(cut, 0)


@given(st.binary(max_size=100))
def test_any_bytes_are_a_value_or_refused(octets: bytes) -> None:
    for read in (decode, end_of, list_items, map_entries):
        try:
            read(octets, 0)
        except DecodeError:
            continue


@given(st.lists(st.tuples(st.integers(0x70, 0x78), st.binary(max_size=40))))
def test_any_sections_are_a_message_or_refused(parts: list[tuple[int, bytes]]) -> None:
    octets = b"".join(b"\x00\x53" + bytes([code]) + value for code, value in parts)
    try:
        read = Message.parse(octets)
    except (DecodeError, BrokerError):
        return
    assert read.message_id is not None


@pytest.mark.parametrize(
    "octets",
    [
        b"\xd0" + struct.pack(">II", 4, 2**32 - 1),
        b"\xf0" + struct.pack(">II", 5, 2**32 - 1) + b"\x40",
        b"\xf0" + struct.pack(">II", 5, 70_000) + b"\x45",
        b"\x00" * 100_000,
        b"\xc0\x03\x01" * 50 + b"\x40",
        b"\xb1\xff\xff\xff\xffabc",
        b"\xc1\x03\x01\x40\x40",
        b"\xc1\x03\x02\x45\x40",
        b"\xa1\x01\xff",
        b"\xa3\x01\xff",
        b"\x73\x00\x11\x00\x00",
        b"\x3f",
        b"",
    ],
)
def test_traps_are_refused(octets: bytes) -> None:
    with pytest.raises(DecodeError) as refusal:
        decode(octets)
    assert refusal.value.__cause__ is None, "a cause would hold the text"


@pytest.mark.parametrize("value", [{1, 2}, object(), Array(0x45, ())])
def test_what_has_no_form_is_not_written(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)


def test_a_message_keeps_the_types_of_its_user() -> None:
    values = {"u": UInt(7), "t": Timestamp(9), "d": Decimal(b"1234"), "id": uuid.UUID(int=5), "f": Float(0.5)}
    one = Message.parse(message(message_id=UInt(3))).with_application_properties(values)
    again = Message.parse(one.encode([None] * 5, {}, b""))
    assert shape(again.application_values()) == shape(values)
    assert shape(again.message_id) == ("UInt", 3)
    changed = again.with_application_properties({"u": None, "t": "text"})
    assert "u" not in changed.application_values() and changed.application_values()["t"] == "text"


def test_a_batch_is_taken_apart() -> None:
    found = unpack(batch(message(message_id="a"), message(message_id="b")), 0x80013700)
    assert [each.message_id for each in found] == ["a", "b"]
