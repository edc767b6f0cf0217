"""A message in a queue: where it stands, how often it was delivered, and who has it locked."""

import enum
import uuid
from dataclasses import dataclass, field

from local.broker.clock import Timer
from local.broker.encoding import encode, encode_map, section
from local.broker.message import DELIVERY_ANNOTATIONS, Message, encode_symbol_entry
from local.broker.values import Int, Timestamp, UInt


class State(enum.IntEnum):
    """The value of the annotation x-opt-message-state."""

    ACTIVE = 0
    DEFERRED = 1
    SCHEDULED = 2


@dataclass(slots=True, eq=False, kw_only=True)
class Lock:
    """One delivery in peek-lock: until when, and the timer that ends it (none where a session's lock does)."""

    until_ms: int
    token: uuid.UUID = field(default_factory=uuid.uuid4)
    timer: Timer | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class Stored:
    """A message and its state in one queue; `enqueued_sequence` is the number it first got."""

    message: Message
    sequence: int
    enqueued_sequence: int
    enqueued_ms: int
    state: State = State.ACTIVE
    delivery_count: int = 0
    ttl_ms: int | None = None
    expires_ms: int | None = None
    dead_letter_source: str | None = None
    lock: Lock | None = None
    timer: Timer | None = None

    def stop_timer(self) -> None:
        """Cancel the timer of its activation or its expiry."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def is_expired(self, now_ms: int) -> bool:
        """Decide whether its time-to-live is over."""
        return self.expires_ms is not None and self.expires_ms <= now_ms

    def encode(self, *, peeked: bool = False, with_token: bool = False) -> bytes:
        """Return the message as a receiver gets it; a peeked one does not show its lock."""
        message = self.message
        annotations = {
            "x-opt-enqueued-time": encode(Timestamp(self.enqueued_ms)),
            "x-opt-sequence-number": encode(self.sequence),
            "x-opt-enqueue-sequence-number": encode(self.enqueued_sequence),
            "x-opt-message-state": encode(Int(self.state)),
        }
        if message.scheduled_ms is not None:
            annotations["x-opt-scheduled-enqueue-time"] = encode(Timestamp(message.scheduled_ms))
        if self.lock is not None and not peeked:
            annotations["x-opt-locked-until"] = encode(Timestamp(self.lock.until_ms))
        if self.dead_letter_source is not None:
            annotations["x-opt-deadletter-source"] = encode(self.dead_letter_source)
        ttl = None if self.ttl_ms is None else UInt(min(self.ttl_ms, 0xFFFFFFFF))
        delivery = b""
        if with_token and self.lock is not None:
            token = encode_symbol_entry("x-opt-lock-token", encode(self.lock.token))
            delivery = section(DELIVERY_ANNOTATIONS, encode_map([token]))
        return message.encode(
            [message.durable, message.priority, ttl, None, UInt(self.delivery_count)], annotations, delivery
        )
