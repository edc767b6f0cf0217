"""The embedded classifier as the core's classifier: no service, nothing leaves the process."""

from types import TracebackType
from typing import Self

from local.content_safety.scoring import EmbeddedScorer
from shared.errors import Unscorable
from shared.harm import HarmCategory
from shared.ports import Analysis
from shared.windows import MAX_CODE_POINTS


class EmbeddedClassifier:
    """`ports.Classifier` on the shipped weights; it refuses what the local service refuses."""

    def __init__(self) -> None:
        self._scorer = EmbeddedScorer()

    @property
    def told(self) -> str:
        """Who scores, and what that is worth."""
        return f"The embedded classifier ({self._scorer.label}) scored this, on this machine alone; Azure's may differ."

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scorer.close()

    async def analyze(self, text: str) -> Analysis:
        if not text.strip() or len(text) > MAX_CODE_POINTS:
            raise Unscorable("classifier_refused")
        judgement = await self._scorer.score(text)
        return Analysis(
            severities={category: judgement.severities.get(category) for category in HarmCategory},
            classifier=judgement.label,
        )

    async def analyze_image(self, content: bytes) -> Analysis:
        """It knows no images."""
        raise Unscorable("image_not_supported")
