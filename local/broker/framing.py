"""AMQP frames and protocol headers, cut out of a stream of bytes."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from local.broker.errors import FRAMING_ERROR, ConnectionFault

SASL_HEADER = b"AMQP\x03\x01\x00\x00"
AMQP_HEADER = b"AMQP\x00\x01\x00\x00"
MAX_FRAME_BYTES = 65_536
HEADER_BYTES = 8
AMQP_FRAME, SASL_FRAME = 0, 1

_FRAME_HEADER = struct.Struct(">IBBH")


def frame(channel: int, body: bytes, payload: bytes = b"", *, kind: int = AMQP_FRAME) -> bytes:
    """Return one frame."""
    return _FRAME_HEADER.pack(HEADER_BYTES + len(body) + len(payload), 2, kind, channel) + body + payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame as it came; the body begins at `start`, and an empty one only says that the peer lives."""

    kind: int
    channel: int
    start: int
    octets: bytes

    @property
    def is_empty(self) -> bool:
        """Tell whether there is no body."""
        return self.start == len(self.octets)


class FrameReader:
    """Collects bytes and yields what is complete: protocol headers as bytes, and frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes | Frame]:
        """Yield all that is complete with the new bytes; what cannot be a frame is a fault."""
        self._buffer += data
        while len(self._buffer) >= HEADER_BYTES:
            if self._buffer[:4] == b"AMQP":
                yield self._cut(HEADER_BYTES)
                continue
            size, offset, kind, channel = _FRAME_HEADER.unpack_from(self._buffer)
            start = 4 * offset
            if not HEADER_BYTES <= start <= size <= MAX_FRAME_BYTES or kind not in (AMQP_FRAME, SASL_FRAME):
                raise ConnectionFault(
                    FRAMING_ERROR, "What came is not a frame, or larger than a frame may be."
                )
            if len(self._buffer) < size:
                return
            yield Frame(kind=kind, channel=channel, start=start, octets=self._cut(size))

    def _cut(self, size: int) -> bytes:
        octets = bytes(self._buffer[:size])
        del self._buffer[:size]
        return octets
