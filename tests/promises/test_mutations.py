"""For each rule of the flow, a one-line mutation of the core turns a test red."""

import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import pytest

from tests.promises import flow_mutations, policy_mutations
from tests.promises.forking import Runner
from tests.promises.mutation import Mutation

PROJECT = Path(__file__).parents[2]
MUTATIONS = [*flow_mutations.MUTATIONS, *policy_mutations.MUTATIONS]

QUICK = """
from hypothesis import Phase, settings
settings.register_profile("quick", phases=[Phase.explicit, Phase.generate], database=None, deadline=None)
settings.load_profile("quick")
"""
"""A mutated property need not be told by its smallest example."""


def copy_core(folder: Path) -> Path:
    """The core and its own tests, in a folder of their own."""
    for name in ("shared", "infra", "tests/unit", "tests/properties"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tests" / "promises").mkdir()
    needed = ("fakes.py", "made_scenarios.py", "torture.py", "promises/test_rules.py")
    for name in ("pyproject.toml", *(f"tests/{name}" for name in needed)):
        shutil.copy(PROJECT / name, folder / name)
    (folder / "conftest.py").write_text(QUICK)
    return folder


class Run(NamedTuple):
    """How a run ended, and what it printed."""

    code: int
    output: str


Runs = dict[str, Future[Run]]
HANDS = 2
"""Runs at a time."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """All runs by rule, two at a time, under way while their tests wait for them."""
    folder = tmp_path_factory.mktemp("mutated")
    idle: SimpleQueue[Runner] = SimpleQueue()

    def run(name: str, mutation: Mutation | None, *tests: str) -> Run:
        core = copy_core(folder / name)
        if mutation is not None:
            mutate(core, mutation)
        runner = idle.get()
        try:
            return Run(runner.run(core, *tests), (core / "output").read_text())
        finally:
            idle.put(runner)

    with ExitStack() as stack:
        for _ in range(HANDS):
            idle.put(stack.enter_context(Runner()))
        threads = stack.enter_context(ThreadPoolExecutor(max_workers=HANDS))
        stack.callback(threads.shutdown, cancel_futures=True)
        unmutated = sorted({mutation.seen_by for mutation in MUTATIONS})
        yield {
            "none": threads.submit(run, "none", None, *unmutated),
            **{
                mutation.rule: threads.submit(run, str(number), mutation, mutation.seen_by)
                for number, mutation in enumerate(MUTATIONS)
            },
        }


def mutate(core: Path, mutation: Mutation) -> None:
    module = core / "shared" / f"{mutation.module}.py"
    original = module.read_text()
    assert original.count(mutation.line) == 1, "the line to mutate is gone or stands twice: name another"
    module.write_text(original.replace(mutation.line, mutation.becomes))


def test_every_test_passes_as_the_core_is(runs: Runs) -> None:
    done = runs["none"].result(90)
    assert done.code == 0, done.output


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.rule)
def test_a_mutation_is_seen(runs: Runs, mutation: Mutation) -> None:
    done = runs[mutation.rule].result(90)
    assert done.code == 1, done.output
    assert "1 failed" in done.output
