"""A message as its sender encoded it: sections stay raw, so no type of the user's is lost on the way."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self, TypeVar

from local.broker.decoding import MapEntry, decode, end_of, list_items, map_entries
from local.broker.encoding import encode, encode_list, encode_map, section
from local.broker.errors import ARGUMENT, OUT_OF_RANGE, SIZE_EXCEEDED, BrokerError, DecodeError
from local.broker.values import UByte

MAX_MESSAGE_BYTES = 256 * 1024  # the Standard tier's limit, for a single message and for a whole batch
MAX_ID_CHARACTERS = 128
BATCH_FORMAT = 0x80013700

HEADER, DELIVERY_ANNOTATIONS, ANNOTATIONS, PROPERTIES, APPLICATION_PROPERTIES = 0x70, 0x71, 0x72, 0x73, 0x74
DATA, SEQUENCE, VALUE, FOOTER = 0x75, 0x76, 0x77, 0x78

_Kind = TypeVar("_Kind")

_PROPERTY_COUNT = 13
_SCHEDULED = "x-opt-scheduled-enqueue-time"
_SET_BY_BROKER = frozenset(
    {
        "x-opt-enqueued-time",
        "x-opt-sequence-number",
        "x-opt-enqueue-sequence-number",
        "x-opt-locked-until",
        "x-opt-message-state",
        "x-opt-lock-token",
        "x-opt-deadletter-source",
        "x-opt-partition-id",
        _SCHEDULED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a sender sent. `properties` holds the system properties that rules read, by their AMQP names."""

    durable: bool | None
    priority: UByte | None
    ttl_ms: int | None
    scheduled_ms: int | None
    message_id: object
    session_id: str | None
    properties: Mapping[str, object]
    annotations: tuple[MapEntry, ...]
    application_properties: tuple[MapEntry, ...]
    delivery_annotations_octets: bytes
    properties_octets: bytes
    body_octets: bytes

    @classmethod
    def parse(cls, octets: bytes) -> Self:
        """Return the message; ids too long or a size beyond the limit are refused, bad bytes a DecodeError."""
        if len(octets) > MAX_MESSAGE_BYTES:
            raise size_exceeded(len(octets))
        header: list[object] = [None] * 5
        annotations: list[MapEntry] = []
        application: list[MapEntry] = []
        delivery_annotations, body = b"", b""
        names: list[object] = [None] * _PROPERTY_COUNT
        raw_properties = [b"\x40"] * _PROPERTY_COUNT
        for code, start, value_at, end in sections(octets):
            if code == HEADER:
                header = _padded(decode(octets, value_at)[0], 5)
            elif code == DELIVERY_ANNOTATIONS:
                delivery_annotations = octets[start:end]
            elif code == ANNOTATIONS:
                annotations = map_entries(octets, value_at)
            elif code == PROPERTIES:
                names = _padded(decode(octets, value_at)[0], _PROPERTY_COUNT)
                raw_properties = (list_items(octets, value_at) + raw_properties)[:_PROPERTY_COUNT]
            elif code == APPLICATION_PROPERTIES:
                application = map_entries(octets, value_at)
            else:
                body += octets[start:end]
        if names[0] is None:  # the JavaScript SDK refuses to receive a message without an id
            names[0] = uuid.uuid4().hex
        if not isinstance(names[0], str | bytes | int | uuid.UUID):
            raise DecodeError("a message id of another type")
        raw_properties = [encode(names[0]), *raw_properties[1:]]
        message = cls(
            durable=_of(bool, header[0], "a durable flag"),
            priority=_of(UByte, header[1], "a priority"),
            ttl_ms=_of(int, header[2], "a time-to-live"),
            scheduled_ms=_scheduled_ms(annotations),
            message_id=names[0],
            session_id=_of(str, names[10], "a session id"),
            properties={
                "message-id": names[0],
                "to": names[2],
                "label": names[3],
                "reply-to": names[4],
                "correlation-id": names[5],
                "content-type": names[6],
                "session-id": names[10],
                "reply-to-session-id": names[12],
            },
            annotations=tuple(entry for entry in annotations if entry.key not in _SET_BY_BROKER),
            application_properties=tuple(application),
            delivery_annotations_octets=delivery_annotations,
            properties_octets=section(PROPERTIES, encode_list(raw_properties)),
            body_octets=body,
        )
        message._check_ids()
        return message

    def _check_ids(self) -> None:
        partition_key = self._annotation("x-opt-partition-key")
        for what, value in (
            ("message id", self.message_id),
            ("session id", self.session_id),
            ("reply-to session id", self.properties["reply-to-session-id"]),
            ("partition key", partition_key),
        ):
            if isinstance(value, str | bytes) and len(value) > MAX_ID_CHARACTERS:
                raise BrokerError(
                    OUT_OF_RANGE,
                    f"A {what} may have {MAX_ID_CHARACTERS} characters, this one has {len(value)}.",
                )
        if self.message_id == "":
            raise BrokerError(ARGUMENT, "A message id may not be empty.")
        if None not in (self.session_id, partition_key) and self.session_id != partition_key:
            raise BrokerError(ARGUMENT, "A partition key must be the session id where both are set.")

    def _annotation(self, name: str) -> object:
        for key, octets in self.annotations:
            if key == name:
                return decode(octets, end_of(octets, 0))[0]
        return None

    def application_values(self) -> dict[object, object]:
        """Return the application properties decoded."""
        return {key: decode(octets, end_of(octets, 0))[0] for key, octets in self.application_properties}

    def with_application_properties(self, changes: Mapping[str, object]) -> "Message":
        """Return the message with these application properties set (a None takes one away)."""
        if not changes:
            return self
        kept = [entry for entry in self.application_properties if entry.key not in changes]
        added = [
            MapEntry(key, encode(key) + encode(value)) for key, value in changes.items() if value is not None
        ]
        return replace(self, application_properties=(*kept, *added))

    def encode(self, header: list[object], annotations: Mapping[str, bytes], delivery: bytes) -> bytes:
        """Return the whole message under the broker's header and with its annotations (values encoded)."""
        own = [encode_symbol_entry(name, value) for name, value in annotations.items()]
        application = self.application_properties
        return b"".join(
            (
                section(HEADER, encode(header)),
                delivery or self.delivery_annotations_octets,
                section(ANNOTATIONS, encode_map([*(entry.octets for entry in self.annotations), *own])),
                self.properties_octets,
                section(APPLICATION_PROPERTIES, encode_map(e.octets for e in application))
                if application
                else b"",
                self.body_octets,
            )
        )


def encode_symbol_entry(name: str, value: bytes) -> bytes:
    """Return a map entry of a short symbol and a value that is already encoded."""
    return b"\xa3" + bytes((len(name),)) + name.encode("ascii") + value


def sections(octets: bytes) -> Iterable[tuple[int, int, int, int]]:
    """Yield each section's code, its start, its value's start and its end; what is no section is a DecodeError."""
    at = 0
    while at < len(octets):
        if octets[at] != 0:
            raise DecodeError("a message is made of sections")
        code, value_at = decode(octets, at + 1)
        if not isinstance(code, int) or not HEADER <= code <= FOOTER:
            raise DecodeError("a message section of an unknown kind")
        end = end_of(octets, value_at)
        yield code, at, value_at, end
        at = end


def unpack(octets: bytes, message_format: int) -> list[Message]:
    """Return the messages of one transfer: itself, or each one of a batch, all of them checked before any counts."""
    if message_format != BATCH_FORMAT:
        return [Message.parse(octets)]
    inner = [decode(octets, value_at)[0] for code, _, value_at, _ in sections(octets) if code == DATA]
    if not inner:
        raise BrokerError(ARGUMENT, "A batch holds no message.")
    messages = [Message.parse(each) for each in inner if isinstance(each, bytes)]
    if len(messages) < len(inner):
        raise DecodeError("a data section that is not binary")
    return messages


def size_exceeded(size: int) -> BrokerError:
    """Return the refusal of a message beyond the limit."""
    return BrokerError(
        SIZE_EXCEEDED,
        f"The received message (size:{size} bytes) exceeds the limit ({MAX_MESSAGE_BYTES} bytes) currently "
        "allowed on the link.",
    )


def _padded(value: object, count: int) -> list[object]:
    if not isinstance(value, list):
        raise DecodeError("a section that is no list")
    return (value + [None] * count)[:count]


def _of(kind: type[_Kind], value: object, what: str) -> _Kind | None:
    if value is None or (isinstance(value, kind) and isinstance(value, bool) == (kind is bool)):
        return value
    raise DecodeError(f"{what} of another type")


def _scheduled_ms(annotations: list[MapEntry]) -> int | None:
    for key, octets in annotations:
        if key == _SCHEDULED:
            return _of(int, decode(octets, end_of(octets, 0))[0], "a scheduled time")
    return None
