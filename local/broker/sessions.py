"""The sessions of a queue: which exist, who holds which, and until when."""

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from local.broker.clock import Clock, Timer
from local.broker.consumer import Consumer
from local.broker.errors import OUT_OF_RANGE, SESSION_LOCKED, BrokerError, session_lock_lost
from local.broker.message import MAX_ID_CHARACTERS
from local.broker.stored import Stored


@dataclass(slots=True, eq=False, kw_only=True)
class Session:
    """All messages with one session id, the state stored for it, and the lock of its owner."""

    id: str
    messages: set[Stored] = field(default_factory=set)
    ready: list[int] = field(default_factory=list)
    state: bytes | None = None
    updated_ms: int = 0
    owner: Consumer | None = None
    locked_until_ms: int = 0
    timer: Timer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionActions:
    """What sessions ask of the queue they belong to."""

    available: Callable[[int], Stored | None]
    hand_over: Callable[[Consumer, Stored], None]
    give_back: Callable[[Stored], None]
    fail: Callable[[Stored], None]
    wake: Callable[[], None]


class Sessions:
    """Gives each session to one receiver at a time, and its messages in order to that receiver alone."""

    def __init__(self, lock_ms: int, clock: Clock, actions: SessionActions) -> None:
        self._lock_ms = lock_ms
        self._clock = clock
        self._actions = actions
        self._by_id: dict[str, Session] = {}
        self._owned: dict[Consumer, Session] = {}
        self._waiting: deque[Consumer] = deque()

    def track(self, stored: Stored) -> None:
        """Count a message in its session, whatever its state."""
        self._session(stored.message.session_id or "").messages.add(stored)

    def forget(self, stored: Stored) -> None:
        """Count a message no longer."""
        session = self._by_id.get(stored.message.session_id or "")
        if session is not None:
            session.messages.discard(stored)
            self._drop_if_empty(session)

    def offer(self, stored: Stored) -> None:
        """Take a message that is active and not locked."""
        heapq.heappush(self._session(stored.message.session_id or "").ready, stored.sequence)

    def lock_until_ms(self, stored: Stored) -> int:
        """Return until when the session of the message is locked: message locks follow it."""
        return self._session(stored.message.session_id or "").locked_until_ms

    def accept(self, session_id: str, consumer: Consumer) -> Session:
        """Give the session to the receiver, whether or not it has messages; one that is held is refused."""
        if len(session_id) > MAX_ID_CHARACTERS:
            raise BrokerError(OUT_OF_RANGE, f"A session id may have {MAX_ID_CHARACTERS} characters.")
        session = self._session(session_id)
        if session.owner is not None:
            raise BrokerError(
                SESSION_LOCKED,
                f"The requested session '{session_id}' cannot be accepted. It may be locked by another receiver.",
            )
        self._own(session, consumer)
        return session

    def wait(self, consumer: Consumer) -> None:
        """Grant the receiver the next session with an active message and no owner, as soon as there is one."""
        self._waiting.append(consumer)

    def leave(self, consumer: Consumer, *, hold: bool = False) -> None:
        """Release the receiver's session without counting a delivery; `hold` leaves it to the lock's expiry."""
        if consumer in self._waiting:
            self._waiting.remove(consumer)
        session = self._owned.get(consumer)
        if session is not None and not hold:
            self._release(session, failed=False)

    def renew(self, session: Session) -> int:
        """Extend the lock of a session that is held, and with it the locks of its messages."""
        if session.timer is not None:
            session.timer.cancel()
        session.locked_until_ms = self._clock.now_ms() + self._lock_ms
        session.timer = self._clock.at(session.locked_until_ms, lambda: self._expire(session))
        for stored in session.messages:
            if stored.lock is not None:
                stored.lock.until_ms = session.locked_until_ms
        return session.locked_until_ms

    def held(self, session_id: str, holder: object) -> Session:
        """Return the session if this connection holds it; session-lock-lost otherwise."""
        session = self._by_id.get(session_id)
        if session is None or session.owner is None or session.owner.holder is not holder:
            raise session_lock_lost(session_id)
        return session

    def set_state(self, session: Session, state: bytes | None) -> None:
        """Store the state, which outlives the lock and the messages."""
        session.state = state
        session.updated_ms = self._clock.now_ms()

    def ids(self, updated_after_ms: int | None) -> list[str]:
        """Return the ids of sessions with messages or state; with a time, of those whose state is newer."""
        if updated_after_ms is None:
            return sorted(s.id for s in self._by_id.values() if s.messages or s.state is not None)
        return sorted(
            s.id for s in self._by_id.values() if s.state is not None and s.updated_ms > updated_after_ms
        )

    def run(self) -> None:
        """Grant sessions to those who wait, then give out messages."""
        if self._waiting:
            for session in tuple(self._by_id.values()):
                if not self._waiting:
                    break
                if session.owner is None and self._next(session) is not None:
                    consumer = self._waiting.popleft()
                    self._own(session, consumer)
                    consumer.session_granted(session)
        for consumer, session in tuple(self._owned.items()):
            while consumer.can_take():
                stored = self._next(session)
                if stored is None:
                    break
                heapq.heappop(session.ready)
                self._actions.hand_over(consumer, stored)
            consumer.served()

    def _session(self, session_id: str) -> Session:
        session = self._by_id.get(session_id)
        if session is None:
            session = self._by_id[session_id] = Session(id=session_id)
        return session

    def _next(self, session: Session) -> Stored | None:
        while session.ready:
            stored = self._actions.available(session.ready[0])
            if stored is not None:
                return stored
            heapq.heappop(session.ready)
        return None

    def _own(self, session: Session, consumer: Consumer) -> None:
        # To the end: a session that is given back unfinished must not starve the others.
        self._by_id[session.id] = self._by_id.pop(session.id)
        session.owner = consumer
        self._owned[consumer] = session
        self.renew(session)

    def _expire(self, session: Session) -> None:
        owner = session.owner
        if owner is not None:
            self._release(session, failed=True)
            owner.session_lost(session)

    def _release(self, session: Session, *, failed: bool) -> None:
        if session.owner is not None:
            del self._owned[session.owner]
        session.owner = None
        if session.timer is not None:
            session.timer.cancel()
            session.timer = None
        for stored in sorted(session.messages, key=lambda each: each.sequence):
            if stored.lock is not None:
                (self._actions.fail if failed else self._actions.give_back)(stored)
        self._drop_if_empty(session)
        self._actions.wake()

    def _drop_if_empty(self, session: Session) -> None:
        if not session.messages and session.state is None and session.owner is None:
            self._by_id.pop(session.id, None)
