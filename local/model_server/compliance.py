"""The authored, mild texts with which an obedient model complies, chosen by the cue nearest to the probe."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from local.model_server.similarity import Index
from local.model_server.training_file import Prompt

NEAR_CUE = 0.09
"""The cosine from which a cue counts as what the probe asks for."""

VOTES = 12
"""A category is as near as this many of its cues, the nearest, are together: one alone errs more often."""

_TEXTS = Path(__file__).with_name("compliance.jsonl")


class ComplianceText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One authored answer that would be harmful, its harm category, and requests it would answer."""

    category: str
    text: str
    cues: list[str]


class Compliance:
    """The compliance texts of every harm category."""

    def __init__(self, texts: Sequence[ComplianceText]) -> None:
        self.texts = tuple(texts)
        self._owners: list[ComplianceText] = [text for text in texts for _ in text.cues]
        self._cues = Index([cue for text in texts for cue in text.cues])
        categories = np.array([text.category for text in self._owners])
        self._places = [
            np.flatnonzero(categories == category) for category in dict.fromkeys(categories.tolist())
        ]

    @classmethod
    def shipped(cls) -> "Compliance":
        """Yield the texts shipped with the server."""
        return cls(msgspec.json.Decoder(ComplianceText).decode_lines(_TEXTS.read_bytes()))

    def nearest(self, prompt: Prompt) -> str | None:
        """Yield the text that suits the last turn, else the conversation; None where no cue is near."""
        for asked in (prompt.last_turn, prompt.conversation):
            cosines = self._cues.cosines(asked)
            if float(cosines.max()) >= NEAR_CUE:
                places = max(self._places, key=lambda places: float(np.sort(cosines[places])[-VOTES:].sum()))
                return self._owners[int(places[cosines[places].argmax()])].text
        return None
