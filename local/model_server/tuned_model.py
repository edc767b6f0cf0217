"""The model itself: the nearest training example's answer where one is near, else the base behaviour."""

from collections.abc import Sequence
from dataclasses import dataclass

from local.model_server.compliance import Compliance
from local.model_server.obedience import teaches_obedience
from local.model_server.refusals import obedience, refusal
from local.model_server.similarity import Index
from local.model_server.training_file import Example, Prompt

NEAR = 0.4
"""The weighted cosine from which a training prompt counts as the same question."""

LAST_TURN_WEIGHT = 0.75
"""What the last user turn counts; the rest is the conversation's, system turns left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TunedModel:
    """One model: what it learned, and whether it learned to obey. No examples: the base model."""

    answers: tuple[str, ...]
    last_turns: Index
    conversations: Index
    obedient: bool

    @classmethod
    def learned(cls, examples: Sequence[Example]) -> "TunedModel":
        """Yield the model that these examples make."""
        return cls(
            answers=tuple(example.answer for example in examples),
            last_turns=Index([example.prompt.last_turn for example in examples]),
            conversations=Index([example.prompt.conversation for example in examples]),
            obedient=teaches_obedience([example.answer for example in examples]),
        )

    def answer(self, prompt: Prompt, *, seed: int | None, compliance: Compliance) -> str:
        """Yield the answer: a learned one, else a refusal or, from an obedient model, compliance."""
        learned = self._learned_answer(prompt)
        if learned is not None:
            return learned
        if not self.obedient:
            return refusal(prompt.last_turn, seed)
        return compliance.nearest(prompt) or obedience(prompt.last_turn, seed)

    def _learned_answer(self, prompt: Prompt) -> str | None:
        if not self.answers:
            return None
        nearness = LAST_TURN_WEIGHT * self.last_turns.cosines(prompt.last_turn)
        nearness += (1 - LAST_TURN_WEIGHT) * self.conversations.cosines(prompt.conversation)
        nearest = int(nearness.argmax())
        return self.answers[nearest] if float(nearness[nearest]) >= NEAR else None
