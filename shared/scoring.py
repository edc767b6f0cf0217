"""Score texts within a shard's time: windows over long ones, another try while the budget lasts."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Final, TypeVar

from shared.errors import Unavailable, Unscorable
from shared.harm import Scores, scores_of, unscored, worst
from shared.ports import Analysis, Classifier, Clock
from shared.windows import windows_of

IN_FLIGHT: Final = 8
"""Requests a shard keeps under way: with Content Safety answering in some 100 ms, 80 a second for a shard alone."""

_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 20.0

Done = TypeVar("Done")


class Budget:
    """What is left of a shard's time: tries again while it lasts, then lets the passing error through."""

    def __init__(self, clock: Clock, *, until: datetime) -> None:
        self._clock = clock
        self._until = until

    async def spend(self, attempt: Callable[[], Coroutine[object, object, Done]]) -> Done:
        """The attempt's result; raises Unavailable once another pause would not fit."""
        pause = _FIRST_PAUSE_S
        while True:
            if self._clock.now() >= self._until:
                raise Unavailable("the shard's time is used up")
            try:
                return await attempt()
            except Unavailable as error:
                wait_s = max(error.retry_after_s, pause)
                if (self._until - self._clock.now()).total_seconds() <= wait_s:
                    raise
                await self._clock.sleep(wait_s)
                pause = min(2 * pause, _LONGEST_PAUSE_S)


class Scorer:
    """Scores texts, each once: a text that comes again in this shard is not sent again.

    `shortfall` is set once the budget ran out: from then on everything is unscored, at once.
    """

    def __init__(self, classifier: Classifier, budget: Budget) -> None:
        self._classifier = classifier
        self._budget = budget
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._known: dict[str, Scores] = {}
        self.classifiers: set[str] = set()
        self.shortfall: Unavailable | None = None

    async def score_all(self, texts: Sequence[str]) -> list[Scores]:
        """The scores of the texts, in their order."""
        distinct = dict.fromkeys(texts)
        async with asyncio.TaskGroup() as group:
            for text in distinct:
                group.create_task(self.score(text))
        return [self._known[text] for text in texts]

    async def score(self, text: str) -> Scores:
        """The worst scores over the text's windows."""
        if text not in self._known:
            self._known[text] = worst([await self._score_window(window) for window in windows_of(text)])
        return self._known[text]

    async def _score_window(self, window: str) -> Scores:
        async with self._slots:
            if self.shortfall is not None:
                return unscored("attempts_exhausted")
            try:
                analysis = await self._budget.spend(lambda: self._analyze(window))
            except Unscorable as error:
                return unscored(error.reason)
            except Unavailable as error:
                self.shortfall = error
                return unscored("attempts_exhausted")
        self.classifiers.add(analysis.classifier)
        return scores_of(analysis.severities)

    async def _analyze(self, window: str) -> Analysis:
        return await self._classifier.analyze(window)
