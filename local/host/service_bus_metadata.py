"""What the real host tells a function about a Service Bus message (extension 5.x), field by field."""

import base64
import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from azure.functions.meta import Datum
from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.amqp import AmqpMessageBodyType

# .NET's greatest time, which stands for "does not expire".
_NEVER = "9999-12-31T23:59:59.9999999"


class UnreadableBody(ValueError):
    """The body is an AMQP value or sequence: the real host reads data sections only."""


def body(message: ServiceBusReceivedMessage, *, binary: bool) -> Datum:
    """The body as the host sends it: text by default, bytes where the trigger's data type is binary."""
    if message.body_type != AmqpMessageBodyType.DATA:
        raise UnreadableBody
    content = b"".join(message.body)
    return Datum(content, "bytes") if binary else Datum(content.decode("utf-8", errors="replace"), "string")


def trigger_metadata(message: ServiceBusReceivedMessage) -> dict[str, object]:
    """The trigger metadata of a message; what is None is not sent.

    Deliveries count from 1 here as in the real host, not from 0 as on the wire. DateTime fields carry no
    offset: so the library reads them as naive times, in Azure as well.
    """
    properties = {_text(key): _plain(value) for key, value in (message.application_properties or {}).items()}
    expires, enqueued = message.expires_at_utc, message.enqueued_time_utc
    return {
        "DeliveryCount": (message.delivery_count or 0) + 1,
        "DeadLetterSource": message.dead_letter_source,
        "LockToken": str(message.lock_token),
        "ExpiresAtUtc": _NEVER if expires is None else _dotnet(expires),
        "ExpiresAt": f"{_NEVER if expires is None else _dotnet(expires)}+00:00",
        "EnqueuedTimeUtc": None if enqueued is None else _dotnet(enqueued),
        "EnqueuedTime": None if enqueued is None else f"{_dotnet(enqueued)}+00:00",
        "MessageId": message.message_id,
        "ContentType": message.content_type,
        "ReplyTo": message.reply_to,
        "SequenceNumber": message.sequence_number,
        "To": message.to,
        "Subject": message.subject,
        "Label": message.subject,
        "CorrelationId": message.correlation_id,
        "ApplicationProperties": properties,
        "UserProperties": properties,
        "SessionId": message.session_id,
        "ReplyToSessionId": message.reply_to_session_id,
        "PartitionKey": message.partition_key,
    }


def _dotnet(moment: datetime) -> str:
    """A UTC time as .NET writes one: no zeros after the last digit of the second's fraction."""
    whole, _, fraction = moment.replace(tzinfo=None).isoformat(timespec="microseconds").partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def _text(value: object) -> str:
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value)


def _plain(value: object) -> object:
    """An application property as it looks after its way through the host's JSON."""
    match value:
        case bytes():
            return value.decode("utf-8", errors="replace")
        case datetime():
            return f"{_dotnet(value)}+00:00"
        case uuid.UUID():
            return str(value)
        case Decimal():
            return float(value)
        case bytearray() | memoryview():
            return base64.b64encode(value).decode()
        case Mapping():
            return {_text(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value
