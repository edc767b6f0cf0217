"""`tunegate demo`: three stories on a local cloud of its own, told with the commands themselves."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from msgspec import json

from client.errors import Exit, Unreachable
from client.stories import STORIES, Story, Told
from client.submit import submit
from client.target import Target
from client.terminal import Terminal
from client.train import train
from client.verdict import all_rows, row_of, verdict
from client.watch import watch
from local.azurite.install import AzuriteMissing
from local.cloud import PARTS, PROJECT, LocalCloud
from local.node import NodeMissing
from local.process import StartFailed
from shared.outcome import Result

WAIT_S: Final = 180.0
"""How long a story waits for any one outcome."""
VERDICT_S: Final = 30.0

_OPENING: Final = (
    "Three training files now go through Tunegate's two gates, on a local cloud of their own, in about half a "
    "minute; its classifier and its model server are small stand-ins, and the functions between them are those "
    "that run in Azure."
)


async def demo(terminal: Terminal) -> Exit:
    """Tell the stories; passed only where every one of them, and the table, ended as told."""
    began = time.monotonic()
    terminal.say(_OPENING)
    interrupted = asyncio.Event()
    try:
        with cancelled_by_signals(interrupted):
            as_told = await _on_a_cloud(terminal)
    except asyncio.CancelledError:
        if not interrupted.is_set():
            raise
        terminal.note("Stopped: everything the demo started has ended.")
        return Exit.INTERRUPTED
    except (StartFailed, AzuriteMissing, NodeMissing) as problem:
        raise Unreachable(str(problem)) from None
    terminal.say()
    ended = "All three stories ended as told." if as_told else "Not everything ended as told; see above."
    terminal.say(ended, style="bold green" if as_told else "bold red")
    terminal.say(f"It took {time.monotonic() - began:.0f} s. Everything that was started has stopped.")
    return Exit.PASSED if as_told else Exit.FAILED


@contextmanager
def cancelled_by_signals(interrupted: asyncio.Event) -> Iterator[None]:
    """Cancel the task at the first signal; a second one must not keep the cloud from being stopped."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def at_signal() -> None:
        if task is not None and not interrupted.is_set():
            interrupted.set()
            task.cancel()

    # On Windows a loop takes no handlers; there Ctrl-C is asyncio's own affair.
    numbers = () if os.name == "nt" else (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, at_signal)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def _on_a_cloud(terminal: Terminal) -> bool:
    with terminal.bar("Starting the local cloud") as bar:
        cloud = LocalCloud(told=lambda _: bar.at(len(cloud.servers), len(PARTS)))
        await cloud.__aenter__()
    try:
        target = Target(settings=cloud.settings, origin="the demo's own cloud")
        told = []
        for number, story in enumerate(STORIES, 1):
            terminal.rule(f"{number}. {story.title}")
            terminal.say(story.shows)
            told.append(await _tell(story, target, terminal))
        rows_as_told = await _show_table(target, terminal)
        return rows_as_told and not any(each.differences() for each in told)
    finally:
        with terminal.bar("Stopping the local cloud"):
            await cloud.__aexit__(None, None, None)


async def _tell(story: Story, target: Target, terminal: Terminal) -> Told:
    job = story.job
    _command(terminal, f"submit {story.sample.relative_to(PROJECT)} --job {job}")
    notice = await submit(story.sample, job, timeout_s=WAIT_S, target=target, terminal=terminal)
    told = Told(story=story, data=notice.event.data)
    if story.harmless:
        told.lines_put_in = await asyncio.to_thread(story.lines_put_in)
    if told.data.result is Result.PASSED:
        _command(terminal, f"train --job {job}")
        await train(job, attempt=0, file_name=None, target=target, terminal=terminal)
        _command(terminal, f"watch {job}")
        [notice] = await watch(
            job, model=None, attempt=None, timeout_s=WAIT_S, target=target, terminal=terminal
        )
        told.model = notice.event.data if notice.event.data.kind == "model" else None
        _command(terminal, f"verdict {job}")
        if told.model is not None and told.model.result is not Result.INCOMPLETE:
            await _until_recorded(job, target)
        told.verdict = await verdict(job, target=target, terminal=terminal)
    for difference in told.differences():
        terminal.say(f"This is not how it was to end: {difference}.", style="bold red")
    return told


async def _until_recorded(job: str, target: Target) -> None:
    """Wait for the verdict's row: it is written from the outcome, a moment after it was published."""
    with suppress(TimeoutError):
        async with asyncio.timeout(VERDICT_S):
            while True:
                if await row_of(job, target):
                    return
                await asyncio.sleep(0.1)


async def _show_table(target: Target, terminal: Terminal) -> bool:
    """Print every row; whether they are those of the stories that have a verdict, and no other."""
    terminal.rule("The table of verdicts, as the table service returns it")
    rows = await all_rows(target)
    for row in rows:
        terminal.say(json.encode(row).decode())
    wanted = [
        {
            "PartitionKey": target.resource,
            "RowKey": story.job,
            "Deployable": story.verdict is Exit.PASSED,
        }
        for story in sorted(STORIES, key=lambda story: story.job)
        if story.verdict is not None
    ]
    if rows != wanted:
        terminal.say("These are not the rows that were to be there.", style="bold red")
    return rows == wanted


def _command(terminal: Terminal, line: str) -> None:
    terminal.say()
    terminal.say(f"$ tunegate {line}", style="bold cyan")
