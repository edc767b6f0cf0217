"""The link of a client that receives from an entity, as the entity's queue sees it."""

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from local.broker.clock import Timer
from local.broker.errors import SESSION_LOCK_LOST, TIMEOUT, BrokerError
from local.broker.links import OutgoingLink
from local.broker.queue import Queue
from local.broker.sessions import Session
from local.broker.stored import Stored

if TYPE_CHECKING:
    from local.broker.channel import Channel


class Receiver(OutgoingLink):
    """A consumer of one queue, or of one session of it."""

    def __init__(
        self,
        channel: "Channel",
        handle: int,
        entity_path: str,
        queue: Queue,
        *,
        deletes: bool,
        answer: Callable[[Session | None], None],
    ) -> None:
        super().__init__(channel, handle, entity_path)
        self.queue = queue
        self._deletes = deletes
        self._answer = answer
        self._patience: Timer | None = None

    @property
    def holder(self) -> object:
        """Return the connection: all its links may act for a session it holds."""
        return self.channel.connection

    @property
    def deletes(self) -> bool:
        """Tell whether a message counts as settled once it is sent."""
        return self._deletes

    def open_plain(self) -> None:
        """Answer the attach and receive from a queue without sessions."""
        self._answer(None)
        self.queue.attach(self)

    def open_session(self, session_id: str) -> None:
        """Answer the attach with the session of that id; refused if somebody holds it."""
        if self.queue.sessions is not None:
            self._answer(self.queue.sessions.accept(session_id, self))
            self.queue.wake()

    def open_next_session(self, patience_ms: int, refuse: Callable[[BrokerError], None]) -> None:
        """Hold the answer back until a session is free; refuse when the patience is over."""
        if self.queue.sessions is None:
            return

        def give_up() -> None:
            self.close()
            refuse(BrokerError(TIMEOUT, f"No session was available within {patience_ms} milliseconds."))

        clock = self.channel.connection.broker.clock
        self._patience = clock.at(clock.now_ms() + patience_ms, give_up)
        self.queue.sessions.wait(self)
        self.queue.wake()

    def session_granted(self, session: Session) -> None:
        """Answer the attach that was held back."""
        if self._patience is not None:
            self._patience.cancel()
        self._answer(session)

    def session_lost(self, session: Session) -> None:
        """Detach: the client must accept the session again."""
        self.detach(BrokerError(SESSION_LOCK_LOST, f"The lock of the session '{session.id}' has expired."))

    def deliver(self, stored: Stored) -> None:
        """Send the message; the tag of a locked one is its lock token as .NET lays out a GUID."""
        lock = stored.lock
        token = uuid.uuid4() if lock is None else lock.token
        delivery = self.send(stored.encode(), token.bytes_le, settled=lock is None)
        if lock is not None:
            self.channel.await_settlement(delivery, self, token)

    def resume(self) -> None:
        """Let the queue look whether it has something."""
        self.queue.wake()

    def close(self, *, cut: bool = False) -> None:
        """Leave the queue; a connection that was cut may leave its session to the lock's expiry."""
        super().close(cut=cut)
        if self._patience is not None:
            self._patience.cancel()
        hold = cut and self.channel.connection.broker.cut_holds_sessions
        self.queue.detach(self, hold_session=hold)
