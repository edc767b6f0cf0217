"""A topic: takes messages once, and gives each of its subscriptions those it asked for."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from local.broker.clock import Clock, Timer
from local.broker.duplicates import DuplicateHistory
from local.broker.errors import MESSAGE_NOT_FOUND, BrokerError
from local.broker.filters import CorrelationFilter
from local.broker.message import Message
from local.broker.options import TopicOptions
from local.broker.queue import Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A queue behind a topic; it gets what any of its filters matches, once."""

    queue: Queue
    filters: tuple[CorrelationFilter, ...]

    def wants(self, message: Message) -> bool:
        """Decide whether the message goes to this subscription."""
        return any(each.matches(message) for each in self.filters)


class Topic:
    """Duplicates are detected here, before the subscriptions; a scheduled message waits here as well."""

    def __init__(
        self, path: str, options: TopicOptions, subscriptions: Sequence[Subscription], clock: Clock
    ) -> None:
        self.path = path
        self._options = options
        self._subscriptions = tuple(subscriptions)
        self._clock = clock
        self._history = DuplicateHistory(options.duplicate_window_ms, clock)
        self._numbers = itertools.count(1)
        self._scheduled: dict[int, Timer] = {}

    def check_sender(self) -> None:
        """Accept senders: a topic is there for them."""

    def accept(self, messages: Sequence[Message]) -> list[int]:
        """Store all of the messages or none, and return a sequence number each; a duplicate is not stored.

        Stricter than Azure may be: a message that a subscription with sessions wants and that has no session
        id is refused here, where Azure takes it and loses sight of it.
        """
        for message in messages:
            for subscription in self._subscriptions:
                if subscription.wants(message):
                    subscription.queue.check(message)
        numbers = []
        for message in messages:
            number = next(self._numbers)
            numbers.append(number)
            if not self._history.is_new(message.message_id):
                continue
            if message.scheduled_ms is not None and message.scheduled_ms > self._clock.now_ms():
                self._scheduled[number] = self._clock.at(
                    message.scheduled_ms, partial(self._activate, number, message)
                )
            else:
                self._spread(number, message)
        return numbers

    def cancel(self, sequences: Sequence[int]) -> None:
        """Forget scheduled messages, all of them or none."""
        if any(sequence not in self._scheduled for sequence in sequences):
            raise BrokerError(MESSAGE_NOT_FOUND, "A scheduled message with that number does not exist.", 404)
        for sequence in dict.fromkeys(sequences):
            self._scheduled.pop(sequence).cancel()

    def _activate(self, number: int, message: Message) -> None:
        del self._scheduled[number]
        self._spread(number, message)

    def _spread(self, number: int, message: Message) -> None:
        for subscription in self._subscriptions:
            if subscription.wants(message):
                subscription.queue.insert(
                    message, ttl_limit_ms=self._options.ttl_ms, enqueued_sequence=number
                )
