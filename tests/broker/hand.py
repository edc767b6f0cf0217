"""Time that moves by hand, and a receiver that only takes notes: what the entities need, without a network."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from local.broker.message import Message
from local.broker.sessions import Session
from local.broker.stored import Stored
from tests.broker.wire import message

_START_MS = 1_000_000


@dataclass(slots=True)
class HandTimer:
    """A timer of the clock below."""

    action: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        """Let it not happen."""
        self.cancelled = True


class HandClock:
    """Stands still until `pass_ms`."""

    def __init__(self) -> None:
        self._now_ms = _START_MS
        self._order = itertools.count()
        self._timers: list[tuple[int, int, HandTimer]] = []
        self._soon: list[Callable[[], None]] = []

    def now_ms(self) -> int:
        """Return the time."""
        return self._now_ms

    def at(self, when_ms: int, action: Callable[[], None]) -> HandTimer:
        """Call `action` when time has come that far."""
        timer = HandTimer(action)
        heapq.heappush(self._timers, (when_ms, next(self._order), timer))
        return timer

    def soon(self, action: Callable[[], None]) -> None:
        """Call `action` at the next `pass_ms`."""
        self._soon.append(action)

    def pass_ms(self, milliseconds: int = 0) -> None:
        """Let time pass, and everything happen that is due."""
        end_ms = self._now_ms + milliseconds
        self._run_soon()
        while self._timers and self._timers[0][0] <= end_ms:
            when_ms, _, timer = heapq.heappop(self._timers)
            self._now_ms = max(self._now_ms, when_ms)
            if not timer.cancelled:
                timer.action()
                self._run_soon()
        self._now_ms = end_ms

    def _run_soon(self) -> None:
        while self._soon:
            self._soon.pop(0)()


@dataclass(eq=False)
class Notes:
    """A receiver with credit; what it gets stands in `got`."""

    credit: int = 1000
    deletes: bool = False
    holder: object = None
    got: list[Stored] = field(default_factory=list)
    session: Session | None = None
    lost: bool = False

    def can_take(self) -> bool:
        """Tell whether there is credit."""
        return self.credit > 0

    def deliver(self, stored: Stored) -> None:
        """Note the message."""
        self.credit -= 1
        self.got.append(stored)

    def served(self) -> None:
        """Need nothing more."""

    def session_granted(self, session: Session) -> None:
        """Note the session."""
        self.session = session

    def session_lost(self, session: Session) -> None:
        """Note the loss."""
        self.lost = True

    def bodies(self) -> list[bytes]:
        """Return what the bodies hold."""
        return [stored.message.body_octets[5:] for stored in self.got]


def parsed(
    body: bytes = b"x", *, message_id: object = None, session_id: object = None, ttl_ms: int | None = None
) -> Message:
    """Return a message."""
    return Message.parse(message(body, message_id=message_id, session_id=session_id, ttl_ms=ttl_ms))
