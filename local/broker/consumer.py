"""What a queue needs to know of a receiver: the seam between the entities and the protocol."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from local.broker.sessions import Session
    from local.broker.stored import Stored


class Consumer(Protocol):
    """A receiver at a queue. Its `holder` is the connection, which alone may act for a session it holds."""

    @property
    def holder(self) -> object:
        """Return whose receiver this is."""

    @property
    def deletes(self) -> bool:
        """Tell whether a message counts as settled once it is sent (receive-and-delete)."""

    def can_take(self) -> bool:
        """Tell whether there is credit for one more message."""

    def deliver(self, stored: "Stored") -> None:
        """Send it the message, locked unless it deletes."""

    def served(self) -> None:
        """Hear that there is nothing more at the moment (a drain is answered now)."""

    def session_granted(self, session: "Session") -> None:
        """Hear that the next available session is now its own."""

    def session_lost(self, session: "Session") -> None:
        """Hear that the lock of its session has expired."""
