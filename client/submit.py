"""`tunegate submit`: upload a training file and see whether it may be used."""

import stat
from pathlib import Path

from client.container import TrainingContainer, evaluation_of
from client.errors import Misused
from client.notices import OutcomeNotice
from client.report import counted
from client.target import Target
from client.terminal import Terminal
from client.waiting import wait_and_show
from client.watchers import SubscriptionWatchers
from shared.outcome import Result
from shared.shards import MAX_FILE_BYTES
from shared.subject import TrainingFile


async def submit(
    path: Path, job: str, *, timeout_s: float | None, target: Target, terminal: Terminal
) -> OutcomeNotice:
    """The outcome of the file, once it is uploaded and evaluated."""
    # The bus first: what is wrong with the settings is said before anything is uploaded.
    async with SubscriptionWatchers(target.service_bus) as watchers:
        file = await upload(path, job, target=target, terminal=terminal)
        notice = await wait_and_show(
            watchers,
            evaluation_of(file),
            what="the training data",
            go_on=f"tunegate watch {job}",
            timeout_s=timeout_s,
            terminal=terminal,
        )
    if notice.event.data.result is Result.PASSED:
        terminal.note(f"Next: train on exactly these bytes (locally: tunegate train --job {job}).")
    elif notice.event.data.result is Result.FAILED:
        terminal.note("Next: mend or drop these lines, and submit the file again.")
    return notice


async def upload(path: Path, job: str, *, target: Target, terminal: Terminal) -> TrainingFile:
    """Upload the file; raises Misused where it is none that can be evaluated."""
    length = _length_of(path)
    async with TrainingContainer(target.training_storage, target.container) as container:
        with terminal.bar(f"Uploading {path.name}") as bar:
            file = await container.upload(path, length, job, bar.at)
    terminal.note(f"Uploaded {counted(length, 'byte')} as {file.blob}.")
    return file


def _length_of(path: Path) -> int:
    try:
        about = path.stat()
    except OSError as error:
        raise Misused(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise Misused("The file's name cannot be a file's name.") from None
    if not stat.S_ISREG(about.st_mode):
        raise Misused(f"{path} is no file.")
    if about.st_size == 0:
        raise Misused(f"{path} is empty: there is nothing to evaluate.")
    if about.st_size > MAX_FILE_BYTES:
        raise Misused(f"{path} is larger than 8 GiB. Split it, and submit each part.")
    try:
        path.name.encode()
    except UnicodeEncodeError:
        raise Misused("The file's name is not valid UTF-8. Rename it.") from None
    return about.st_size
