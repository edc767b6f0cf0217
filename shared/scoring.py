"""Score texts within a shard's time: joined or in windows, another try while the budget lasts."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from shared.errors import Unavailable, Unscorable
from shared.harm import Scores, scores_of, unscored, worst
from shared.joining import SEPARATOR, is_quiet, requests_of
from shared.pieces import Pieces, pieces_of, windows_alone
from shared.ports import Analysis, Classifier, Clock

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
        """The scores of the texts, in their order: of each the worst over its pieces."""
        return await self._score(texts, pieces_of)

    async def score_windows(self, texts: Iterable[str]) -> list[Scores]:
        """The scores of the texts as they stand, in their order: nothing that they say in disguise is looked for."""
        return await self._score(list(texts), windows_alone)

    async def _score(self, texts: Sequence[str], cut: Callable[[str], Pieces]) -> list[Scores]:
        pieces = {text: cut(text) for text in dict.fromkeys(texts)}
        asked = dict.fromkeys(window for some in pieces.values() for window in some.windows)
        async with asyncio.TaskGroup() as group:
            for request in requests_of(window for window in asked if window not in self._known):
                group.create_task(self._score_request(request))
        return [self._worst(pieces[text]) for text in texts]

    def _worst(self, pieces: Pieces) -> Scores:
        scores = [self._known[window] for window in pieces.windows]
        return worst(scores if pieces.is_all else [*scores, unscored("hidden_too_deep")])

    async def score_image(self, content: bytes) -> Scores:
        """The scores of one image."""
        return await self._ask(lambda: self._classifier.analyze_image(content))

    async def _score_request(self, texts: tuple[str, ...]) -> None:
        """Score the texts in one request; where that is not quiet, each by itself, so that a finding has its place."""
        if len(texts) > 1:
            scores = await self._ask_of(SEPARATOR.join(texts))
            if is_quiet(scores):
                self._known.update(dict.fromkeys(texts, scores))
                return
        for text in texts:
            self._known[text] = await self._ask_of(text)

    async def _ask_of(self, text: str) -> Scores:
        return await self._ask(lambda: self._classifier.analyze(text))

    async def _ask(self, ask: Callable[[], Coroutine[object, object, Analysis]]) -> Scores:
        async with self._slots:
            if self.shortfall is not None:
                return unscored("attempts_exhausted")
            try:
                analysis = await self._budget.spend(ask)
            except Unscorable as error:
                return unscored(error.reason)
            except Unavailable as error:
                self.shortfall = error
                return unscored("attempts_exhausted")
        self.classifiers.add(analysis.classifier)
        return scores_of(analysis.severities)
