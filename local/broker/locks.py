"""The peek-locks of a queue, by their tokens."""

import uuid
from collections.abc import Callable
from functools import partial

from local.broker.clock import Clock
from local.broker.stored import Lock, Stored


class LockTable:
    """Locks messages for a fixed time, or for as long as a session's lock lasts; `on_expiry` gets what is over."""

    def __init__(self, lock_ms: int, clock: Clock, on_expiry: Callable[[Stored], None]) -> None:
        self._lock_ms = lock_ms
        self._clock = clock
        self._on_expiry = on_expiry
        self._by_token: dict[uuid.UUID, Stored] = {}

    def find(self, token: uuid.UUID) -> Stored | None:
        """Return the message that the token has locked, None if it has not (any longer)."""
        return self._by_token.get(token)

    def take(self, stored: Stored, session_until_ms: int | None) -> None:
        """Lock a message; within a session the session's timer ends the lock, else one of its own."""
        stored.lock = Lock(until_ms=session_until_ms or 0)
        self._by_token[stored.lock.token] = stored
        if session_until_ms is None:
            self._time(stored, stored.lock)

    def extend(self, stored: Stored) -> int:
        """Lock for the full time from now, and return until when."""
        if stored.lock is None:
            raise ValueError("only a lock that is held can be extended")
        if stored.lock.timer is not None:
            stored.lock.timer.cancel()
        self._time(stored, stored.lock)
        return stored.lock.until_ms

    def release(self, stored: Stored) -> None:
        """End the lock, whoever holds it."""
        if stored.lock is not None:
            del self._by_token[stored.lock.token]
            if stored.lock.timer is not None:
                stored.lock.timer.cancel()
            stored.lock = None

    def _time(self, stored: Stored, lock: Lock) -> None:
        lock.until_ms = self._clock.now_ms() + self._lock_ms
        lock.timer = self._clock.at(lock.until_ms, partial(self._on_expiry, stored))
