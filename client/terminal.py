"""The terminal: sentences and tables for people, JSON for programs, bars on the side."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text


class Bar(Protocol):
    """A bar that fills; it pulses as long as nothing is known."""

    def at(self, done: int, total: int) -> None:
        """Show how far it is."""

    def tell(self, what: str) -> None:
        """Show another text beside the bar."""


class Terminal:
    """Results go to standard output and everything else to standard error; with `json`, standard output
    carries that alone. Colours and bars are for a terminal; elsewhere a line is never broken."""

    def __init__(self, *, json: bool = False) -> None:
        self.json = json
        self._side = _console(sys.stderr)
        self._out = self._side if json else _console(sys.stdout)

    def say(self, text: str = "", style: str = "") -> None:
        """Print a sentence of the result."""
        _print(self._out, text, style)

    def note(self, text: str, style: str = "") -> None:
        """Print a sentence about how it goes, which is no part of the result."""
        _print(self._side, text, style)

    def table(self, table: Table) -> None:
        """Print a table, after an empty line."""
        self._out.print()
        self._out.print(table)

    def rule(self, title: str) -> None:
        """Print a line that begins a part."""
        self._out.print()
        self._out.rule(Text(title, style="bold"), align="left", style="dim")

    def emit(self, body: str) -> None:
        """Print one line of JSON, exactly as it is: in UTF-8, whatever the terminal's encoding."""
        sys.stdout.flush()
        sys.stdout.buffer.write(body.encode() + b"\n")
        sys.stdout.flush()

    @contextmanager
    def bar(self, what: str) -> Iterator[Bar]:
        """A bar while something takes its time; off a terminal, one line that says what it is."""
        if not self._side.is_terminal or self._side.is_dumb_terminal:
            self.note(f"{what} ...")
            yield _NoBar()
            return
        progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[share]:>4}"),
            TimeElapsedColumn(),
            TextColumn("left:"),
            TimeRemainingColumn(),
            console=self._side,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            # A shard's texts may take minutes, and the time left is told from how the last ones went.
            speed_estimate_period=600,
        )
        with progress:
            yield _RichBar(progress, progress.add_task(what, total=None, share=""))


class _NoBar:
    def at(self, done: int, total: int) -> None:
        """Off a terminal nothing moves."""

    def tell(self, what: str) -> None:
        """Off a terminal nothing moves."""


class _RichBar:
    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def at(self, done: int, total: int) -> None:
        share = f"{100 * done // max(1, total)} %"
        self._progress.update(self._task, completed=done, total=total, share=share)

    def tell(self, what: str) -> None:
        self._progress.update(self._task, description=what)


def _console(file: object) -> Console:
    # Neither markup nor highlighting: the official messages hold square brackets, which are no tags.
    return Console(file=file, markup=False, highlight=False, emoji=False)  # type: ignore[arg-type]


def _print(console: Console, text: str, style: str) -> None:
    console.print(Text(text, style=style), soft_wrap=not console.is_terminal)
