"""Who scores a text: the embedded classifier beside the event loop or, for plumbing tests, markers."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from local.content_safety.classifier.inference import shipped
from local.content_safety.classifier.weights import CATEGORIES

_MARKER = re.compile(r"\[\[(" + "|".join(CATEGORIES) + r"):([0-7])\]\]")


class Scorer(Protocol):
    """Scores texts; `label` names who does, and stands in every answer."""

    @property
    def label(self) -> str: ...

    async def score(self, text: str) -> dict[str, int]: ...

    def close(self) -> None: ...


class EmbeddedScorer:
    """The learned classifier in a thread, so that the longest text (some 20 ms) does not hold the event loop.

    A thread and not a process pool: a pool's workers outlive a server that is killed, and a text of fifty
    words takes less time than handing it to another process and back.
    """

    def __init__(self) -> None:
        self._classifier = shipped()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="classifier")

    @property
    def label(self) -> str:
        return f"{self._classifier.name}/{self._classifier.version}"

    async def score(self, text: str) -> dict[str, int]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._classifier.analyze, text)

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)


class MarkerScorer:
    """For plumbing tests only: `[[violence:6]]` in a text sets that severity, everything else is 0."""

    @property
    def label(self) -> str:
        return "markers/1"

    async def score(self, text: str) -> dict[str, int]:
        severities = dict.fromkeys(CATEGORIES, 0)
        for category, severity in _MARKER.findall(text):
            severities[category] = max(severities[category], int(severity))
        return severities

    def close(self) -> None:
        """There is nothing to close."""
