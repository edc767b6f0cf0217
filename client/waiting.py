"""Wait for an evaluation's outcome with a bar, and show it."""

import asyncio

from client.errors import NotDecided
from client.notices import OutcomeNotice, Watchers, await_outcome
from client.report import show_outcome
from client.terminal import Terminal
from shared.outcome import Progress


async def wait_and_show(
    watchers: Watchers,
    evaluation: str,
    *,
    what: str,
    go_on: str,
    timeout_s: float | None,
    terminal: Terminal,
) -> OutcomeNotice:
    """The outcome, shown; raises NotDecided after `timeout_s`, saying with `go_on` how to look again."""
    notice = await wait(
        watchers, evaluation, what=what, go_on=go_on, timeout_s=timeout_s, left_s=timeout_s, terminal=terminal
    )
    show(notice, terminal)
    return notice


async def wait(
    watchers: Watchers,
    evaluation: str,
    *,
    what: str,
    go_on: str,
    timeout_s: float | None,
    left_s: float | None,
    terminal: Terminal,
) -> OutcomeNotice:
    """The outcome, not shown yet; raises NotDecided after `left_s`, which is what is left of `timeout_s`."""
    with terminal.bar(f"Evaluating {what}") as bar:

        def told(progress: Progress) -> None:
            bar.at(progress.done, progress.shards)

        try:
            async with asyncio.timeout(left_s):
                return await await_outcome(watchers, evaluation, told)
        except TimeoutError:
            raise NotDecided(
                f"There is no outcome after {timeout_s:g} s; the evaluation goes on. Go on with: {go_on}"
            ) from None


def show(notice: OutcomeNotice, terminal: Terminal) -> None:
    """Print the outcome for people or, where JSON is asked for, the event as it was published."""
    if terminal.json:
        terminal.emit(notice.body)
    else:
        show_outcome(notice.event.data, terminal)
