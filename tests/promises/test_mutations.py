"""For each rule of the flow, a one-line mutation of the core turns a test red."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

PROJECT = Path(__file__).parents[2]
DATA = "tests/properties/test_decide_data.py"
MODEL = "tests/properties/test_decide_model.py"
COLLECT = "tests/unit/test_collect_and_lost.py"
SHARD = "tests/unit/test_evaluate_data.py"


class Mutation(NamedTuple):
    """A line of a module, what it becomes, and the test file that must see it."""

    rule: str
    module: str
    line: str
    becomes: str
    seen_by: str


MUTATIONS = [
    Mutation(
        "1 armed before firing",
        "plan",
        "    await bus.send_shards(shards)\n",
        "    pass\n",
        COLLECT,
    ),
    Mutation(
        "2 a shard owns lines by their first byte",
        "shards",
        "return max(self._range.start - 1, 0)",
        "return self._range.start",
        "tests/properties/test_shards.py",
    ),
    Mutation(
        "3 folding takes the worst",
        "tally",
        "category: tuple(map(max, ",
        "category: tuple(map(min, ",
        "tests/properties/test_tally.py",
    ),
    Mutation(
        "3 a conflict of spans stays",
        "tally",
        "spans=self.spans | other.spans",
        "spans=self.spans or other.spans",
        "tests/properties/test_tally.py",
    ),
    Mutation(
        "4 not all there: look again", "collect", "or collection.is_due(clock.now())", "or True", COLLECT
    ),
    Mutation("5 the bytes tile the file", "data_decision", "if reached != length:", "if False:", DATA),
    Mutation("5 no gap", "data_decision", "if span.first_byte != reached:", "if False:", DATA),
    Mutation(
        "5 one shard count", "evaluation", "if any(tally.shard_counts != {shards}", "if any(False", DATA
    ),
    Mutation("5 one policy version", "evaluation", "if policy != POLICY.version or", "if False and", DATA),
    Mutation("6 no text is no pass", "data_decision", "if texts == 0:", "if False:", DATA),
    Mutation("6 a missing category is unscored", "harm", "if severity is None:", "if False:", SHARD),
    Mutation("6 what is unscored blocks", "evaluation", '(unscored if kind == "data" else [])', "([])", DATA),
    Mutation(
        "6 not held is unscored",
        "model_decision",
        "get(category, _UNSEEN)",
        "get(category, Score(severity=0))",
        MODEL,
    ),
    Mutation(
        "7 a delayed copy has an id of its own",
        "ids",
        'return f"{evaluation}:{shard}" if attempt == 0 else f"{evaluation}:{shard}:{attempt}"',
        'return f"{evaluation}:{shard}"',
        "tests/unit/test_ids_and_times.py",
    ),
    Mutation(
        "8 times fit",
        "times",
        "DUPLICATE_WINDOW: Final = timedelta(hours=48)",
        "DUPLICATE_WINDOW: Final = timedelta(hours=23)",
        "tests/unit/test_ids_and_times.py",
    ),
    Mutation(
        "9 a lost shard is told",
        "lost",
        "    await bus.send_tally(lost_data_tally(task",
        "    (lost_data_tally(task",
        COLLECT,
    ),
    Mutation(
        "11 the cut is at four",
        "policy",
        "return severity >= POLICY",
        "return severity > POLICY",
        "tests/unit/test_policy.py",
    ),
    Mutation(
        "policy: the bound, not the rate",
        "model_decision",
        "bound=upper_bound(defective + unscored, total)",
        "bound=upper_bound(defective, total)",
        MODEL,
    ),
    Mutation(
        "verdict: incomplete writes nothing",
        "record",
        "elif outcome.result is Result.PASSED and not outcome.failed:",
        "else:",
        COLLECT,
    ),
    Mutation(
        "contract: decoded strictly",
        "messages",
        "        _HEADER.decode(body)\n        return json",
        "        return json",
        COLLECT,
    ),
    Mutation(
        "file changed is unscored",
        "evaluate_data",
        "    except FileChanged as error:",
        "    except ZeroDivisionError as error:",
        SHARD,
    ),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The core and its own tests, in a folder of their own."""
    folder = tmp_path_factory.mktemp("mutated")
    for name in ("shared", "infra", "tests/unit", "tests/properties"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "tests/fakes.py"):
        shutil.copy(PROJECT / name, folder / name)
    # A mutated property need not be told by its smallest example.
    (folder / "conftest.py").write_text(
        "from hypothesis import Phase, settings\n"
        "settings.register_profile('quick', phases=[Phase.explicit, Phase.generate], database=None)\n"
        "settings.load_profile('quick')\n"
    )
    return folder


def run(folder: Path, test_file: str) -> int:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        test_file,
    ]
    environment = {
        "PATH": "",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "h"),
    }
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False).returncode


@pytest.mark.parametrize("test_file", sorted({mutation.seen_by for mutation in MUTATIONS}))
def test_the_core_passes_as_it_is(copy: Path, test_file: str) -> None:
    assert run(copy, test_file) == 0


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.rule)
def test_a_mutation_is_seen(copy: Path, mutation: Mutation) -> None:
    module = copy / "shared" / f"{mutation.module}.py"
    original = module.read_text()
    assert original.count(mutation.line) >= 1, "the line to mutate is gone: name another"
    try:
        module.write_text(original.replace(mutation.line, mutation.becomes, 1))
        assert run(copy, mutation.seen_by) == 1
    finally:
        module.write_text(original)
