"""An AMQP session: its links, its windows and the deliveries that wait to be settled."""

import uuid
from typing import TYPE_CHECKING

from local.broker.attaching import open_link
from local.broker.errors import HANDLE_IN_USE, UNATTACHED_HANDLE, BrokerError, ConnectionFault
from local.broker.framing import frame
from local.broker.links import IncomingLink, Link, OutgoingLink, ReplyLink
from local.broker.performatives import (
    ATTACH,
    BEGIN,
    DETACH,
    DISPOSITION,
    FLOW,
    REJECTED,
    TRANSFER,
    Body,
    Disposition,
    Flow,
    Transfer,
    error,
    outcome,
    performative,
)
from local.broker.receiver import Receiver
from local.broker.states import answer_to, settlement_of
from local.broker.values import UInt, UShort

if TYPE_CHECKING:
    from local.broker.connection import Connection

_WINDOW = 5000
_HANDLE_MAX = 1023
_WINDOW_UNTOLD = 2048


class Channel:
    """Takes the frames of one session, and sends for its links."""

    def __init__(self, connection: "Connection", number: int, begin: Body) -> None:
        self.connection = connection
        self._number = number
        self._links: dict[int, Link] = {}
        self._unsettled: dict[int, tuple[Receiver, uuid.UUID]] = {}
        self._next_delivery = 0
        self._next_outgoing = 1
        self._next_incoming = begin.fields.number(1) or 0
        self._untold = 0
        window = begin.fields.number(2)
        self.outgoing_window = _WINDOW_UNTOLD if window is None else window
        self.send(
            performative(
                BEGIN,
                UShort(number),
                UInt(self._next_outgoing),
                UInt(_WINDOW),
                UInt(_WINDOW),
                UInt(_HANDLE_MAX),
            )
        )

    # out

    @property
    def frame_bytes(self) -> int:
        """Return how large a frame the peer takes."""
        return self.connection.peer_frame_bytes

    def send(self, body: bytes) -> None:
        """Send one frame of this session."""
        self.connection.send(frame(self._number, body))

    def send_transfer(self, body: bytes, payload: bytes) -> None:
        """Send one frame with a part of a message."""
        self.connection.send(frame(self._number, body, payload))
        self._next_outgoing = (self._next_outgoing + 1) & 0xFFFFFFFF
        self.outgoing_window -= 1

    def send_flow(
        self, handle: int | None = None, count: int = 0, credit: int = 0, *, drain: bool = False
    ) -> None:
        """Tell the windows, and the credit of a link if it is named."""
        self._untold = 0
        windows = (UInt(self._next_incoming), UInt(_WINDOW), UInt(self._next_outgoing), UInt(_WINDOW))
        link = () if handle is None else (UInt(handle), UInt(count & 0xFFFFFFFF), UInt(credit), None, drain)
        self.send(performative(FLOW, *windows, *link))

    def next_delivery_id(self) -> int:
        """Return the id of the next delivery to the client."""
        number = self._next_delivery
        self._next_delivery = (number + 1) & 0xFFFFFFFF
        return number

    def await_settlement(self, delivery: int, receiver: Receiver, token: uuid.UUID) -> None:
        """Remember which lock a delivery stands for."""
        self._unsettled[delivery] = (receiver, token)

    def reply_links(self) -> list[ReplyLink]:
        """Return the links that carry answers."""
        return [link for link in self._links.values() if isinstance(link, ReplyLink)]

    def links(self) -> list[Link]:
        """Return all links."""
        return list(self._links.values())

    # in

    def on_frame(self, body: Body) -> None:
        """Take a frame of this session."""
        if body.code == TRANSFER:
            self._on_transfer(Transfer.of(body.fields), body.payload())
        elif body.code == DISPOSITION:
            self._on_disposition(Disposition.of(body.fields))
        elif body.code == FLOW:
            self._on_flow(Flow.of(body.fields))
        elif body.code == ATTACH:
            attach = body.attach()
            if attach.handle in self._links or attach.handle > _HANDLE_MAX:
                raise ConnectionFault(HANDLE_IN_USE, "The handle of a new link is in use or too large.")
            open_link(self, attach)
        elif body.code == DETACH:
            self._on_detach(body.fields.needed(0))

    def add(self, link: Link) -> None:
        """Know a link by its handle."""
        self._links[link.handle] = link

    def forget(self, link: Link) -> None:
        """Know a link no longer; what it has locked can only be settled by token."""
        self._links.pop(link.handle, None)
        if isinstance(link, Receiver):
            gone = [number for number, (receiver, _) in self._unsettled.items() if receiver is link]
            for number in gone:
                del self._unsettled[number]

    def close(self, *, cut: bool) -> None:
        """Close all links without a word."""
        for link in tuple(self._links.values()):
            link.close(cut=cut)
        self._links.clear()
        self._unsettled.clear()

    def _link(self, handle: int) -> Link:
        link = self._links.get(handle)
        if link is None:
            raise ConnectionFault(UNATTACHED_HANDLE, "A frame for a link that is not attached.")
        return link

    def _on_detach(self, handle: int) -> None:
        link = self._links.get(handle)
        if link is not None:  # else the answer to a detach of the broker's own
            link.detach()

    def _on_transfer(self, transfer: Transfer, payload: bytes) -> None:
        self._next_incoming = (self._next_incoming + 1) & 0xFFFFFFFF
        self._untold += 1
        if self._untold > _WINDOW // 2:
            self.send_flow()
        link = self._links.get(transfer.handle)
        if isinstance(link, IncomingLink):  # else a message that crossed a detach of the broker's own
            link.on_transfer(transfer, payload)

    def _on_flow(self, flow: Flow) -> None:
        known = 1 if flow.next_incoming_id is None else flow.next_incoming_id
        self.outgoing_window = known + flow.incoming_window - self._next_outgoing
        if flow.handle is not None:
            link = self._links.get(flow.handle)
            if isinstance(link, OutgoingLink):
                link.on_flow(flow)
            return
        for link in tuple(self._links.values()):
            if isinstance(link, OutgoingLink):
                link.resume()
        if flow.echo:
            self.send_flow()

    def _on_disposition(self, disposition: Disposition) -> None:
        if not disposition.from_receiver or (disposition.state is None and not disposition.settled):
            return
        span = range(disposition.first, disposition.last + 1)
        if len(span) > len(self._unsettled):
            numbers = sorted(number for number in self._unsettled if number in span)
        else:
            numbers = [number for number in span if number in self._unsettled]
        for number in numbers:
            receiver, token = self._unsettled.pop(number)
            answer = answer_to(disposition.state)
            try:
                receiver.queue.settle(token, settlement_of(disposition.state))
            except BrokerError as refusal:
                answer = outcome(REJECTED, error(refusal.condition, refusal.description))
            if not disposition.settled:
                self.send(performative(DISPOSITION, False, UInt(number), UInt(number), True, answer))
