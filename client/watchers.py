"""The subscription `watchers` itself, looked at a moment at a time."""

import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from azure.servicebus.aio import ServiceBusReceiver
from azure.servicebus.exceptions import ServiceBusError, SessionCannotBeLockedError

from client.bus import address_of, bus_client, refusals
from client.notices import HOLD_S, Notice, outcome_among
from client.reaching import heed_cancellation
from shared.errors import BadMessage, SessionBusy, Unavailable
from shared.outcome import decode_event
from shared.settings import Connection


class SubscriptionWatchers:
    """`notices.Watchers` on azure-servicebus."""

    def __init__(self, connection: Connection) -> None:
        self.address = address_of(connection)
        self._client = bus_client(connection)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    async def look(self, evaluation: str, hold_s: float = HOLD_S) -> Sequence[Notice]:
        receiver = self._client.get_subscription_receiver("outcomes", "watchers", session_id=evaluation)
        try:
            # Closing gives the session and all its messages back, uncounted.
            with refusals(self.address):
                async with receiver:
                    return await _received(receiver, evaluation, hold_s)
        except SessionCannotBeLockedError:
            raise SessionBusy("another watcher holds the session") from None
        except ServiceBusError as error:
            heed_cancellation()
            raise Unavailable(type(error).__name__) from None


async def _received(receiver: ServiceBusReceiver, evaluation: str, hold_s: float) -> list[Notice]:
    notices: list[Notice] = []
    leave = time.monotonic() + hold_s
    while (left_s := leave - time.monotonic()) > 0:
        messages = await receiver.receive_messages(max_message_count=200, max_wait_time=left_s)
        if not messages:
            break
        for message in messages:
            body = b"".join(message.body)
            # What does not decode, or is about another evaluation, is nobody's notice.
            with suppress(BadMessage):
                event = decode_event(body)
                if event.data.evaluation == evaluation:
                    notices.append(Notice(event=event, body=body.decode()))
        if outcome_among(notices):
            break
    return notices
