"""The outcomes that wait for whoever trains."""

from collections.abc import Sequence
from contextlib import suppress

from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import ServiceBusError

from shared.adapters.identity import credential
from shared.errors import BadMessage, Unavailable
from shared.outcome import OutcomeEvent, decode_event
from shared.settings import Connection


class WaitingOutcomes:
    """`fine_tuning.Outcomes` in subscription `training`: peeked at, so that they stay for any other trainer."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def waiting(self) -> Sequence[OutcomeEvent]:
        found, connection = list[OutcomeEvent](), self._connection
        try:
            client = (
                ServiceBusClient(connection.address, credential(connection.client_id))
                if connection.address
                else ServiceBusClient.from_connection_string(connection.secret)
            )
            async with client, client.get_subscription_receiver("outcomes", "training") as receiver:
                start = 1
                while page := await receiver.peek_messages(100, sequence_number=start):
                    for message in page:
                        with suppress(BadMessage):  # nobody's outcome
                            event = decode_event(b"".join(message.body))
                            if isinstance(event, OutcomeEvent) and event.time.tzinfo:
                                found.append(event)
                    start = (page[-1].sequence_number or start) + 1
        except ServiceBusError as error:
            raise Unavailable(f"service bus: {type(error).__name__}") from None
        return found
