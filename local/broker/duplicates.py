"""Which message ids an entity has taken within its window."""

from local.broker.clock import Clock


class DuplicateHistory:
    """Remembers ids for a window that begins when an id is first taken; a duplicate does not extend it."""

    def __init__(self, window_ms: int | None, clock: Clock) -> None:
        self._window_ms = window_ms
        self._clock = clock
        self._taken_ms: dict[object, int] = {}

    def is_new(self, message_id: object) -> bool:
        """Decide whether the id is new, and take it if it is; without a window every id is new."""
        if self._window_ms is None:
            return True
        self._forget_old()
        key = str(message_id)  # stricter than Azure may be: the number 1 and the text "1" are one id
        if key in self._taken_ms:
            return False
        self._taken_ms[key] = self._clock.now_ms()
        return True

    def _forget_old(self) -> None:
        oldest_ms = self._clock.now_ms() - (self._window_ms or 0)
        while self._taken_ms:
            key = next(iter(self._taken_ms))
            if self._taken_ms[key] >= oldest_ms:
                return
            del self._taken_ms[key]
