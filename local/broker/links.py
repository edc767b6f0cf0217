"""The broker's half of a link: one direction, credit, and an end that is told to the peer once."""

import uuid
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from local.broker.entities import path_of
from local.broker.errors import DECODE_ERROR, TRANSFER_LIMIT, BrokerError, DecodeError
from local.broker.framing import HEADER_BYTES
from local.broker.message import MAX_MESSAGE_BYTES, size_exceeded
from local.broker.performatives import (
    ACCEPTED,
    DETACH,
    DISPOSITION,
    REJECTED,
    TRANSFER,
    Flow,
    Transfer,
    error,
    outcome,
    performative,
)
from local.broker.values import UInt

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.broker.channel import Channel

_TRANSFER_OVERHEAD_BYTES = 64
_CREDIT = 1000


class Link:
    """What both directions share; `entity_path` is what a token must cover."""

    def __init__(self, channel: "Channel", handle: int, entity_path: str) -> None:
        self.channel = channel
        self.handle = handle
        self.entity_path = entity_path
        self.is_open = True

    def close(self, *, cut: bool = False) -> None:
        """Let go of what the link holds; `cut` says that the connection was lost without a word."""
        self.is_open = False

    def detach(self, refusal: BrokerError | None = None) -> None:
        """Close the link and tell the peer, with the reason if there is one."""
        if self.is_open:
            self.close()
            self.channel.forget(self)
            why = None if refusal is None else error(refusal.condition, refusal.description)
            self.channel.send(performative(DETACH, UInt(self.handle), True, why))


class IncomingLink(Link):
    """The client sends; each delivery goes whole to `take`, which refuses it by a BrokerError."""

    def __init__(
        self, channel: "Channel", handle: int, entity_path: str, take: "Callable[[bytes, int], None]"
    ) -> None:
        super().__init__(channel, handle, entity_path)
        self._take = take
        self._received = 0
        self._credit = 0
        self._parts: list[bytes] = []
        self._size = 0
        self._first: Transfer | None = None

    def grant(self) -> None:
        """Give the client its full credit."""
        self._credit = _CREDIT
        self.channel.send_flow(self.handle, self._received, self._credit)

    def on_transfer(self, transfer: Transfer, payload: bytes) -> None:
        """Collect a frame; with the last one settle the delivery."""
        if self._first is None:
            if self._credit <= 0:
                self.detach(BrokerError(TRANSFER_LIMIT, "A message was sent without credit."))
                return
            if transfer.delivery_id is None:
                raise DecodeError("a delivery without an id")
            self._first = transfer
        self._size += len(payload)
        if self._size <= MAX_MESSAGE_BYTES:
            self._parts.append(payload)
        if transfer.more and not transfer.aborted:
            return
        first, octets, size = self._first, b"".join(self._parts), self._size
        self._first, self._parts, self._size = None, [], 0
        self._received += 1
        self._credit -= 1
        if not transfer.aborted:
            state = self._judge(octets, size, first.message_format or 0)
            if not (first.settled or transfer.settled):
                number = UInt(first.delivery_id or 0)
                self.channel.send(performative(DISPOSITION, True, number, number, True, state))
        if self._credit < _CREDIT // 2:
            self.grant()

    def _judge(self, octets: bytes, size: int, message_format: int) -> object:
        try:
            if size > MAX_MESSAGE_BYTES:  # rejected, not detached: the SDK calls a detach in mid-send unknown
                raise size_exceeded(size)
            self._take(octets, message_format)
        except BrokerError as refusal:
            return outcome(REJECTED, error(refusal.condition, refusal.description))
        except DecodeError as refusal:
            return outcome(REJECTED, error(DECODE_ERROR, str(refusal)))
        return outcome(ACCEPTED)


class OutgoingLink(Link, ABC):
    """The client receives, as much as it has given credit for."""

    def __init__(self, channel: "Channel", handle: int, entity_path: str) -> None:
        super().__init__(channel, handle, entity_path)
        self._sent = 0
        self._credit = 0
        self._draining = False

    def can_take(self) -> bool:
        """Tell whether there is credit for one more message."""
        return self.is_open and self._credit > 0 and self.channel.outgoing_window > 0

    def on_flow(self, flow: Flow) -> None:
        """Take new credit and see what can be sent."""
        if flow.credit is not None:
            self._credit = max(0, flow.delivery_count + flow.credit - self._sent)
        self._draining = flow.drain
        self.resume()
        if flow.echo and not flow.drain:
            self.channel.send_flow(self.handle, self._sent, self._credit)

    @abstractmethod
    def resume(self) -> None:
        """See what can be sent now that there is credit or room."""

    def served(self) -> None:
        """Hear that there is nothing more at the moment: credit that is to be drained is used up."""
        if self._draining and self.is_open:
            self._draining = False
            self._sent += self._credit
            self._credit = 0
            self.channel.send_flow(self.handle, self._sent, 0, drain=True)

    def send(self, octets: bytes, tag: bytes, *, settled: bool) -> int:
        """Send one delivery in as many frames as the peer's frame size asks for, and return its id."""
        delivery = self.channel.next_delivery_id()
        self._sent += 1
        self._credit -= 1
        room = self.channel.frame_bytes - HEADER_BYTES - _TRANSFER_OVERHEAD_BYTES
        for start in range(0, len(octets), room) or (0,):
            more = start + room < len(octets)
            first = (UInt(delivery), tag, UInt(0), settled) if start == 0 else (None, None, None, None)
            head = performative(TRANSFER, UInt(self.handle), *first, more)
            self.channel.send_transfer(head, octets[start : start + room])
        return delivery


class ReplyLink(OutgoingLink):
    """Carries the answers of a node ($cbs, $management) in their order."""

    def __init__(
        self, channel: "Channel", handle: int, entity_path: str, node: str, target: str | None
    ) -> None:
        super().__init__(channel, handle, entity_path)
        self.node = path_of(node)
        self.target = target
        self._pending: list[bytes] = []

    def reply(self, octets: bytes) -> None:
        """Send an answer once there is credit."""
        self._pending.append(octets)
        self.resume()

    def resume(self) -> None:
        """Send what waits."""
        while self._pending and self.can_take():
            self.send(self._pending.pop(0), uuid.uuid4().bytes, settled=True)
        self.served()
