"""The time and the timers of the broker, behind one seam so that tests can move time by hand."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """Something that will happen unless it is cancelled."""

    def cancel(self) -> None:
        """Let it not happen; of no effect once it has."""


class Clock(Protocol):
    """Tells the time and calls back; nothing runs before the caller has returned."""

    def now_ms(self) -> int:
        """Return the milliseconds since 1970-01-01 UTC."""

    def at(self, when_ms: int, action: Callable[[], None]) -> Timer:
        """Call `action` once the time is `when_ms` or later."""

    def soon(self, action: Callable[[], None]) -> None:
        """Call `action` after what runs now."""


class LoopClock:
    """The wall clock, with the timers of the running event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def now_ms(self) -> int:
        """Return the milliseconds since 1970-01-01 UTC."""
        return int(time.time() * 1000)

    def at(self, when_ms: int, action: Callable[[], None]) -> Timer:
        """Call `action` once the time is `when_ms` or later (the extra millisecond makes up for rounding)."""
        return self._loop.call_later(max(0, when_ms - self.now_ms() + 1) / 1000, action)

    def soon(self, action: Callable[[], None]) -> None:
        """Call `action` in the event loop's next turn."""
        self._loop.call_soon(action)
