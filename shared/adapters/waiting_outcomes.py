"""The outcomes that wait for whoever trains."""

from collections.abc import Sequence
from contextlib import suppress

from azure.servicebus.exceptions import ServiceBusError

from shared.adapters.service_bus import OUTCOMES, body_of, bus_client
from shared.errors import BadMessage, Unavailable
from shared.outcome import OutcomeEvent, decode_event
from shared.settings import Connection


class WaitingOutcomes:
    """`fine_tuning.Outcomes` in subscription `training`: peeked at, so that they stay for any other trainer."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def waiting(self) -> Sequence[OutcomeEvent]:
        found = list[OutcomeEvent]()
        try:
            async with (
                bus_client(self._connection) as client,
                client.get_subscription_receiver(OUTCOMES, "training") as receiver,
            ):
                start = 1
                while page := await receiver.peek_messages(100, sequence_number=start):
                    for message in page:
                        with suppress(BadMessage):  # nobody's outcome
                            event = decode_event(body_of(message))
                            if isinstance(event, OutcomeEvent) and event.time.tzinfo:
                                found.append(event)
                    start = (page[-1].sequence_number or start) + 1
        except ServiceBusError as error:
            raise Unavailable(f"service bus: {type(error).__name__}") from None
        return found
