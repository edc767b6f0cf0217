"""`tunegate clean`: drop the lines that an evaluation names, byte for byte, and check what is left.

Dropping lines changes which texts are scored together, and an outcome's lists may be cut: so it goes in rounds,
until a check of what is left names no line any more.
"""

from pathlib import Path
from typing import Final

from client.check import Begin, Scoring, evaluate, show
from client.copies import Copies, require_place
from client.drops import Drops, named_by
from client.file_version import open_version
from client.report import counted
from client.saved_outcome import not_of_these_bytes, read_outcome
from client.sifting import NotALine, Sifter
from client.terminal import Terminal
from shared.outcome import DataFound, Outcome

MOST_ROUNDS: Final = 20
"""Each drops a line at least; what is named after the last one is left for the outcome to say."""


async def clean(
    path: Path, out: Path, *, outcome_path: Path | None, force: bool, begin: Begin, terminal: Terminal
) -> Outcome:
    """The outcome of what is left of the file, which is then in `out`; raises Misused, NotDecided, NotPassed."""
    require_place(path, out, force=force)
    source = await open_version(path)
    given = None if outcome_path is None else read_outcome(outcome_path, source)
    async with begin() as scoring:
        with Copies(source, out) as copies:
            cleaning = _Cleaning(path, out, copies, scoring, terminal)
            outcome = await cleaning.run(given)
            copies.require_source()
            copies.keep(force=force)
        cleaning.tell()
        show(outcome, scoring, terminal)
    return outcome


class _Cleaning:
    """The rounds: sift, check what is left, and again while the check names lines."""

    def __init__(self, path: Path, out: Path, copies: Copies, scoring: Scoring, terminal: Terminal) -> None:
        self._path = path
        self._copies = copies
        self._out = out
        self._scoring = scoring
        self._terminal = terminal
        self._all = Drops()
        self._lines: int | None = None
        self._dropped = 0

    async def run(self, given: DataFound | None) -> Outcome:
        """The outcome of the last copy."""
        if given is None:
            outcome, drops = await self._check()
            if not drops:
                await self._sift(drops)
                return outcome
        else:
            drops = named_by(given)
            self._tell_cut(given)
        for _ in range(MOST_ROUNDS):
            await self._sift(drops, None if given is None or self._lines is not None else given.lines)
            outcome, drops = await self._check()
            if not drops:
                break
        return outcome

    async def _check(self) -> tuple[Outcome, Drops]:
        drops = Drops()
        outcome = await evaluate(
            self._copies.last,
            self._out.name,
            self._scoring,
            self._terminal,
            reading=self._path.name if self._lines is None else "what is left",
            gather=drops.gather,
        )
        return outcome, drops

    async def _sift(self, drops: Drops, lines: int | None = None) -> None:
        sifter = Sifter(drops.offsets, drops.numbers)
        try:
            await self._copies.sift(sifter)
            if lines not in (None, sifter.lines):
                raise NotALine
        except NotALine:
            self._copies.require_source()
            raise not_of_these_bytes("its lines stand elsewhere") from None
        if self._lines is None:
            self._lines = sifter.lines
        self._dropped += sifter.dropped
        self._all.count_in(drops)

    def _tell_cut(self, given: DataFound) -> None:
        listed = len(given.findings), len({bad.offset for bad in given.bad_lines})
        if listed != (given.findings_total, given.bad_lines_total):
            self._terminal.note(
                f"The outcome lists {listed[0]:,} of {counted(given.findings_total, 'finding')} and {listed[1]:,} of "
                f"{counted(given.bad_lines_total, 'bad line')}: the others are found by checking what is left."
            )

    def tell(self) -> None:
        """Say how many lines were dropped, and what for."""
        say = self._terminal.say
        lines = self._lines or 0
        left = f"{counted(lines - self._dropped, 'line')} stay as they were, in {self._out}."
        if not self._dropped:
            say(f"Dropped nothing: {left}")
            return
        say(f"Dropped {self._dropped:,} of {counted(lines, 'line')} of {self._path.name}; {left}")
        for what, count in self._all.named():
            say(f"- {counted(count, 'line')}: {what}")
        say()
