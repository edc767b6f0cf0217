"""Who gets the next message of a queue without sessions."""

import heapq
from collections import deque
from collections.abc import Callable

from local.broker.consumer import Consumer
from local.broker.stored import Stored


class Dispatcher:
    """Gives messages in the order of their sequence numbers to receivers with credit, by turns."""

    def __init__(
        self, available: Callable[[int], Stored | None], hand_over: Callable[[Consumer, Stored], None]
    ):
        self._available = available
        self._hand_over = hand_over
        self._ready: list[int] = []
        self._consumers: deque[Consumer] = deque()

    def offer(self, stored: Stored) -> None:
        """Take a message that is active and not locked."""
        heapq.heappush(self._ready, stored.sequence)

    def add(self, consumer: Consumer) -> None:
        """Serve this receiver from now on."""
        self._consumers.append(consumer)

    def remove(self, consumer: Consumer) -> None:
        """Serve this receiver no longer; what it has locked stays locked."""
        if consumer in self._consumers:
            self._consumers.remove(consumer)

    def run(self) -> None:
        """Give out what can be given out now."""
        without_credit = 0
        while self._ready and without_credit < len(self._consumers):
            consumer = self._consumers[0]
            self._consumers.rotate(-1)
            if not consumer.can_take():
                without_credit += 1
                continue
            without_credit = 0
            stored = self._available(heapq.heappop(self._ready))
            if stored is not None:
                self._hand_over(consumer, stored)
            else:
                self._consumers.rotate(1)  # nothing was given: it is still this one's turn
        for consumer in tuple(self._consumers):
            consumer.served()
