"""Acceptances: what subscription `training` holds for whoever starts training jobs.

Peeking finds the outcomes of a job without taking anything from the trainers of other jobs. Only once a job is
trained are its own messages taken out; those that stand before them are held for that moment and given back.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusReceiver
from azure.servicebus.exceptions import MessageLockLostError

from client.bus import SERVICE, address_of, bus_client, refusals
from client.reaching import reaching
from shared.errors import BadMessage
from shared.outcome import OutcomeEvent, decode_event
from shared.settings import Connection

HELD_MAX: Final = 200
"""Messages of other jobs that are held at most, and given back, to reach one's own."""

_PAGE: Final = 100
_WAIT_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A data outcome of a job, and the number of its message."""

    event: OutcomeEvent
    sequence: int


class Acceptances:
    """The subscription, on azure-servicebus."""

    def __init__(self, connection: Connection) -> None:
        self._address = address_of(connection)
        self._client = bus_client(connection)
        # It opens when first used, and as long as nothing is received it holds no message.
        self._receiver = self._client.get_subscription_receiver("outcomes", "training")

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._receiver.close()
        await self._client.close()

    async def of(self, job: str) -> list[Acceptance]:
        """The data outcomes of the job that wait to be taken; nothing is locked."""
        found: list[Acceptance] = []
        with reaching(SERVICE, self._address), refusals(self._address):
            start = 1
            while page := await self._receiver.peek_messages(_PAGE, sequence_number=start):
                found += [acceptance for message in page if (acceptance := _of_job(message, job))]
                start = (page[-1].sequence_number or start) + 1
        return found

    async def take(self, acceptances: Sequence[Acceptance]) -> int:
        """Take these messages out; how many were.

        One that somebody else holds, or that stands behind too many others, stays: it is of no use any more
        and its time-to-live ends it.
        """
        wanted = {acceptance.sequence for acceptance in acceptances}
        taken = 0
        with reaching(SERVICE, self._address), refusals(self._address):
            others: list[ServiceBusReceivedMessage] = []
            try:
                while wanted and len(others) < HELD_MAX:
                    messages = await self._receiver.receive_messages(50, max_wait_time=_WAIT_S)
                    if not messages:
                        break
                    others += [m for m in messages if m.sequence_number not in wanted]
                    taken += await _complete(self._receiver, messages, wanted)
            finally:
                for message in others:
                    with suppress(MessageLockLostError):
                        await self._receiver.abandon_message(message)
        return taken


async def _complete(
    receiver: ServiceBusReceiver, messages: Collection[ServiceBusReceivedMessage], wanted: set[int]
) -> int:
    own = [message for message in messages if message.sequence_number in wanted]
    for message in own:
        with suppress(MessageLockLostError):  # it comes again, to whoever asks next
            await receiver.complete_message(message)
        wanted.discard(message.sequence_number or 0)
    return len(own)


def _of_job(message: ServiceBusReceivedMessage, job: str) -> Acceptance | None:
    with suppress(BadMessage):
        event = decode_event(b"".join(message.body))
        if isinstance(event, OutcomeEvent) and event.data.kind == "data" and event.data.job == job:
            return Acceptance(event=event, sequence=message.sequence_number or 0)
    return None
