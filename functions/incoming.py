"""What a trigger hands over, as the use cases take it."""

import azure.functions as func

from shared.errors import BadMessage
from shared.events import Event
from shared.outcome import OutcomeEvent, decode_event


def event_of(event: func.EventGridEvent | func.CloudEvent) -> Event:
    """The event, whichever schema it came in: the host decides that, not the parameter's annotation."""
    kind = event.type if isinstance(event, func.CloudEvent) else event.event_type
    data = event.get_json()
    return Event(
        id=str(event.id)[:100],
        type=str(kind),
        data=data if isinstance(data, dict) else {},
    )


def outcome_of(message: func.ServiceBusMessage) -> OutcomeEvent:
    """The outcome in a message; raises BadMessage where it is anything else."""
    event = decode_event(message.get_body())
    if not isinstance(event, OutcomeEvent):
        raise BadMessage("not an outcome")
    return event
