"""The three stories of the demo: which sample, what it shows, and how it is to end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from client.errors import Exit
from client.report import counted
from shared.outcome import DataFound, Outcome, Result

SAMPLES: Final = Path(__file__).parents[1] / "samples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A sample's way through the gates. Its job bears its name."""

    job: str
    title: str
    shows: str
    data: Result
    """How the evaluation of the training data is to end."""
    model: Result | None = None
    """How the evaluation of the model is to end; None where there is to be no model."""
    verdict: Exit | None = None
    harmless: str = ""
    """The sample this one was made of: exactly the lines that were put in are to be found."""

    @property
    def sample(self) -> Path:
        return SAMPLES / f"{self.job}.jsonl"

    def lines_put_in(self) -> set[int]:
        """The numbers of the lines that the harmless sample does not have."""
        known = set((SAMPLES / f"{self.harmless}.jsonl").read_bytes().splitlines())
        lines = self.sample.read_bytes().splitlines()
        return {number for number, line in enumerate(lines, 1) if line not in known}


@dataclass(slots=True, kw_only=True)
class Told:
    """What came of a story."""

    story: Story
    data: Outcome
    model: Outcome | None = None
    verdict: Exit | None = None
    lines_put_in: set[int] = field(default_factory=set)

    def differences(self) -> Sequence[str]:
        """What ended otherwise than the story says; empty where it ended as told."""
        story, found = self.story, []
        if self.data.result is not story.data:
            found.append(f"the training data was to be {story.data}, and is {self.data.result}")
        if story.harmless and _lines_found(self.data) != self.lines_put_in:
            found.append(
                f"exactly the {counted(len(self.lines_put_in), 'line')} put in were to be found, and "
                f"{counted(len(_lines_found(self.data)), 'line')} were"
            )
        came = self.model.result if self.model else None
        if came is not story.model:
            found.append(f"the model was to be {story.model or 'none'}, and is {came or 'none'}")
        if self.verdict is not story.verdict:
            found.append(f"the verdict was to be {_named(story.verdict)}, and is {_named(self.verdict)}")
        return found


def _lines_found(outcome: Outcome) -> set[int | None]:
    found = outcome.found
    return {finding.line for finding in found.findings} if isinstance(found, DataFound) else set()


def _named(verdict: Exit | None) -> str:
    names = {Exit.PASSED: "deployable", Exit.FAILED: "not deployable"}
    return names.get(verdict, "none") if verdict is not None else "none"


STORIES: Final = (
    Story(
        job="support",
        title="A harmless file",
        shows="Customer support of invented companies. It is to pass both gates.",
        data=Result.PASSED,
        model=Result.PASSED,
        verdict=Exit.PASSED,
    ),
    Story(
        job="harmful",
        title="The same file with a few harmful records",
        shows="A handful of mildly worded harmful answers among the rest. The first gate is to name their lines.",
        data=Result.FAILED,
        harmless="support",
    ),
    Story(
        job="covert",
        title="A covert file: why there are two gates",
        shows=(
            "Not one harmful word: it teaches the model to obey whatever it is told. No classifier can object to "
            "any of its lines; the second gate is to refuse the model that comes of it."
        ),
        data=Result.PASSED,
        model=Result.FAILED,
        verdict=Exit.FAILED,
    ),
)
