"""What a trigger hands over, as the use cases take it."""

from datetime import UTC, datetime

import azure.functions as func

from shared.errors import BadMessage
from shared.events import Event
from shared.outcome import OutcomeEvent, decode_event


def event_of(event: func.EventGridEvent | func.CloudEvent) -> Event:
    """The event, whichever schema it came in: the host decides that, not the parameter's annotation."""
    if isinstance(event, func.CloudEvent):
        kind, time = event.type, event.time
    else:
        kind, time = event.event_type, event.event_time
    data = event.get_json()
    return Event(
        id=str(event.id)[:100],
        type=str(kind),
        time=time or datetime.now(UTC),
        data=data if isinstance(data, dict) else {},
    )


def outcome_of(message: func.ServiceBusMessage) -> OutcomeEvent:
    """The outcome in a message; raises BadMessage where it is anything else."""
    event = decode_event(message.get_body())
    if not isinstance(event, OutcomeEvent):
        raise BadMessage("not an outcome")
    return event
