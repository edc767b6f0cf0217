"""One client's connection: headers, SASL, open and close, its sessions, and one write a turn of the loop."""

import asyncio
import logging
from typing import TYPE_CHECKING

from local.broker.cbs import Claims
from local.broker.channel import Channel
from local.broker.clock import Timer
from local.broker.encoding import ARRAY_OF_SYMBOL
from local.broker.errors import (
    DECODE_ERROR,
    FRAMING_ERROR,
    NOT_ALLOWED,
    UNAUTHORIZED,
    BrokerError,
    ConnectionFault,
    DecodeError,
)
from local.broker.framing import (
    AMQP_HEADER,
    MAX_FRAME_BYTES,
    SASL_FRAME,
    SASL_HEADER,
    Frame,
    FrameReader,
    frame,
)
from local.broker.performatives import (
    BEGIN,
    CLOSE,
    DETACH,
    END,
    OPEN,
    SASL_INIT,
    SASL_MECHANISMS,
    SASL_OUTCOME,
    Body,
    error,
    performative,
)
from local.broker.values import Array, UByte, UInt, UShort

if TYPE_CHECKING:
    from local.broker.server import Broker

_log = logging.getLogger(__name__)

_MECHANISMS = Array(ARRAY_OF_SYMBOL, ("MSSBCBS", "PLAIN", "ANONYMOUS", "EXTERNAL"))
_CHANNEL_MAX = 4999
_LEAST_FRAME_BYTES = 512
_MOST_FRAME_BYTES = 1 << 20
_CONTAINER = "local-servicebus"
_EMPTY_FRAME = frame(0, b"")


class Connection(asyncio.Protocol):
    """Reads frames until the peer closes, is lost, or breaks the protocol; then all it holds is let go."""

    def __init__(self, broker: "Broker") -> None:
        self.broker = broker
        self.peer_frame_bytes = _LEAST_FRAME_BYTES
        self.cbs = Claims(broker.key, broker.clock, self._detach_unauthorized)
        self._reader = FrameReader()
        self._channels: dict[int, Channel] = {}
        self._out: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._greeted = False
        self._opened = False
        self._closed = False
        self._beat: Timer | None = None

    def may_use(self, path: str) -> bool:
        """Decide whether the tokens put on this connection cover the entity now."""
        return self.cbs.cover(path)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
        self.broker.connections.add(self)

    def data_received(self, data: bytes) -> None:
        """Take what came; anything that is not AMQP, or out of order, closes the connection with the reason."""
        try:
            for item in self._reader.feed(data):
                if self._closed:
                    return
                if isinstance(item, bytes):
                    self._on_header(item)
                else:
                    self._on_frame(item)
        except ConnectionFault as fault:
            self._fail(fault.condition, fault.description)
        except DecodeError as fault:
            self._fail(DECODE_ERROR, str(fault))

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of everything; without a close before, the connection was cut."""
        self.broker.connections.discard(self)
        self._end(cut=not self._closed)

    # out

    def send(self, octets: bytes) -> None:
        """Send a frame with all others of this turn of the loop."""
        if not self._out:
            self.broker.clock.soon(self._flush)
        self._out.append(octets)

    def abort(self) -> None:
        """End the connection at once, whether or not the peer still reads."""
        if self._transport is not None:
            self._transport.abort()

    def _shut(self) -> None:
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def _flush(self) -> None:
        if self._out and self._transport is not None:
            octets, self._out = b"".join(self._out), []
            self._transport.write(octets)

    def _fail(self, condition: str, description: str) -> None:
        _log.warning("connection closed: %s: %s", condition, description)
        self.send(frame(0, performative(CLOSE, error(condition, description))))
        self._end(cut=True)
        self._shut()

    def _end(self, *, cut: bool) -> None:
        self._closed = True
        if self._beat is not None:
            self._beat.cancel()
        self.cbs.close()
        for channel in self._channels.values():
            channel.close(cut=cut)
        self._channels.clear()

    # in

    def _on_header(self, header: bytes) -> None:
        if header == SASL_HEADER:
            self.send(SASL_HEADER)
            self.send(frame(0, performative(SASL_MECHANISMS, _MECHANISMS), kind=SASL_FRAME))
            return
        self.send(AMQP_HEADER)
        self._greeted = True
        # The answer to another protocol is what is spoken here, and the end.
        if header != AMQP_HEADER:
            self._end(cut=True)
            self._shut()

    def _on_frame(self, received: Frame) -> None:
        if received.is_empty:
            return
        body = Body.of(received.octets, received.start)
        if received.kind == SASL_FRAME:
            # Any mechanism is well: it is the token put to $cbs that counts.
            if body.code == SASL_INIT:
                self.send(frame(0, performative(SASL_OUTCOME, UByte(0)), kind=SASL_FRAME))
        elif body.code == OPEN:
            self._on_open(body)
        elif not self._opened:
            raise ConnectionFault(NOT_ALLOWED, "A connection begins with an open.")
        elif body.code == CLOSE:
            self.send(frame(0, performative(CLOSE)))
            self._end(cut=False)
            self._shut()
        elif body.code == BEGIN:
            if received.channel in self._channels or received.channel > _CHANNEL_MAX:
                raise ConnectionFault(NOT_ALLOWED, "The channel of a new session is in use or too large.")
            self._channels[received.channel] = Channel(self, received.channel, body)
        else:
            self._on_channel(received.channel, body)

    def _on_channel(self, number: int, body: Body) -> None:
        channel = self._channels.get(number)
        if channel is None and body.code in (DETACH, END):  # the Python SDK answers the answer to its own end
            return
        if channel is None:
            raise ConnectionFault(
                FRAMING_ERROR, f"A frame (0x{body.code:02x}) for a session that was not begun."
            )
        if body.code == END:
            channel.close(cut=False)
            del self._channels[number]
            self.send(frame(number, performative(END)))
        else:
            channel.on_frame(body)

    def _on_open(self, body: Body) -> None:
        if self._opened or not self._greeted:
            raise ConnectionFault(NOT_ALLOWED, "A connection is opened once, after the protocol header.")
        self._opened = True
        wanted = body.fields.number(2)
        most = _MOST_FRAME_BYTES if wanted is None else min(wanted, _MOST_FRAME_BYTES)
        self.peer_frame_bytes = max(_LEAST_FRAME_BYTES, most)
        # No idle time-out is asked for: on loopback the kernel tells when a peer has gone, so idle costs nothing.
        self.send(frame(0, performative(OPEN, _CONTAINER, None, UInt(MAX_FRAME_BYTES), UShort(_CHANNEL_MAX))))
        idle_ms = body.fields.number(4)
        if idle_ms:
            self._keep_alive(max(idle_ms // 2, 100))

    def _keep_alive(self, every_ms: int) -> None:
        self.send(_EMPTY_FRAME)
        clock = self.broker.clock
        self._beat = clock.at(clock.now_ms() + every_ms, lambda: self._keep_alive(every_ms))

    def _detach_unauthorized(self) -> None:
        for channel in self._channels.values():
            for link in channel.links():
                if link.entity_path and not self.may_use(link.entity_path):
                    link.detach(BrokerError(UNAUTHORIZED, "The token has expired."))
