"""The frames' bodies of AMQP 1.0: what a peer sends as checked objects, what the broker sends as bytes."""

from dataclasses import dataclass
from typing import Self

from local.broker.decoding import decode, list_items
from local.broker.encoding import encode, section
from local.broker.errors import DecodeError
from local.broker.values import Described, Symbol, ULong

OPEN, BEGIN, ATTACH, FLOW, TRANSFER, DISPOSITION, DETACH, END, CLOSE = range(0x10, 0x19)
SASL_MECHANISMS, SASL_INIT, SASL_OUTCOME = 0x40, 0x41, 0x44
ACCEPTED, REJECTED, RELEASED, MODIFIED = 0x24, 0x25, 0x26, 0x27
ERROR, COORDINATOR = 0x1D, 0x30

# azure-servicebus indexes some performatives without looking at their length: every field is always sent
_FIELD_COUNTS = {
    OPEN: 10,
    BEGIN: 8,
    ATTACH: 14,
    FLOW: 11,
    TRANSFER: 11,
    DISPOSITION: 6,
    DETACH: 3,
    END: 1,
    CLOSE: 1,
    SASL_MECHANISMS: 1,
    SASL_OUTCOME: 2,
}


def performative(code: int, *fields: object) -> bytes:
    """Return the performative with these first fields, the others null."""
    return section(code, encode([*fields, *[None] * (_FIELD_COUNTS[code] - len(fields))]))


def error(condition: str, description: str) -> Described:
    """Return an error value; always three items, because the SDK reads the third unasked."""
    return Described(ULong(ERROR), [Symbol(condition), description, None])


def outcome(code: int, *fields: object) -> Described:
    """Return a delivery state."""
    return Described(ULong(code), list(fields))


class Fields:
    """The fields of a list by position; one of the wrong kind is a DecodeError, one that is missing is None."""

    def __init__(self, value: object, what: str) -> None:
        if not isinstance(value, list):
            raise DecodeError(f"{what} is no list")
        self._items = value
        self._what = what

    def value(self, at: int) -> object:
        """Return the field as it is."""
        return self._items[at] if at < len(self._items) else None

    def number(self, at: int) -> int | None:
        """Return a number of 32 bits that is not negative, None without it."""
        value = self.value(at)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 0xFFFFFFFF:
            return value
        raise DecodeError(f"field {at} of {self._what} is no unsigned number of 32 bits")

    def needed(self, at: int) -> int:
        """Return a number that must be there."""
        value = self.number(at)
        if value is None:
            raise DecodeError(f"field {at} of {self._what} is missing")
        return value

    def text(self, at: int) -> str | None:
        """Return a string, None without it."""
        value = self.value(at)
        if isinstance(value, str | None):
            return value
        raise DecodeError(f"field {at} of {self._what} is no string")

    def flag(self, at: int) -> bool:
        """Return a boolean, false without it."""
        value = self.value(at)
        if isinstance(value, bool | None):
            return bool(value)
        raise DecodeError(f"field {at} of {self._what} is no boolean")

    def mapping(self, at: int) -> dict[object, object]:
        """Return a map, empty without it."""
        value = self.value(at)
        if isinstance(value, dict | None):
            return value or {}
        raise DecodeError(f"field {at} of {self._what} is no map")

    def described(self, at: int) -> Described | None:
        """Return a described value, None without it."""
        value = self.value(at)
        if isinstance(value, Described | None):
            return value
        raise DecodeError(f"field {at} of {self._what} has no descriptor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminus:
    """A source or a target; `octets` is what a reply echoes."""

    address: str | None
    filters: dict[object, object]
    is_coordinator: bool
    octets: bytes

    @classmethod
    def of(cls, described: Described | None, octets: bytes) -> Self:
        """Return the terminus of an attach frame, an empty one for null."""
        if described is None:
            return cls(address=None, filters={}, is_coordinator=False, octets=octets)
        if described.descriptor == COORDINATOR:
            return cls(address=None, filters={}, is_coordinator=True, octets=octets)
        fields = Fields(described.value, "a terminus")
        filters = fields.mapping(7) if described.descriptor == 0x28 else {}
        return cls(address=fields.text(0), filters=filters, is_coordinator=False, octets=octets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attach:
    """The client's half of a link."""

    name: str
    handle: int
    client_sends: bool
    send_mode: int
    receive_mode: int
    source: Terminus
    target: Terminus
    properties: dict[object, object]

    @classmethod
    def of(cls, fields: Fields, octets: list[bytes]) -> Self:
        """Return the attach; `octets` are the fields as they came."""
        name = fields.text(0)
        if name is None:
            raise DecodeError("a link without a name")
        raw = [*octets, *[b"\x40"] * 14]
        return cls(
            name=name,
            handle=fields.needed(1),
            client_sends=not fields.flag(2),
            send_mode=2 if (mode := fields.number(3)) is None else mode,
            receive_mode=fields.number(4) or 0,
            source=Terminus.of(fields.described(5), raw[5]),
            target=Terminus.of(fields.described(6), raw[6]),
            properties=fields.mapping(13),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Credit for a link, or for the whole session where there is no handle."""

    next_incoming_id: int | None
    incoming_window: int
    handle: int | None
    delivery_count: int
    credit: int | None
    drain: bool
    echo: bool

    @classmethod
    def of(cls, fields: Fields) -> Self:
        """Return the flow."""
        return cls(
            next_incoming_id=fields.number(0),
            incoming_window=fields.needed(1),
            handle=fields.number(4),
            delivery_count=fields.number(5) or 0,
            credit=fields.number(6),
            drain=fields.flag(8),
            echo=fields.flag(9),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One frame of a delivery; id and format stand only in the first."""

    handle: int
    delivery_id: int | None
    message_format: int | None
    settled: bool
    more: bool
    aborted: bool

    @classmethod
    def of(cls, fields: Fields) -> Self:
        """Return the transfer."""
        return cls(
            handle=fields.needed(0),
            delivery_id=fields.number(1),
            message_format=fields.number(3),
            settled=fields.flag(4),
            more=fields.flag(5),
            aborted=fields.flag(9),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """The state of a range of deliveries."""

    from_receiver: bool
    first: int
    last: int
    settled: bool
    state: Described | None

    @classmethod
    def of(cls, fields: Fields) -> Self:
        """Return the disposition."""
        first = fields.needed(1)
        last = fields.number(2)
        return cls(
            from_receiver=fields.flag(0),
            first=first,
            last=first if last is None else last,
            settled=fields.flag(3),
            state=fields.described(4),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A frame's body, taken apart: the performative's code and fields, and what follows it."""

    code: int
    fields: Fields
    list_start: int
    payload_start: int
    frame: bytes

    @classmethod
    def of(cls, frame: bytes, start: int) -> Self:
        """Return the body that begins at `start` of the frame."""
        value, end = decode(frame, start)
        if not isinstance(value, Described) or not isinstance(value.descriptor, int):
            raise DecodeError("a frame without a performative")
        _, list_start = decode(frame, start + 1)
        return cls(
            code=value.descriptor,
            fields=Fields(value.value, f"performative 0x{value.descriptor:02x}"),
            list_start=list_start,
            payload_start=end,
            frame=frame,
        )

    def payload(self) -> bytes:
        """Return the part of a message that the frame carries."""
        return self.frame[self.payload_start :]

    def attach(self) -> Attach:
        """Return the body as an attach."""
        return Attach.of(self.fields, list_items(self.frame, self.list_start))
