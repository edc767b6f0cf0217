"""How many requests the service takes in ten seconds, over a sliding window."""

import math
from collections import deque
from collections.abc import Callable

WINDOW_S = 10.0


class Quota:
    """Decides whether one more request is served now. Requests that are refused do not count."""

    def __init__(self, requests: int, clock: Callable[[], float]) -> None:
        self._requests = requests
        self._clock = clock
        self._taken: deque[float] = deque()

    def take(self) -> int | None:
        """None when the request is served, else after how many whole seconds the next one may be."""
        now = self._clock()
        while self._taken and self._taken[0] <= now - WINDOW_S:
            self._taken.popleft()
        if len(self._taken) < self._requests:
            self._taken.append(now)
            return None
        if not self._taken:
            return math.ceil(WINDOW_S)
        return max(1, math.ceil(self._taken[0] + WINDOW_S - now))
