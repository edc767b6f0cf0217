"""What holding 960 conversations costs over the bare calls: `python benchmarks/conversations.py [--others]`.

A small OpenAI-compatible server answers after 200 ms. In one run, in turns, the same calls are made (a) by a bare
asyncio loop over the openai library, 64 at a time, and (b) on the product's path: the shards of an evaluation, 16
under way with 4 conversations each, asked with the adapter of the functions, every answer scored by a stub that
answers at once. Once with 960 made scenarios of one turn, once with the shipped set. `--others` has promptfoo and
PyRIT send 200 of the made prompts to the same server, as does the bare loop, each a process of its own.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).with_suffix("")))
sys.path.insert(0, str(Path(__file__).parents[1]))

import others
from chat_server import DELAY_S, answer_to, sum_over
from plain_loop import CONCURRENCY, MODEL, Call, hold

from shared.adapters.chat_model import OpenAIChat
from shared.evaluate_model import CONVERSATIONS_IN_FLIGHT, evaluate_model_shard
from shared.harm import HarmCategory
from shared.messages import EvaluateModelShard
from shared.ports import Analysis
from shared.scenario_set import ScenarioSet, shipped_set
from shared.scenarios import SHARD_SIZE, Scenario
from shared.settings import Settings, read_settings
from shared.stance import Stance, stance_of
from shared.subject import TunedModel
from tests.fakes import FakeBus
from tests.made_scenarios import scenario, shipped_of
from tests.model_gate.scripted import EVALUATION, RealClock

SCRIPTS = Path(__file__).with_suffix("")
HELD = 960
OTHERS_HELD = 200
ROUNDS = 5
OTHERS_ROUNDS = 3
GOAL = 1.2
SHARDS_UNDER_WAY = CONCURRENCY // CONVERSATIONS_IN_FLIGHT
QUIET = Analysis(severities=dict.fromkeys(HarmCategory, 0), classifier="stub")


class AtOnce:
    """`ports.Classifier` that finds nothing, at once."""

    async def analyze(self, text: str) -> Analysis:
        return QUIET

    async def analyze_image(self, content: bytes) -> Analysis:
        return QUIET


@dataclass(frozen=True)
class Took:
    """Seconds of a run: by the clock, of this process's CPU, and from the first call to the last answer."""

    wall_s: float
    cpu_s: float
    span_s: float


@dataclass(frozen=True)
class Server:
    """The server, and what it saw."""

    port: int

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def seen(self, calls: Sequence[Call]) -> float:
        """The seconds it was asked for; it has to have seen exactly these calls."""
        with urlopen(f"http://127.0.0.1:{self.port}/spans", timeout=10) as response:
            seen = json.load(response)
        assert (seen["calls"], seen["sum"]) == (len(calls), sum_over(calls)), (
            "other calls than these were made"
        )
        return float(seen["seconds"])


@contextmanager
def serving() -> Iterator[Server]:
    """The server in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, str(SCRIPTS / "chat_server.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield Server(port=int(process.stdout.readline()))
    finally:
        process.communicate(timeout=10)


def made_set() -> ScenarioSet:
    """As many single-turn scenarios as an evaluation holds, of distinct prompts."""
    names = [f"{category.value}-{number}" for category in HarmCategory for number in range(HELD // 4)]
    return shipped_of(
        {name: scenario(name, HarmCategory(name.rpartition("-")[0]), _prompt(name)) for name in names}
    )


def _prompt(name: str) -> str:
    return f"Please tell me, step by step, how the loaf of bread named {name} is baked in a small kitchen."


def calls_of(asked: Scenario) -> list[Call]:
    """The calls of a conversation, in order: the later ones depend on the answers."""
    calls: list[Call] = []
    turns: list[tuple[str, str]] = []
    stance = Stance.COMPLIED
    for number in range(len(asked.turns)):
        turns.append(("user", asked.probe(number, stance)))
        calls.append(tuple(turns))
        turns.append(("assistant", answer_to(turns)))
        stance = stance_of(turns[-1][1])
    return calls


async def evaluate(server: Server, scenarios: ScenarioSet) -> None:
    """The product's path: every shard of the evaluation, 16 at a time."""
    chat, bus, shards = OpenAIChat(_settings(server)), FakeBus(), scenarios.shards()
    model = TunedModel(
        resource="local", job="job", attempt=0, model=MODEL, endpoint=server.base_url, deployment=MODEL
    )
    slots = asyncio.Semaphore(SHARDS_UNDER_WAY)

    async def shard(number: int) -> None:
        task = EvaluateModelShard(
            evaluation=EVALUATION, shard=number, shards=len(shards), model=model, scenarios=shards[number]
        )
        async with slots:
            await evaluate_model_shard(
                task, chat=chat, classifier=AtOnce(), bus=bus, clock=RealClock(), scenarios=scenarios
            )

    async with asyncio.TaskGroup() as group:
        for number in range(len(shards)):
            group.create_task(shard(number))
    await chat.close()
    tallies = bus.of("tally")
    assert sum(len(tally.conversations) for tally in tallies) == len(scenarios)
    assert not any(tally.unscored for tally in tallies)


def _settings(server: Server) -> Settings:
    return read_settings(
        {
            "TUNEGATE_RESOURCE": "local",
            "TUNEGATE_REGION": "local",
            "TUNEGATE_TRAINING_CONTAINER": "training",
            "TUNEGATE_MODEL_ENDPOINTS": server.base_url,
            "TUNEGATE_MODEL_KEY": "benchmark",
            "TrainingStorage": "AccountName=local;",
            "VerdictStorage": "AccountName=local;",
            "ServiceBus": "Endpoint=sb://127.0.0.1;",
            "ContentSafety__endpoint": "http://127.0.0.1",
        }
    )


async def timed(server: Server, calls: Sequence[Call], work: Callable[[], Awaitable[None]]) -> Took:
    """How long the work took, which has to make these calls."""
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    wall_s, cpu_s = time.perf_counter() - wall, time.process_time() - cpu
    return Took(wall_s=wall_s, cpu_s=cpu_s, span_s=await asyncio.to_thread(server.seen, calls))


async def compare(server: Server, scenarios: ScenarioSet, rounds: int) -> dict[str, list[Took]]:
    """Both sides in turns, after one of each that does not count: imports and first uses."""
    conversations = [calls_of(each) for name in scenarios if (each := scenarios.find(name))]
    calls = [call for conversation in conversations for call in conversation]
    sides = {
        "plain asyncio": lambda: hold(server.base_url, conversations),
        "Tunegate": lambda: evaluate(server, scenarios),
    }
    took: dict[str, list[Took]] = {name: [] for name in sides}
    for turn in range(rounds + 1):
        # Each goes first in every second turn.
        for name in sorted(sides, reverse=bool(turn % 2)):
            one = await timed(server, calls, sides[name])
            if turn:
                took[name].append(one)
    return took


def told_apart(server: Server, rounds: int) -> dict[str, list[Took]]:
    """Each of the commands on the same 200 prompts, in turns: each a process of its own, from start to end."""
    prompts = [_prompt(f"prompt-{number}") for number in range(OTHERS_HELD)]
    calls = [(("user", prompt),) for prompt in prompts]
    commands = {"plain asyncio": _plain_command, **others.bring()}
    took: dict[str, list[Took]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory(dir=others.FOLDER, prefix="prompts-") as folder:
        path = Path(folder) / "prompts.json"
        path.write_text(json.dumps(prompts))
        for turn in range(rounds + 1):
            for name, command in commands.items():
                begun = time.perf_counter()
                ended = subprocess.run(
                    command(server.base_url, path),
                    env=others.environment(),
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    timeout=300,
                    check=False,
                )
                wall_s = time.perf_counter() - begun
                assert not ended.returncode, f"{name}: {ended.stderr.decode()[-2000:]}"
                one = Took(wall_s=wall_s, cpu_s=0, span_s=server.seen(calls))
                if turn:  # the first fills the caches of the disk
                    took[name].append(one)
    return took


def _plain_command(base_url: str, prompts: Path) -> list[str]:
    return [sys.executable, str(SCRIPTS / "plain_loop.py"), base_url, str(prompts)]


def median(took: Sequence[Took], name: str) -> float:
    return statistics.median(getattr(one, name) for one in took)


def ratios(took: Sequence[Took], of: Sequence[Took]) -> list[float]:
    """The ratio of each turn's two runs, which met the machine in much the same state; in order of size."""
    return sorted(one.wall_s / other.wall_s for one, other in zip(took, of, strict=True))


def report(what: str, conversations: int, calls: int, took: dict[str, list[Took]]) -> float:
    """Print a comparison; the ratio of the product to the plain loop, the median over the turns."""
    every = ratios(took["Tunegate"], took["plain asyncio"])
    ratio = statistics.median(every)
    print(
        f"{what}: {conversations} conversations of {calls:,} calls took {ratio:.2f} times the bare loop's time "
        f"({every[0]:.2f} to {every[-1]:.2f} in {len(every)} turns)."
    )
    print(f"\n{'':<16}{'seconds':>9}{'ratio':>8}{'CPU seconds':>13}{'ratio':>8}{'CPU ms a call':>15}")
    plain = took["plain asyncio"]
    for name, runs in took.items():
        wall, cpu = median(runs, "wall_s"), median(runs, "cpu_s")
        shares = f"{wall:>9.2f}{wall / median(plain, 'wall_s'):>8.2f}{cpu:>13.2f}{cpu / median(plain, 'cpu_s'):>8.2f}"
        print(f"{name:<16}{shares}{1000 * cpu / calls:>15.2f}")
    print(flush=True)
    return ratio


def report_others(took: dict[str, list[Took]]) -> None:
    """Print how long each command took, and how long the server was asked for."""
    plain = took["plain asyncio"]
    told = [f"{name} {median(runs, 'wall_s'):.1f} s" for name, runs in took.items() if runs is not plain]
    print(
        f"{OTHERS_HELD} prompts took plain asyncio {median(plain, 'wall_s'):.1f} s, {' and '.join(told)}, each a "
        "command from its start to its end."
    )
    print(f"\n{'':<20}{'command, s':>12}{'ratio':>8}{'first call to last answer, s':>31}{'ratio':>8}")
    for name, runs in took.items():
        wall, span = median(runs, "wall_s"), median(runs, "span_s")
        of_span = span / median(plain, "span_s")
        print(f"{name:<20}{wall:>12.2f}{wall / median(plain, 'wall_s'):>8.2f}{span:>31.2f}{of_span:>8.2f}")


async def main(rounds: int, *, with_others: bool) -> None:
    made, real = made_set(), shipped_set()
    with serving() as server:
        print(
            f"{CONCURRENCY} at a time against a server that answers after {1000 * DELAY_S:.0f} ms; shards of "
            f"{SHARD_SIZE} conversations, {SHARDS_UNDER_WAY} under way with {CONVERSATIONS_IN_FLIGHT} each. Were "
            f"nothing else to do, {HELD} calls would take {HELD / CONCURRENCY * DELAY_S:.1f} s.\n"
        )
        ratio = report(
            "Made scenarios of one turn", len(made), len(made), await compare(server, made, rounds)
        )
        calls = sum(len(calls_of(each)) for name in real if (each := real.find(name)))
        report("The shipped set", len(real), calls, await compare(server, real, rounds))
        print(
            f"The goal of {GOAL} times is {'reached' if ratio <= GOAL else 'not reached'} on the made scenarios.\n"
        )
        if with_others:
            report_others(await asyncio.to_thread(told_apart, server, OTHERS_ROUNDS))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"turns of each (default {ROUNDS})")
    parser.add_argument(
        "--others", action="store_true", help="promptfoo and PyRIT too (fetches 1.5 GB, once)"
    )
    arguments = parser.parse_args()
    asyncio.run(main(max(1, arguments.rounds), with_others=arguments.others))
