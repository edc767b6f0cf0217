"""`tunegate submit`: upload training files and see whether they may be used."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from client.container import TrainingContainer, evaluation_of
from client.errors import Exit, Misused, NotDecided, Unreachable
from client.notices import OutcomeNotice, Watchers
from client.report import counted
from client.submittable import submittable_length
from client.target import Target
from client.terminal import Terminal
from client.waiting import show, wait
from client.watchers import SubscriptionWatchers
from shared.outcome import Result
from shared.subject import TrainingFile

LOOK_S: Final = 2.0
"""How often it is looked whether the file still stands; and the least that is waited for any one of several."""


class Superseded(NotDecided):
    """The file was replaced or deleted: an outcome of what was submitted says nothing of what stands there."""

    def __init__(self, file: TrainingFile) -> None:
        super().__init__(
            f"{file.blob} is superseded: it was replaced or deleted since it was submitted, and a pass would speak "
            "for other bytes than would be trained. Submit the file again, or see what became of the one that "
            f"stands there now: tunegate watch {file.job}"
        )


async def submit(
    path: Path, job: str, *, timeout_s: float | None, target: Target, terminal: Terminal
) -> OutcomeNotice:
    """The outcome of the file, once it is uploaded and evaluated; raises NotDecided where there is none to go by."""
    # The bus first: what is wrong with the settings is said before anything is uploaded.
    async with (
        SubscriptionWatchers(target.service_bus) as watchers,
        TrainingContainer(target.training_storage, target.container) as container,
    ):
        [file] = await _store([path], job, container, terminal)
        waiting = _Waiting(watchers, container, timeout_s, terminal)
        notice = await waiting.outcome_of(file, what="the training data")
        show(notice, terminal)
    if notice.event.data.result is Result.PASSED:
        terminal.note(f"Next: train on exactly these bytes (locally: tunegate train --job {job}).")
    elif notice.event.data.result is Result.FAILED:
        terminal.note("Next: mend or drop these lines, and submit the file again.")
    return notice


async def submit_all(
    paths: Sequence[Path], job: str, *, timeout_s: float | None, target: Target, terminal: Terminal
) -> Exit:
    """The worst of the files' outcomes: a job may be trained once each of its files has passed.

    As JSON they are one array in the order of the files, with null for a file that has no outcome to go by.
    """
    async with (
        SubscriptionWatchers(target.service_bus) as watchers,
        TrainingContainer(target.training_storage, target.container) as container,
    ):
        files = await _store(paths, job, container, terminal)
        waiting = _Waiting(watchers, container, timeout_s, terminal)
        notices: list[OutcomeNotice | None] = []
        for file in files:
            terminal.note(f"{file.blob}:", style="bold")
            notices.append(await _shown(file, waiting, terminal))
        for number, (file, notice) in enumerate(zip(files, notices, strict=True)):
            # The first may have been replaced while it was waited for the last.
            if notice is not None and _passed(notice) and not await container.holds(file):
                terminal.note(str(Superseded(file)))
                notices[number] = None
    if terminal.json:
        terminal.emit(f"[{','.join('null' if notice is None else notice.body for notice in notices)}]")
    passed = sum(1 for notice in notices if notice is not None and _passed(notice))
    if passed == len(notices):
        terminal.note(f"Each of the {passed} files passed: job {job} may be trained on exactly these bytes.")
    else:
        terminal.note(f"Job {job} must not be trained: {passed} of its {len(notices)} files passed.")
    return Exit.worst(
        Exit.INCOMPLETE if notice is None else Exit.of(notice.event.data.result) for notice in notices
    )


async def upload(path: Path, job: str, *, target: Target, terminal: Terminal) -> TrainingFile:
    """Upload the file; raises Misused where it is none that can be evaluated."""
    [file] = await upload_all([path], job, target=target, terminal=terminal)
    return file


async def upload_all(
    paths: Sequence[Path], job: str, *, target: Target, terminal: Terminal
) -> Sequence[TrainingFile]:
    """Upload the files; raises Misused, before anything is sent, where one is none that can be evaluated."""
    async with TrainingContainer(target.training_storage, target.container) as container:
        return await _store(paths, job, container, terminal)


class _Waiting:
    """Waits for the outcomes of files as long as they stand, `timeout_s` in all."""

    def __init__(
        self, watchers: Watchers, container: TrainingContainer, timeout_s: float | None, terminal: Terminal
    ) -> None:
        self._watchers = watchers
        self._container = container
        self._timeout_s = timeout_s
        self._terminal = terminal
        self._began: float | None = None

    async def outcome_of(self, file: TrainingFile, *, what: str) -> OutcomeNotice:
        """The outcome; raises Superseded where the file is another by now and harm was not found in this one."""
        outcome = asyncio.create_task(
            wait(
                self._watchers,
                evaluation_of(file),
                what=what,
                go_on=f"tunegate watch {file.job}",
                timeout_s=self._timeout_s,
                left_s=self._left_s(),
                terminal=self._terminal,
            )
        )
        gone = asyncio.create_task(self._until_gone(file))
        both = {outcome, gone}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.wait(both)
        if outcome.cancelled():
            gone.result()
            raise Superseded(file)
        notice = outcome.result()
        # Harm stays found, whatever stands there now. Anything else speaks for bytes that nobody would train on.
        if notice.event.data.result is not Result.FAILED and not await self._container.holds(file):
            raise Superseded(file)
        return notice

    async def _until_gone(self, file: TrainingFile) -> None:
        holds = True
        while holds:
            await asyncio.sleep(LOOK_S)
            # Storage may be away for a moment; the look that counts is the one after the outcome.
            with suppress(Unreachable):
                holds = await self._container.holds(file)

    def _left_s(self) -> float | None:
        if self._timeout_s is None:
            return None
        if self._began is None:
            self._began = time.monotonic()
            return self._timeout_s
        # The time went by for one file; each of the others is looked at, at least.
        return max(LOOK_S, self._began + self._timeout_s - time.monotonic())


async def _shown(file: TrainingFile, waiting: _Waiting, terminal: Terminal) -> OutcomeNotice | None:
    """The file's outcome, shown to people; None where there is none to go by, which is said."""
    try:
        notice = await waiting.outcome_of(file, what=file.blob)
    except NotDecided as undecided:
        terminal.note(str(undecided))
        return None
    if not terminal.json:
        show(notice, terminal)
        terminal.say()
    return notice


def _passed(notice: OutcomeNotice) -> bool:
    return notice.event.data.result is Result.PASSED


async def _store(
    paths: Sequence[Path], job: str, container: TrainingContainer, terminal: Terminal
) -> list[TrainingFile]:
    names = [path.name for path in paths]
    for name in names:
        if names.count(name) > 1:
            raise Misused(f"Two files are named {name}, and a job has one of each name. Rename one.")
    lengths = [submittable_length(path) for path in paths]
    files = []
    for path, length in zip(paths, lengths, strict=True):
        with terminal.bar(f"Uploading {path.name}") as bar:
            files.append(await container.upload(path, length, job, bar.at))
        terminal.note(f"Uploaded {counted(length, 'byte')} as {files[-1].blob}.")
    return files
