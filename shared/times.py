"""Every duration that must fit another: deadline < time-to-live < duplicate-detection window."""

from datetime import datetime, timedelta
from typing import Final

DEADLINE_MAX: Final = timedelta(hours=20)
"""No evaluation waits longer for its tallies."""
MESSAGE_TTL: Final = timedelta(hours=24)
"""Every message's time-to-live; nothing but the verdict outlives it."""
DUPLICATE_WINDOW: Final = timedelta(hours=48)
"""Duplicate-detection window: longer than any message can live, so that a late copy is still known."""
SHARD_LOCK: Final = timedelta(minutes=5)
"""Service Bus's longest peek-lock."""
SHARD_BUDGET: Final = timedelta(minutes=4)
"""What a shard may take of its lock before it hands itself back with a delay."""
COLLECT_IDLE: Final = timedelta(seconds=20)
"""How long a collector stays without a tally arriving."""
COLLECT_LEAST: Final = timedelta(seconds=3)
"""How long a collector waits for tallies even at the deadline: those that are there must have time to arrive."""
COLLECT_LAST: Final = timedelta(seconds=1)
"""How long a collector listens for more once every shard has reported."""
COLLECT_STAY: Final = timedelta(seconds=120)
"""How long a collector stays in all; its session's lock is longer."""
MAX_ATTEMPTS: Final = 8
"""Delayed copies of one shard; after the last one what is unscored stays so."""

_SLACK = timedelta(hours=1)
_BYTES_PER_TEXT = 200
_CONVERSATION_S = 15


def data_deadline(start: datetime, *, length: int, requests_per_s: float) -> datetime:
    """When a data evaluation ends at the latest: an hour, and twice the time its texts take at the quota.

    A text is taken to be 200 bytes: short for a chat turn with its JSON around it.
    """
    estimate = timedelta(seconds=2 * length / _BYTES_PER_TEXT / requests_per_s)
    return start + min(DEADLINE_MAX, _SLACK + estimate)


def model_deadline(start: datetime, *, conversations: int) -> datetime:
    """When a model evaluation ends at the latest: an hour, and 15 s for each conversation: with
    sixteen held at once, four minutes each."""
    return start + min(DEADLINE_MAX, _SLACK + timedelta(seconds=_CONVERSATION_S * conversations))


def collect_delay(round_number: int) -> timedelta:
    """The pause before a collector's next look: 2 s doubling to 60 s."""
    return timedelta(seconds=min(60, 2 * 2 ** min(round_number, 10)))


def attempt_delay(attempt: int, retry_after_s: float = 0) -> timedelta:
    """The pause before a shard's delayed copy: 15 s doubling to 10 minutes, and never less than was asked for."""
    asked_s = min(retry_after_s, 3600)  # what a service asks for must not outlast the deadline
    return timedelta(seconds=max(asked_s, min(600, 15 * 2 ** min(attempt, 10))))


def redelivery_wait(deliveries: int) -> timedelta:
    """How long a trigger waits before it raises for a passing reason: an abandoned message comes back at once."""
    return timedelta(seconds=min(60, 2 ** min(deliveries, 10)))
