"""Who scores a text: the embedded classifier beside the event loop or, for plumbing tests, markers."""

import asyncio
import os
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from local.content_safety.classifier import CATEGORIES
from local.content_safety.classifier.inference import shipped

MOST_THREADS = 4
"""More would starve the other servers of the machine."""
NOT_READ = "(script not supported)"
"""What the label adds where the encoder cannot read a text; the outcome names every label that judged."""

_MARKER = re.compile(r"\[\[(" + "|".join(CATEGORIES) + r"):([0-7])\]\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The severity of a text per category, and who says so."""

    severities: Mapping[str, int]
    label: str


class Scorer(Protocol):
    """Scores texts; `label` names who does."""

    @property
    def label(self) -> str: ...

    async def score(self, text: str) -> Judgement: ...

    def close(self) -> None: ...


class EmbeddedScorer:
    """The learned classifier in a few threads, so that a long text (seconds, at worst) does not hold the event loop.

    Threads and not processes: a pool's workers outlive a server that is killed, and nearly all of the work is done
    outside the interpreter's lock.
    """

    def __init__(self) -> None:
        self._classifier = shipped()
        self._threads = ThreadPoolExecutor(
            max_workers=min(MOST_THREADS, os.cpu_count() or 1), thread_name_prefix="classifier"
        )

    @property
    def label(self) -> str:
        return f"{self._classifier.name}/{self._classifier.version}"

    async def score(self, text: str) -> Judgement:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._judge, text)

    def _judge(self, text: str) -> Judgement:
        """A text in a script that the encoder does not read is judged as well as may be, and the label says so."""
        read = self._classifier.reads(text)
        return Judgement(
            severities=self._classifier.analyze(text),
            label=self.label if read else f"{self.label} {NOT_READ}",
        )

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)


class MarkerScorer:
    """For plumbing tests only: `[[violence:6]]` in a text sets that severity, everything else is 0."""

    @property
    def label(self) -> str:
        return "markers/1"

    async def score(self, text: str) -> Judgement:
        severities = dict.fromkeys(CATEGORIES, 0)
        for category, severity in _MARKER.findall(text):
            severities[category] = max(severities[category], int(severity))
        return Judgement(severities=severities, label=self.label)

    def close(self) -> None:
        """There is nothing to close."""
