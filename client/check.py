"""`tunegate check`: evaluate a training file right here, through the core that the functions run, with no service."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from msgspec import structs

from client.errors import Misused
from client.file_version import FileVersion, evaluation_of, open_version
from client.in_process import InProcess
from client.report import show_outcome
from client.terminal import Bar, Terminal
from shared.data_decision import decide_data
from shared.outcome import MAX_FINDINGS, Outcome, encode_event, outcome_event
from shared.policy import POLICY
from shared.ports import Classifier
from shared.subject import TrainingFile
from shared.tally import DataTally, fold, lost_data_tally

SOURCE: Final = "/tunegate/check"
"""The `source` of a check's event: no deployment's, so that nobody takes a check for an acceptance."""
_ENDS: Final = frozenset({"file_changed", "attempts_exhausted"})
"""Reasons that the shards to come would only repeat: a classifier that fell silent was waited for already."""


class Scoring(Classifier, Protocol):
    """A classifier for as long as a check lasts."""

    @property
    def told(self) -> str:
        """Who scores, as the user is told."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


Gather = Callable[[InProcess, DataTally], Awaitable[None]]
"""Told of every shard's tally, in the order of shards, with what evaluated it."""


Begin = Callable[[], Scoring]
"""Makes ready to score, once there is a file to evaluate."""


async def check(path: Path, begin: Begin, terminal: Terminal) -> Outcome:
    """The outcome of the file, shown; raises Misused where it is none that can be evaluated."""
    file = await open_version(path)
    async with begin() as scoring:
        outcome = await evaluate(file, path.name, scoring, terminal)
        show(outcome, scoring, terminal)
    return outcome


async def evaluate(
    file: FileVersion,
    name: str,
    classifier: Classifier,
    terminal: Terminal,
    *,
    reading: str = "",
    gather: Gather | None = None,
) -> Outcome:
    """The outcome of this version of the file, under the name; `reading` is what is said to be read, if another."""
    subject = file.subject(name=name)
    evaluation = evaluation_of(subject)
    here = InProcess(file, subject, evaluation, classifier)
    kept = _Kept()
    with terminal.bar(f"Checking {reading or name}") as bar:
        await _evaluate_shards(here, file, kept, bar, gather)
    if not file.stands():
        kept.add(lost_data_tally(evaluation, 0, len(here.ranges), "file_changed"))
    return _decide(evaluation, subject, len(here.ranges), kept.tallies)


async def _evaluate_shards(
    here: InProcess, file: FileVersion, kept: "_Kept", bar: Bar, gather: Gather | None
) -> None:
    async with aclosing(here.tallies()) as tallies:
        async for tally in tallies:
            kept.add(tally)
            if gather is not None:
                await gather(here, tally)
            bar.at(here.ranges[tally.shard].end, file.length)
            if _ENDS & tally.unscored.keys():
                return


def _decide(evaluation: str, subject: TrainingFile, shards: int, tallies: list[DataTally]) -> Outcome:
    outcome = decide_data(
        evaluation=evaluation, file=subject, shards=shards, policy=POLICY.version, tallies=fold(tallies)
    )
    # Nobody is billed for what ran on their own machine.
    return structs.replace(outcome, billable=False)


class _Kept:
    """The tallies so far, with as many of their lists as an outcome holds: what is kept does not grow with the file."""

    def __init__(self) -> None:
        self.tallies: list[DataTally] = []
        self._findings = self._bad_lines = self._opaque = MAX_FINDINGS

    def add(self, tally: DataTally) -> None:
        cut = structs.replace(
            tally,
            findings=tally.findings[: self._findings],
            bad_lines=tally.bad_lines[: self._bad_lines],
            opaque=tally.opaque[: self._opaque],
        )
        self._findings -= len(cut.findings)
        self._bad_lines -= len(cut.bad_lines)
        self._opaque -= len(cut.opaque)
        self.tallies.append(cut)


def show(outcome: Outcome, scoring: Scoring, terminal: Terminal) -> None:
    """Print the outcome for people or, where JSON is asked for, as the event that a deployment would publish."""
    if terminal.json:
        event = outcome_event(outcome, source=SOURCE, time=datetime.now(UTC))
        terminal.emit(encode_event(event).decode())
    else:
        subject = outcome.subject
        name = subject.blob if isinstance(subject, TrainingFile) else ""
        show_outcome(outcome, terminal, whose=f"By this check, {name}")
        terminal.say(scoring.told)


def scoring_of(endpoint: str | None, key_env: str | None, environment: Mapping[str, str]) -> Begin:
    """The customer's resource where an endpoint is named, else the embedded classifier; raises Misused."""
    # Imported once it is known which: the one loads its weights, the other an SDK.
    if endpoint is None:
        if key_env is not None:
            raise Misused("--key-env names the key of an --endpoint, and there is none.")
        from client.embedded import EmbeddedClassifier

        return EmbeddedClassifier
    from client.endpoint import CustomersContentSafety, key_from, require_safe

    key = "" if key_env is None else key_from(environment, key_env)
    return partial(CustomersContentSafety, require_safe(endpoint), key)
