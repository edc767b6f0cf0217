"""Which lines of a training file are to be dropped, and what for: from an evaluation's tallies or from its outcome."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from client.errors import NotDecided
from client.in_process import InProcess
from shared.harm import HarmCategory
from shared.outcome import DataFound
from shared.policy import POLICY
from shared.reasons import sentence
from shared.shards import ByteRange
from shared.tally import DataTally

NOT_THE_LINES: Final = frozenset(
    {"attempts_exhausted", "category_missing", "severity_unknown", "dead_letter", "file_changed"}
)
"""Reasons that say nothing of the line: it was not scored, and may be as harmless as any."""
_LISTED: Final = 100
"""Lines that a part of a shard is meant to hold where its tally's lists were cut: half of what a tally holds."""
_MOST_PARTS: Final = 64


class Drops:
    """Lines by their byte offset, eight bytes each, and how many were named for what."""

    def __init__(self) -> None:
        self.offsets: array[int] = array("Q")
        self.numbers: dict[int, int | None] = {}
        """Where an outcome names lines: the number each is said to have."""
        self._named: Counter[str] = Counter()

    def __bool__(self) -> bool:
        return bool(self.offsets)

    def add(self, offset: int, what: Iterable[str]) -> None:
        """Name a line, behind those before it, with all it is named for."""
        self.offsets.append(offset)
        self._named.update(what)

    def named(self) -> Iterator[tuple[str, int]]:
        """Yield what lines were named for, and how many were: harm categories in policy order, then reasons."""
        for category in HarmCategory:
            if category in self._named:
                yield category.display_name, self._named[category]
        for reason in sorted(self._named.keys() - set(HarmCategory)):
            yield sentence(reason), self._named[reason]

    def count_in(self, other: "Drops") -> None:
        """Count what another round named as well; its offsets are of other bytes."""
        self._named.update(other._named)

    async def gather(self, here: InProcess, tally: DataTally) -> None:
        """Name every line that the shard's tally names; where its lists are cut, ask for the shard's parts."""
        await self._gather(here, tally, here.ranges[tally.shard])

    async def _gather(self, here: InProcess, tally: DataTally, within: ByteRange) -> None:
        if NOT_THE_LINES & tally.unscored.keys():
            reasons = "; ".join(sentence(reason) for reason in sorted(NOT_THE_LINES & tally.unscored.keys()))
            raise NotDecided(f"Nothing is dropped, since not everything was scored: {reasons}.")
        if _is_cut(tally) and sum(span.lines for span in tally.spans) > 1:
            for part in _parts(within, tally):
                await self._gather(here, await here.evaluate(tally.shard, part), part)
            return
        named: dict[int, set[str]] = {}
        for finding in tally.findings:
            named.setdefault(finding.offset, set()).add(finding.category)
        for bad in tally.bad_lines:
            named.setdefault(bad.offset, set()).add(bad.reason)
        for offset, what in sorted(named.items()):
            self.add(offset, what)


def _findings_total(tally: DataTally) -> int:
    return sum(sum(tally.ladder(category)[POLICY.fail_severity :]) for category in HarmCategory)


def _is_cut(tally: DataTally) -> bool:
    """Whether the tally names fewer than it counts: its lists are cut to what a message holds."""
    listed = len({bad.offset for bad in tally.bad_lines})
    return len(tally.findings) < _findings_total(tally) or listed < tally.bad_total


def _parts(whole: ByteRange, tally: DataTally) -> Iterator[ByteRange]:
    """Yield parts that tile the range, so many that the lists of most will hold all."""
    length = whole.end - whole.start
    wanted = -(-max(_findings_total(tally), tally.bad_total) // _LISTED)
    size = max(1, -(-length // min(_MOST_PARTS, max(2, wanted))))
    for start in range(whole.start, whole.end, size):
        yield ByteRange(start=start, end=min(start + size, whole.end))


def named_by(found: DataFound) -> Drops:
    """The lines that an outcome lists; what it lists as merely not scored is left to the check that follows."""
    named: dict[int, set[str]] = {}
    drops = Drops()
    for finding in found.findings:
        named.setdefault(finding.offset, set()).add(finding.category)
        drops.numbers[finding.offset] = finding.line
    for bad in found.bad_lines:
        if bad.reason not in NOT_THE_LINES:
            named.setdefault(bad.offset, set()).add(bad.reason)
            drops.numbers[bad.offset] = bad.line
    for offset, what in sorted(named.items()):
        drops.add(offset, what)
    return drops
