"""What a client is told: the error conditions of Service Bus, and the exceptions that carry them.

DecodeError       bytes that are no AMQP; in a message it is rejected, in a frame the connection ends
ConnectionFault   the peer broke the protocol: the connection is closed with the condition
BrokerError       one link, transfer or request is refused with the condition
"""

NOT_FOUND = "amqp:not-found"
NOT_ALLOWED = "amqp:not-allowed"
NOT_IMPLEMENTED = "amqp:not-implemented"
UNAUTHORIZED = "amqp:unauthorized-access"
DECODE_ERROR = "amqp:decode-error"
FRAMING_ERROR = "amqp:connection:framing-error"
UNATTACHED_HANDLE = "amqp:session:unattached-handle"
HANDLE_IN_USE = "amqp:session:handle-in-use"
WINDOW_VIOLATION = "amqp:session:window-violation"
TRANSFER_LIMIT = "amqp:link:transfer-limit-exceeded"
SIZE_EXCEEDED = "amqp:link:message-size-exceeded"
ARGUMENT = "com.microsoft:argument-error"
OUT_OF_RANGE = "com.microsoft:argument-out-of-range"
MESSAGE_LOCK_LOST = "com.microsoft:message-lock-lost"
SESSION_LOCK_LOST = "com.microsoft:session-lock-lost"
SESSION_LOCKED = "com.microsoft:session-cannot-be-locked"
MESSAGE_NOT_FOUND = "com.microsoft:message-not-found"
TIMEOUT = "com.microsoft:timeout"


class DecodeError(ValueError):
    """Bytes that are not the AMQP they should be; the text names a position or a type, never content."""


class ConnectionFault(Exception):
    """The peer broke the protocol; its connection is closed with `condition`."""

    def __init__(self, condition: str, description: str) -> None:
        super().__init__(description)
        self.condition = condition
        self.description = description


class BrokerError(Exception):
    """One link, transfer or management request is refused with `condition` (`status` is for management)."""

    def __init__(self, condition: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.condition = condition
        self.description = description
        self.status = status


def message_lock_lost() -> BrokerError:
    """Return the refusal of a settlement or renewal whose message lock is gone."""
    return BrokerError(
        MESSAGE_LOCK_LOST,
        "The lock supplied is invalid. Either the lock expired, or the message has already been removed from "
        "the queue.",
        410,
    )


def session_lock_lost(session_id: str | None = None) -> BrokerError:
    """Return the refusal of an operation on a session that its caller does not hold (any longer)."""
    which = "" if session_id is None else f" on the message session '{session_id}'"
    return BrokerError(
        SESSION_LOCK_LOST, f"The session lock has expired{which}. Accept the session again.", 410
    )
