"""A queue (or a subscription, or a dead-letter queue): what comes in, how long it stays, how it ends."""

import itertools
import uuid
from collections.abc import Sequence
from functools import partial

from local.broker.clock import Clock
from local.broker.consumer import Consumer
from local.broker.dispatch import Dispatcher
from local.broker.duplicates import DuplicateHistory
from local.broker.errors import (
    MESSAGE_NOT_FOUND,
    NOT_ALLOWED,
    BrokerError,
    message_lock_lost,
    session_lock_lost,
)
from local.broker.locks import LockTable
from local.broker.message import Message
from local.broker.options import QueueOptions, Role
from local.broker.sessions import Session, SessionActions, Sessions
from local.broker.settlement import Outcome, Settlement
from local.broker.stored import State, Stored

DEAD_LETTER_SUFFIX = "/$DeadLetterQueue"


class Queue:
    """Messages in the order of their sequence numbers, each active, scheduled, deferred or locked."""

    def __init__(self, path: str, options: QueueOptions, clock: Clock, role: Role = Role.QUEUE) -> None:
        self.path = path
        self.role = role
        self.options = options
        self._clock = clock
        self._history = DuplicateHistory(options.duplicate_window_ms, clock)
        self._numbers = itertools.count(1)
        self._stored: dict[int, Stored] = {}
        self._locks = LockTable(options.lock_ms, clock, partial(self._unlock_and_return, failed=True))
        self._plain = Dispatcher(self._available, self._hand_over)
        self.sessions: Sessions | None = None
        if options.requires_session:
            actions = SessionActions(
                available=self._available,
                hand_over=self._hand_over,
                give_back=partial(self._unlock_and_return, failed=False),
                fail=partial(self._unlock_and_return, failed=True),
                wake=self.wake,
            )
            self.sessions = Sessions(options.lock_ms, clock, actions)
        self.dead_letters: Queue | None = None
        if role is not Role.DEAD_LETTERS:
            rules = QueueOptions(lock_ms=options.lock_ms, max_deliveries=None)
            self.dead_letters = Queue(path + DEAD_LETTER_SUFFIX, rules, clock, Role.DEAD_LETTERS)
        self._awake = False

    # in

    def check_sender(self) -> None:
        """Refuse to be sent to unless this is a queue."""
        if self.role is not Role.QUEUE:
            raise BrokerError(
                NOT_ALLOWED, f"'{self.path}' is a {self.role.value} and takes no messages from senders."
            )

    def check(self, message: Message) -> None:
        """Refuse a message that may not enter here."""
        if self.sessions is not None and message.session_id is None:
            raise BrokerError(
                NOT_ALLOWED,
                "The SessionId was not set on a message, and it cannot be sent to the entity. Entities that have "
                "session support enabled can only receive messages that have the SessionId set.",
            )

    def accept(self, messages: Sequence[Message]) -> list[int]:
        """Store all of the messages or none, and return a sequence number each; a duplicate is not stored."""
        self.check_sender()
        for message in messages:
            self.check(message)
        return [
            self.insert(message).sequence if self._history.is_new(message.message_id) else next(self._numbers)
            for message in messages
        ]

    def insert(
        self, message: Message, *, ttl_limit_ms: int | None = None, enqueued_sequence: int | None = None
    ) -> Stored:
        """Store a message that was checked; one with a time in the future waits for it."""
        number, now_ms = next(self._numbers), self._clock.now_ms()
        limits = [t for t in (message.ttl_ms, self.options.ttl_ms, ttl_limit_ms) if t is not None]
        stored = Stored(
            message=message,
            sequence=number,
            enqueued_sequence=number if enqueued_sequence is None else enqueued_sequence,
            enqueued_ms=now_ms,
            ttl_ms=min(limits, default=None),
        )
        self._keep(stored)
        if message.scheduled_ms is not None and message.scheduled_ms > now_ms:
            stored.state = State.SCHEDULED
            stored.timer = self._clock.at(message.scheduled_ms, partial(self._activate, stored))
        else:
            self._start(stored)
        return stored

    def cancel(self, sequences: Sequence[int]) -> None:
        """Forget scheduled messages, all of them or none."""
        found = [self._stored.get(sequence) for sequence in sequences]
        scheduled = [each for each in found if each is not None and each.state is State.SCHEDULED]
        if len(scheduled) < len(found):
            raise BrokerError(MESSAGE_NOT_FOUND, "A scheduled message with that number does not exist.", 404)
        for stored in scheduled:
            self._remove(stored)

    # out

    def attach(self, consumer: Consumer) -> None:
        """Serve a receiver of a queue without sessions."""
        self._plain.add(consumer)
        self.wake()

    def detach(self, consumer: Consumer, *, hold_session: bool = False) -> None:
        """Serve a receiver no longer; its message locks stay, its session is released unless it is to be held."""
        self._plain.remove(consumer)
        if self.sessions is not None:
            self.sessions.leave(consumer, hold=hold_session)

    def wake(self) -> None:
        """Give out messages after what runs now, once for any number of reasons."""
        if not self._awake:
            self._awake = True
            self._clock.soon(self._run)

    def peek(self, from_sequence: int, limit: int, session_id: str | None = None) -> list[Stored]:
        """Return up to `limit` messages from a number on, whatever their state, of one session if it is named."""
        matching = (
            stored
            for sequence, stored in self._stored.items()
            if sequence >= from_sequence and session_id in (None, stored.message.session_id)
        )
        return list(itertools.islice(matching, limit))

    def receive_deferred(
        self, sequences: Sequence[int], *, delete: bool, session: Session | None
    ) -> list[Stored]:
        """Lock or delete deferred messages by their numbers, all of them or none."""
        found = [self._stored.get(sequence) for sequence in dict.fromkeys(sequences)]
        taken = [
            each
            for each in found
            if each is not None
            and each.state is State.DEFERRED
            and each.lock is None
            and (session is None or each in session.messages)
        ]
        if len(taken) < len(found):
            raise BrokerError(
                MESSAGE_NOT_FOUND,
                "Failed to lock one or more specified messages. The message does not exist.",
                404,
            )
        for stored in taken:
            if delete:
                self._remove(stored)
            else:
                self._lock(stored)
        return taken

    # locks

    def locked(self, token: uuid.UUID) -> Stored:
        """Return the message a lock token stands for; without that lock (any longer) it is lock-lost."""
        stored = self._locks.find(token)
        if stored is None:
            raise message_lock_lost() if self.sessions is None else session_lock_lost()
        return stored

    def renew(self, token: uuid.UUID) -> int:
        """Extend a message's lock by the lock duration from now, and return until when."""
        stored = self.locked(token)
        if self.sessions is not None:
            raise BrokerError(NOT_ALLOWED, "Within a session it is the session's lock that is renewed.")
        return self._locks.extend(stored)

    def settle(self, token: uuid.UUID, settlement: Settlement) -> None:
        """End a delivery."""
        stored = self.locked(token)
        if settlement.outcome is Outcome.DEAD_LETTER and self.dead_letters is None:
            raise BrokerError(NOT_ALLOWED, "A message of a dead-letter queue cannot be dead-lettered again.")
        changed = stored.message.with_application_properties(settlement.changes)
        self._locks.release(stored)
        stored.message = changed
        match settlement.outcome:
            case Outcome.COMPLETE:
                self._remove(stored)
            case Outcome.ABANDON:
                self._return(stored, failed=True)
            case Outcome.RELEASE:
                self._return(stored, failed=False)
            case Outcome.DEFER:
                stored.delivery_count += 1
                stored.state = State.DEFERRED
                if stored.is_expired(self._clock.now_ms()):
                    self._expire(stored)
            case Outcome.DEAD_LETTER:
                self._bury(stored, settlement.reason, settlement.description)

    # inside

    def _keep(self, stored: Stored) -> None:
        self._stored[stored.sequence] = stored
        if self.sessions is not None:
            self.sessions.track(stored)

    def _remove(self, stored: Stored) -> None:
        del self._stored[stored.sequence]
        stored.stop_timer()
        if self.sessions is not None:
            self.sessions.forget(stored)

    def _start(self, stored: Stored) -> None:
        if stored.ttl_ms is not None:
            stored.expires_ms = stored.enqueued_ms + stored.ttl_ms
            stored.timer = self._clock.at(stored.expires_ms, partial(self._expire, stored))
        self._offer(stored)

    def _activate(self, stored: Stored) -> None:
        del self._stored[stored.sequence]
        stored.sequence = next(
            self._numbers
        )  # as if it came only now; enqueued_sequence keeps the first number
        self._stored[stored.sequence] = stored
        stored.state, stored.enqueued_ms = State.ACTIVE, self._clock.now_ms()
        self._start(stored)

    def _offer(self, stored: Stored) -> None:
        (self.sessions or self._plain).offer(stored)
        self.wake()

    def _run(self) -> None:
        self._awake = False
        (self.sessions or self._plain).run()

    def _available(self, sequence: int) -> Stored | None:
        stored = self._stored.get(sequence)
        if stored is None or stored.state is not State.ACTIVE or stored.lock is not None:
            return None
        if stored.is_expired(self._clock.now_ms()):
            self._expire(stored)
            return None
        return stored

    def _hand_over(self, consumer: Consumer, stored: Stored) -> None:
        if consumer.deletes:
            self._remove(stored)
        else:
            self._lock(stored)
        consumer.deliver(stored)

    def _lock(self, stored: Stored) -> None:
        self._locks.take(stored, None if self.sessions is None else self.sessions.lock_until_ms(stored))

    def _unlock_and_return(self, stored: Stored, *, failed: bool) -> None:
        self._locks.release(stored)
        self._return(stored, failed=failed)

    def _return(self, stored: Stored, *, failed: bool) -> None:
        stored.delivery_count += failed
        limit = self.options.max_deliveries
        if stored.is_expired(self._clock.now_ms()):
            self._expire(stored)
        elif failed and limit is not None and stored.delivery_count >= limit:
            text = f"Message could not be consumed after {limit} delivery attempts."
            self._bury(stored, "MaxDeliveryCountExceeded", text)
        elif stored.state is State.ACTIVE:
            self._offer(stored)

    def _expire(self, stored: Stored) -> None:
        # A locked message may still be settled; its time is up when it comes back.
        if stored.lock is not None:
            return
        if self.options.dead_letters_expired:
            self._bury(stored, "TTLExpiredException", "The message expired and was dead lettered.")
        else:
            self._remove(stored)

    def _bury(self, stored: Stored, reason: str | None, description: str | None) -> None:
        self._remove(stored)
        if self.dead_letters is not None:
            changes = {"DeadLetterReason": reason, "DeadLetterErrorDescription": description}
            given = {name: text for name, text in changes.items() if text is not None}
            self.dead_letters.receive_dead(
                stored, stored.message.with_application_properties(given), self.path
            )

    def receive_dead(self, dead: Stored, message: Message, source: str) -> None:
        """Take a message that ended in the queue `source`: it keeps its count, and lives without limit."""
        stored = Stored(
            message=message,
            sequence=next(self._numbers),
            enqueued_sequence=dead.enqueued_sequence,
            enqueued_ms=self._clock.now_ms(),
            delivery_count=dead.delivery_count,
            dead_letter_source=source,
        )
        self._keep(stored)
        self._offer(stored)
