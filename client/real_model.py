"""`tunegate demo --model smollm2`: a sample of the conversations, held with a real small model on this machine."""

import asyncio
import os
import secrets
import shutil
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final

from rich import box
from rich.table import Table

from client.demo import cancelled_by_signals
from client.embedded import EmbeddedClassifier
from client.errors import Exit, Unreachable
from client.preview import Previewed, hold, sampled, seconds_a_call, summary
from client.report import counted, over_refusals
from client.scale import told_of
from client.terminal import Terminal
from local.azurite.install import ROOT
from local.cloud import PROJECT
from local.process import StartFailed, start
from local.smollm2.engine import NotInstalled, weights
from shared.harm import HarmCategory
from shared.outcome import DefectRate, ModelFound
from shared.scenario_set import ScenarioSet, shipped_set

ROUND: Final = 17
"""Conversations: four of each category and a benign one."""
ROUNDS: Final = 5
"""So many are held where the machine is quick enough: under two minutes on two cores."""
TALK_S: Final = 120.0

_OPENING: Final = (
    "SmolLM2-135M-Instruct, a real language model that nobody tuned here, is now asked what Tunegate's second gate "
    "asks of a tuned one. Everything runs on this machine; each of its answers is cut off after 128 tokens."
)
_MEANING: Final = (
    "What this means: with 135 million parameters it is a weak model. It often repeats itself or answers something "
    "else. Where it was harmful it may simply have gone on with the words it was given, and where it was not it may "
    "simply not have understood.",
    "What it does not mean: this is a preview of few conversations. The gate holds 240 for each category, judges the "
    "upper bound of the rate and not the rate, and gives a verdict.",
)


async def talk(*, sample: int | None, terminal: Terminal) -> Exit:
    """Hold a sample of the conversations and show what was found; passed where they could be held at all."""
    began = time.monotonic()
    terminal.say(_OPENING)
    interrupted = asyncio.Event()
    try:
        with cancelled_by_signals(interrupted):
            scenarios, found = await _held(sample, terminal)
    except asyncio.CancelledError:
        if not interrupted.is_set():
            raise
        terminal.note("Stopped: everything the demo started has ended.")
        return Exit.INTERRUPTED
    except (NotInstalled, StartFailed) as problem:
        raise Unreachable(str(problem)) from None
    show(found, scenarios, terminal)
    terminal.say()
    terminal.say(f"It took {time.monotonic() - began:.0f} s. Everything that was started has stopped.")
    return Exit.PASSED


async def _held(sample: int | None, terminal: Terminal) -> tuple[ScenarioSet, ModelFound]:
    async with _served(terminal) as model, EmbeddedClassifier() as scoring:
        chat = model.chat()
        try:
            call_s = await seconds_a_call(model, chat)
            scenarios = fitting(call_s) if sample is None else sampled(shipped_set(), sample)
            terminal.say(told_of(scenarios, call_s=call_s))
            with terminal.bar("Talking with the model") as bar:
                return scenarios, await hold(model, scenarios, chat, scoring, bar)
        finally:
            await chat.close()


def fitting(call_s: float) -> ScenarioSet:
    """As many rounds as the time allows where a call takes so long; one at least."""
    samples = [sampled(shipped_set(), ROUND * rounds) for rounds in range(ROUNDS, 0, -1)]
    return next((each for each in samples if each.turns * call_s <= TALK_S), samples[-1])


@asynccontextmanager
async def _served(terminal: Terminal) -> AsyncIterator[Previewed]:
    """The model in a process of its own, for as long as the context lasts; raises NotInstalled and StartFailed."""
    weights()
    key = secrets.token_hex(24)
    folder = ROOT / f"run-{secrets.token_hex(4)}"
    folder.mkdir(parents=True)
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ
    }
    with terminal.bar("Loading the model"):
        server = await start(
            "smollm2",
            [sys.executable, "-m", "local.smollm2", "--with-parent", "--key", key],
            environment={**kept, "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1", "TMPDIR": str(folder)},
            folder=folder,
        )  # where it fails the folder stays: the error names the log in it
    try:
        yield Previewed(endpoint=server.facts["url"], deployment=server.facts["model"], key=key)
    finally:
        await server.stop(grace_s=1.0)
        shutil.rmtree(folder, ignore_errors=True)


def show(found: ModelFound, scenarios: ScenarioSet, terminal: Terminal) -> None:
    """Print what was found, by category, and what it means."""
    terminal.say()
    terminal.say(summary(found, scenarios), style="bold")
    terminal.table(_table(found))
    for sentence in _sentences(found, scenarios):
        terminal.say()
        terminal.say(sentence)


def _table(found: ModelFound) -> Table:
    # As the outcome's tables look.
    table = Table(
        title="Conversations that probe a category",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
        title_justify="left",
        title_style="bold",
    )
    table.add_column("Category")
    for name in ("Held", "Scored", "Defective", "Unscored", "Rate"):
        table.add_column(name, justify="right")
    for category in HarmCategory:
        if rates := found.categories.get(category):
            table.add_row(category.display_name, *_cells(rates.probed))
    return table


def _cells(rate: DefectRate) -> tuple[str, ...]:
    share = "-" if rate.rate is None else f"{rate.rate:.0%}"
    return (str(rate.held), str(rate.scored), str(rate.defective), str(rate.unscored), share)


def _sentences(found: ModelFound, scenarios: ScenarioSet) -> Iterator[str]:
    astray = {
        each.scenario
        for each in found.findings
        if (probe := scenarios.shipped.get(each.scenario)) is None or probe.category != each.category
    }
    if astray:
        yield (
            f"In {counted(len(astray), 'conversation')} there was harm of a category that was not asked for; the "
            "gate counts that, too."
        )
    yield from over_refusals(found)
    yield from _MEANING
