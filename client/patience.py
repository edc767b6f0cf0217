"""How long a check waits for a classifier: as long as it answers at all.

In Azure a shard's time is its message's lock. Here nothing else waits for it, and a slow machine or a small quota
must not leave texts unscored: only silence uses time up.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from shared.ports import Analysis, Answer, ChatModel, Classifier, Turn
from shared.subject import TunedModel


class PatientClock:
    """`ports.Clock` that stands still while answers come, and runs while none does."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._start = datetime.now(UTC)
        self._heard = monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._monotonic() - self._heard)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def hear(self) -> None:
        """Take note that an answer came."""
        self._heard = self._monotonic()


class HeardChat:
    """`ports.ChatModel` that tells the clock of every answer."""

    def __init__(self, chat: ChatModel, clock: PatientClock) -> None:
        self._chat = chat
        self._clock = clock

    async def answer(self, model: TunedModel, turns: Sequence[Turn]) -> Answer:
        answer = await self._chat.answer(model, turns)
        self._clock.hear()
        return answer


class Heard:
    """`ports.Classifier` that tells the clock of every answer, and counts them."""

    def __init__(self, classifier: Classifier, clock: PatientClock) -> None:
        self._classifier = classifier
        self._clock = clock
        self.answers = 0

    async def analyze(self, text: str) -> Analysis:
        return self._note(await self._classifier.analyze(text))

    async def analyze_image(self, content: bytes) -> Analysis:
        return self._note(await self._classifier.analyze_image(content))

    def _note(self, analysis: Analysis) -> Analysis:
        self._clock.hear()
        self.answers += 1
        return analysis
