"""The report: an outcome as people read it. One plain sentence, the official message, then tables.

Counts, positions, names and severities only: an outcome holds no text, and nothing else is read here.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich import box
from rich.table import Table

from client.terminal import Terminal
from shared.harm import HarmCategory
from shared.outcome import DataFound, DefectRate, ModelFound, Outcome, Result
from shared.policy import POLICY
from shared.reasons import sentence

MAX_ROWS: Final = 20
"""Rows a table of findings shows; the outcome itself, with --json, holds up to a thousand."""

_STYLES: Final = {
    Result.PASSED: "bold green",
    Result.FAILED: "bold red",
    Result.INCOMPLETE: "bold yellow",
}
_BANDS: Final = (("very low 0-1", 0), ("low 2-3", 2), ("medium 4-5", 4), ("high 6-7", 6))
"""Content Safety's names for its eight levels, and the first level of each."""


def show_outcome(outcome: Outcome, terminal: Terminal, *, whose: str = "") -> None:
    """Print the report of an outcome; `whose` stands for the job's training data where there is no job."""
    terminal.say(summary(outcome, whose=whose), style=_STYLES[outcome.result])
    terminal.say(outcome.message)
    for reason in outcome.reasons:
        terminal.say(f"- {reason}")
    found = outcome.found
    for table in _of_data(outcome, found) if isinstance(found, DataFound) else _of_model(found):
        terminal.table(table)
    if isinstance(found, ModelFound):
        for sentence_ in over_refusals(found):
            terminal.say(sentence_)
    terminal.say()
    by = f", scored by {outcome.classifier}" if outcome.classifier else ""
    terminal.say(f"Policy {outcome.policy}{by}. Evaluation {outcome.evaluation}.", style="dim")


def summary(outcome: Outcome, *, whose: str = "") -> str:
    """One plain sentence: what was decided, and what decided it."""
    found = outcome.found
    if isinstance(found, DataFound):
        whose = whose or f"The training data of job {outcome.job}"
        return f"{whose} {_data_decision(outcome.result, found)}"
    whose = f"The model of job {outcome.job}"
    return f"{whose} {_model_decision(outcome, found)}"


def _data_decision(result: Result, found: DataFound) -> str:
    if result is Result.PASSED:
        lines = "" if found.lines is None else f" on {counted(found.lines, 'line')}"
        return (
            f"may be used: {counted(found.texts, 'text')}{lines} scored, none at severity "
            f"{POLICY.fail_severity} or above."
        )
    if result is Result.FAILED:
        # Where the list is cut, the lines beyond it are not known.
        known = len(found.findings) == found.findings_total
        on = f" on {counted(len({f.offset for f in found.findings}), 'line')}" if known else ""
        return f"must not be used: {counted(found.findings_total, 'finding')}{on}."
    return "is not known to be safe and must not be used: its evaluation is incomplete."


def _model_decision(outcome: Outcome, found: ModelFound) -> str:
    if outcome.result is Result.INCOMPLETE:
        return "is not known to be safe and is not deployable: its evaluation is incomplete."
    held = sum(rates.probed.held for rates in found.categories.values())
    probed = f"probed in {counted(held, 'conversation')}, it is above the limit in"
    if outcome.result is Result.PASSED:
        return f"may be deployed: {probed} no harm category."
    return f"must not be deployed: {probed} {len(outcome.failed)} of {len(HarmCategory)} harm categories."


def _of_data(outcome: Outcome, found: DataFound) -> Iterator[Table]:
    if found.findings:
        places = [
            (_place(f.line, f.offset), f.path, f.category.display_name, str(f.severity))
            for f in found.findings
        ]
        yield _listed("Findings", ("Line>", "Field", "Category", "Severity>"), places, found.findings_total)
    if found.bad_lines:
        bad = [(_place(b.line, b.offset), sentence(b.reason)) for b in found.bad_lines]
        yield _listed("Lines not evaluated whole", ("Line>", "Why"), bad, found.bad_lines_total)
    if found.opaque:
        rows = [(_place(one.line, one.offset), one.path) for one in found.opaque]
        title = "Texts with a long stretch that decodes to nothing: look at them yourself"
        yield _listed(title, ("Line>", "Field"), rows, found.opaque_total)
    if any(sum(ladder) for ladder in outcome.counts.values()):
        table = _table("Texts by severity", ("Category", *(f"{name}>" for name, _ in _BANDS)))
        for category in HarmCategory:
            ladder = outcome.counts.get(category, [0] * 8)
            table.add_row(
                category.display_name, *(f"{sum(ladder[first : first + 2]):,}" for _, first in _BANDS)
            )
        yield table


def _of_model(found: ModelFound) -> Iterator[Table]:
    if found.categories:
        yield rates_table(found)
    if found.findings:
        rows = [(f.scenario, str(f.turn), f.category.display_name, str(f.severity)) for f in found.findings]
        yield _listed("Findings", ("Scenario", "Turn>", "Category", "Severity>"), rows, found.findings_total)


def rates_table(found: ModelFound) -> Table:
    """Each category's rates; a set apart is left out where nothing was found in it."""
    columns = ("Category", "", "Held>", "Scored>", "Defective>", "Rate>", "Bound>", "Limit>")
    table = _table("Conversations", columns)
    for category in HarmCategory:
        if rates := found.categories.get(category):
            table.add_row(category.display_name, "probing", *_rate_cells(rates.probed))
            table.add_row("", "others", *_rate_cells(rates.others))
            for name, rate in (("benign", rates.benign), ("added", rates.added), ("base", rates.base)):
                if rate is not None and (name != "benign" or rate.defective or rate.unscored):
                    table.add_row("", name, *_rate_cells(rate, by_bound=False))
    return table


def _rate_cells(rate: DefectRate, *, by_bound: bool = True) -> Sequence[str]:
    """The cells of a rate; the few conversations apart are judged by their plain rate, and show no bound."""
    # Two decimals, for people; what was judged is never rounded.
    share = "-" if rate.rate is None else f"{rate.rate:.2%}"
    bound = f"{rate.bound:.2%}" if by_bound else "-"
    return (str(rate.held), str(rate.scored), str(rate.defective), share, bound, f"{rate.limit:.0%}")


def over_refusals(found: ModelFound) -> Iterator[str]:
    """Yield a sentence on how often benign requests were declined, of the model and of its base."""
    for who, told in (("The model", found.over_refusal), ("Its base", found.base_over_refusal)):
        if told is not None and told.rate is not None:
            yield (
                f"{who} declined {told.refused} of {counted(told.held, 'benign request')} ({told.rate:.0%}); "
                "that decides nothing."
            )


def _listed(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], total: int) -> Table:
    table = _table(title, columns)
    shown = rows[:MAX_ROWS]
    for row in shown:
        table.add_row(*row)
    if total > len(shown):
        table.caption = f"and {total - len(shown):,} more"
    return table


def _table(title: str, columns: Iterable[str]) -> Table:
    """A table; a column whose name ends with `>` is aligned to the right."""
    table = Table(
        title=title,
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
        title_justify="left",
        title_style="bold",
        caption_justify="left",
    )
    for column in columns:
        table.add_column(
            column.removesuffix(">"), justify="right" if column.endswith(">") else "left", overflow="fold"
        )
    return table


def _place(line: int | None, offset: int) -> str:
    # Without every earlier shard the line's number is not known, and its offset stands for it.
    return f"{line:,}" if line is not None else f"at byte {offset:,}"


def counted(number: int, noun: str) -> str:
    """The number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
