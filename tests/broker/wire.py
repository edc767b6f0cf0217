"""A client that may do what no SDK does: it writes any frame and reads every answer."""

import asyncio
import uuid
from dataclasses import dataclass
from typing import Any, Self

from local.broker.decoding import decode
from local.broker.encoding import encode, section
from local.broker.framing import AMQP_HEADER, SASL_FRAME, SASL_HEADER, Frame, FrameReader, frame
from local.broker.performatives import (
    ATTACH,
    BEGIN,
    CLOSE,
    DETACH,
    DISPOSITION,
    FLOW,
    OPEN,
    SASL_INIT,
    SASL_OUTCOME,
    TRANSFER,
    Body,
)
from local.broker.values import Described, Symbol, UByte, UInt, ULong
from tests.broker.served import Served

_WAIT_S = 5


@dataclass(kw_only=True)
class Refused(Exception):
    """The condition of a detach, a rejection or a close."""

    condition: str


def performative(code: int, *fields: object) -> bytes:
    """Return the performative with just these fields."""
    return section(code, encode(list(fields)))


def condition_of(value: object) -> str | None:
    """Return the condition of an error value, None for null."""
    if not isinstance(value, Described):
        return None
    assert isinstance(value.value, list)
    return str(value.value[0])


class Wire:
    """One connection with one session on channel 1."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._frames = FrameReader()
        self._waiting: list[Body] = []
        self._handle = 0
        self._delivery = 0

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._served.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        await asyncio.wait([asyncio.ensure_future(self.writer.wait_closed())])

    def write(self, octets: bytes) -> None:
        """Write anything at all."""
        self.writer.write(octets)

    def send(self, code: int, *fields: object, payload: bytes = b"", channel: int = 1) -> None:
        """Write a frame."""
        self.write(frame(channel, performative(code, *fields), payload))

    async def expect(self, *codes: int, detached: int | None = None) -> Body:
        """Return the first frame of these kinds (a detach: of that handle), keeping others; a close is Refused."""
        while True:
            for body in self._waiting:
                if body.code == CLOSE:
                    raise Refused(condition=condition_of(body.fields.value(0)) or "")
                if body.code in codes and detached in (None, body.fields.value(0)):
                    self._waiting.remove(body)
                    return body
            data = await asyncio.wait_for(self.reader.read(65_536), _WAIT_S)
            if not data:
                raise EOFError
            for item in self._frames.feed(data):
                if isinstance(item, Frame) and not item.is_empty:
                    self._waiting.append(Body.of(item.octets, item.start))

    async def start(self, token: str | None = None, audience: str = "") -> None:
        """Shake hands, begin a session and put a token (one for the whole namespace unless one is given)."""
        self.write(SASL_HEADER)
        self.write(frame(0, performative(SASL_INIT, Symbol("ANONYMOUS")), kind=SASL_FRAME))
        await self.expect(SASL_OUTCOME)
        self.write(AMQP_HEADER)
        self.send(OPEN, "wire", None, UInt(65_536), channel=0)
        self.send(BEGIN, None, UInt(0), UInt(5000), UInt(5000))
        await self.expect(BEGIN)
        status = await self.put_token(self._served.token("") if token is None else token, audience)
        if status != 202:
            raise Refused(condition=str(status))

    async def put_token(self, token: object, audience: str) -> int:
        """Return the status code of a put-token."""
        properties = {"operation": "put-token", "name": f"sb://{self._served.host}/{audience}"}
        return int((await self.request("$cbs", properties, token))["status-code"])

    async def request(self, node: str, properties: dict[str, object], body: object) -> dict[str, Any]:
        """Return the application properties of a node's answer, with the body under "body"."""
        sender = await self.attach_sender(node)
        receiver = await self.attach_receiver(node, target=f"reply-{self._handle}")
        self.credit(receiver, 1)
        message = (
            section(0x73, encode([uuid.uuid4(), None, None, None, f"reply-{self._handle}"]))
            + section(0x74, encode(properties))
            + section(0x77, encode(body))
        )
        self.transfer(sender, message, settled=True)
        answer = await self.expect(TRANSFER)
        sections: dict[object, Any] = {}
        octets = answer.payload()
        while octets:
            value, end = decode(octets)
            assert isinstance(value, Described)
            sections[value.descriptor] = value.value
            octets = octets[end:]
        for handle in (sender, receiver):
            self.send(DETACH, UInt(handle), True)
        return {**sections[0x74], "body": sections[0x77]}

    async def attach_sender(self, address: str) -> int:
        """Return the handle of a new link to send on; Refused if the broker detaches it."""
        return await self._attach(False, UByte(0), _terminus(0x28, "here"), _terminus(0x29, address))

    async def attach_receiver(
        self,
        address: str,
        *,
        target: str = "here",
        session: object = ...,
        deletes: bool = False,
        wait_ms: int = 200,
    ) -> int:
        """Return the handle of a new link to receive on; Refused if the broker detaches it."""
        filters = None if session is ... else {Symbol("com.microsoft:session-filter"): session}
        return await self._attach(
            True,
            UByte(1 if deletes else 0),
            _terminus(0x28, address, filters),
            _terminus(0x29, target),
            {Symbol("com.microsoft:timeout"): UInt(wait_ms)},
        )

    async def _attach(
        self,
        role: bool,
        mode: UByte,
        source: Described,
        target: Described,
        properties: dict[Symbol, UInt] | None = None,
    ) -> int:
        self._handle += 1
        name = f"link-{self._handle}"
        rest = (None, None, UInt(0), None, None, None, properties)
        self.send(ATTACH, name, UInt(self._handle), role, mode, UByte(1), source, target, *rest)
        answer = await self.expect(ATTACH)
        if answer.fields.value(6 if not role else 5) is None:
            detach = await self.expect(DETACH, detached=self._handle)
            raise Refused(condition=condition_of(detach.fields.value(2)) or "")
        return self._handle

    def credit(self, handle: int, credit: int, *, drain: bool = False) -> None:
        """Give credit to a link to receive on."""
        self.send(
            FLOW, UInt(1), UInt(5000), UInt(0), UInt(5000), UInt(handle), UInt(0), UInt(credit), None, drain
        )

    def transfer(self, handle: int, octets: bytes, *, message_format: int = 0, settled: bool = False) -> None:
        """Send a message, in frames of at most 60,000 bytes."""
        for start in range(0, len(octets), 60_000):
            more = start + 60_000 < len(octets)
            fields = (UInt(handle), UInt(self._delivery), b"tag", UInt(message_format), settled, more)
            self.send(TRANSFER, *fields, payload=octets[start : start + 60_000])
        self._delivery += 1

    async def sent(self, handle: int, octets: bytes, *, message_format: int = 0) -> None:
        """Send a message and wait until it is accepted; Refused if it is rejected."""
        self.transfer(handle, octets, message_format=message_format)
        await self._settled()

    async def delivery(self) -> Body:
        """Return the next delivery on any link."""
        return await self.expect(TRANSFER)

    async def settle(self, delivery: int, state: Described) -> None:
        """Settle a delivery and wait for the answer; Refused if it is rejected with an error."""
        self.send(DISPOSITION, True, UInt(delivery), UInt(delivery), False, state)
        await self._settled()

    async def _settled(self) -> None:
        answer = (await self.expect(DISPOSITION)).fields.described(4)
        assert answer is not None
        if answer.descriptor == 0x25 and isinstance(answer.value, list) and answer.value[0] is not None:
            raise Refused(condition=condition_of(answer.value[0]) or "")


def message(
    body: bytes = b"x", *, message_id: object = None, session_id: object = None, ttl_ms: int | None = None
) -> bytes:
    """Return an encoded message."""
    header = section(0x70, encode([None, None, None if ttl_ms is None else UInt(ttl_ms)]))
    properties = [message_id, *[None] * 9, session_id]
    return header + section(0x73, encode(properties)) + section(0x75, encode(body))


def batch(*messages: bytes) -> bytes:
    """Return an encoded batch."""
    return b"".join(section(0x75, encode(each)) for each in messages)


def _terminus(code: int, address: str, filters: object = None) -> Described:
    fields: list[object] = [address]
    if filters is not None:
        fields += [None] * 6 + [filters]
    return Described(ULong(code), fields)
