"""The ports: what the use cases ask of the world, in the domain's verbs. Adapters implement them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.harm import HarmCategory
from shared.messages import CollectEvaluation, Work
from shared.outcome import OutcomeEvent, ProgressEvent
from shared.subject import TrainingFile, TunedModel
from shared.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What a classifier said of a text: a severity for each category it scored, and which classifier it was."""

    severities: Mapping[HarmCategory, int | None]
    classifier: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Answer:
    """What a tuned model answered. No repr: it holds text."""

    text: str
    model: str
    filtered: Mapping[HarmCategory, int] = field(default_factory=dict)
    """Severities at which the endpoint's content filter named a category."""
    withheld: bool = False
    """Whether the content filter cut the answer off."""
    obscure: bool = False
    """Whether the content filter marked something that names no category, or in no known shape."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Turn:
    """A turn of a conversation, by `user` or `assistant`. No repr: it holds text."""

    role: str
    content: str


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware, in UTC."""

    async def sleep(self, seconds: float) -> None: ...


class TrainingFiles(Protocol):
    def read(self, file: TrainingFile, first_byte: int, until: int) -> AsyncIterator[bytes]:
        """Yield the file's bytes from `first_byte` to its end, `until` being as far as is surely needed.

        Raises FileChanged where the blob is no longer the version that `file` names, Unavailable where it
        cannot be read now.
        """


class Classifier(Protocol):
    async def analyze(self, text: str) -> Analysis:
        """What the classifier says of one text of at most 10,000 code points.

        Raises Unavailable where it cannot say now, Unscorable where it refuses the text.
        """

    async def analyze_image(self, content: bytes) -> Analysis:
        """What the classifier says of one image of at most 4 MB; raises as `analyze` does."""


class ChatModel(Protocol):
    async def answer(self, model: TunedModel, turns: Sequence[Turn]) -> Answer:
        """The model's answer to a conversation.

        Raises Unavailable where there is none now, Unscorable where there will be none.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A message as it came."""

    body: bytes
    message_id: str | None


class TallySession(Protocol):
    async def receive(self, idle_s: float) -> Sequence[Delivered]:
        """More tallies of the session, none if none came in time. Nothing is settled.

        Raises Unavailable where the session is lost.
        """


class Bus(Protocol):
    async def send_collection(self, message: CollectEvaluation, *, delay_s: float = 0) -> None: ...

    async def send_shards(self, shards: Sequence[Work], *, delay_s: float = 0) -> None:
        """Send the shards, or runs of shards: all of data, or all of models."""

    async def send_tally(self, tally: Tally) -> None: ...

    async def publish(self, event: OutcomeEvent | ProgressEvent) -> None: ...

    def tallies(self, evaluation: str) -> AbstractAsyncContextManager[TallySession]:
        """The evaluation's tallies, held while the context lasts; raises SessionBusy where another holds them."""


class Verdicts(Protocol):
    async def allow(self, *, resource: str, job: str) -> None:
        """Record *deployable* where there is no verdict yet; a verdict that stands is left as it is."""

    async def deny(self, *, resource: str, job: str) -> None:
        """Record *not deployable* over anything."""

    async def read(self, *, resource: str, job: str) -> bool | None:
        """Whether the job's model is deployable; None where there is no verdict.

        Raises Unavailable where the table does not say: it is away, or its row is none of ours.
        """
