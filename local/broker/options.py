"""What a queue is for, what may be declared of it or of a subscription, and what of a topic."""

import enum
from dataclasses import dataclass


class Role(enum.Enum):
    """What stands before the messages: a sender, a topic, or the queue they were given up in."""

    QUEUE = "queue"
    SUBSCRIPTION = "subscription"
    DEAD_LETTERS = "dead-letter queue"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOptions:
    """The rules of a queue or a subscription; None means without limit (and without duplicate detection)."""

    lock_ms: int = 60_000
    max_deliveries: int | None = 10
    ttl_ms: int | None = None
    dead_letters_expired: bool = False
    duplicate_window_ms: int | None = None
    requires_session: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicOptions:
    """The rules of a topic, which stand before those of each of its subscriptions."""

    ttl_ms: int | None = None
    duplicate_window_ms: int | None = None
