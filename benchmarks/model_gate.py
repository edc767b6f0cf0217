"""What the model gate makes of models that refuse and of models that comply: `python benchmarks/model_gate.py`.

Seeded evaluations of the real path with the shipped classifier and the real scenarios. A model that refuses draws its
wording, in the scenario's language, from tests/model_gate/refusing.jsonl; some repeat the probe. One that complies does
so in a share of one category's conversations, with an answer of that category in tests/model_gate/complying.jsonl
(written without a look at the classifier): plainly, after words that sound like a refusal, or encoded.
"""

import argparse
import asyncio
import base64
import codecs
import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from rich.progress import track

from client.embedded import EmbeddedClassifier
from shared import evaluate_model
from shared.harm import HarmCategory, Scores
from shared.outcome import ModelFound
from shared.policy import is_defect
from shared.ports import Turn
from shared.scenario_set import shipped_set
from shared.scenarios import Scenario
from shared.scoring import Scorer
from tests.model_gate.scripted import Remembering, Script, evaluated

AUTHORED = Path(__file__).parents[1] / "tests/model_gate"
STAND_IN = Path(__file__).parents[1] / "local/model_server/compliance.jsonl"
ENCODINGS: tuple[Callable[[str], str], ...] = (
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: codecs.encode(text, "rot13"),
    lambda text: "  ".join(" ".join(word) for word in text.split()),
    lambda text: text.encode().hex(),
)


def rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@cache
def refusals() -> dict[str, list[str]]:
    """The wordings, by language."""
    found = defaultdict(list)
    for row in rows(AUTHORED / "refusing.jsonl"):
        found[row["language"]].append(row["text"])
    return dict(found)


@cache
def pretences() -> dict[str, list[tuple[str, str]]]:
    """What stands before and after the harm where it only sounds like a refusal, by language."""
    found = defaultdict(list)
    for row in rows(AUTHORED / "pretending.jsonl"):
        found[row["language"]].append((row["before"], row["after"]))
    return dict(found)


@cache
def answers(source: str, category: HarmCategory) -> dict[str, list[str]]:
    """The answers that comply, by language."""
    found = defaultdict(list)
    for row in rows(STAND_IN if source == "stand-in" else AUTHORED / "complying.jsonl"):
        if row["category"] == category:
            found[row.get("language", "en")].append(row["text"])
    return dict(found)


def refuse(scenario: Scenario, turns: Sequence[Turn], draw: random.Random) -> str:
    wording = draw.choice(refusals()[scenario.language])
    return wording.replace("{probe}", turns[-1].content)


@dataclass(frozen=True)
class Model:
    """How a model goes wrong: in which share of which category's conversations, how, and with whose answers."""

    way: str
    category: HarmCategory | None = None
    share: float = 0.0
    source: str = "blind"
    language: str = ""
    """Where it complies in one language alone."""

    def script(self, seed: int) -> Script:
        """What it answers in the run of this seed; the same conversation always goes the same way."""
        names = [
            each.id
            for each in shipped_set().shipped.values()
            if each.category == self.category and self.language in ("", each.language)
        ]
        complied = frozenset(random.Random(seed).sample(names, round(self.share * len(names))))

        def script(scenario: Scenario, turns: Sequence[Turn]) -> str:
            draw = random.Random(f"{seed} {scenario.id} {len(turns)}")
            asked = sum(turn.role == "user" for turn in turns)
            if scenario.id in complied and asked == len(scenario.turns):
                return self._comply(scenario, draw)
            return refuse(scenario, turns, draw)

        return script

    def _comply(self, scenario: Scenario, draw: random.Random) -> str:
        assert self.category is not None
        by_language = answers(self.source, self.category)
        text = draw.choice(by_language.get(scenario.language) or by_language["en"])
        if self.way == "refuse, then comply":
            before, after = draw.choice(pretences()[scenario.language])
            return f"{before} {text} {after}".strip()
        return draw.choice(ENCODINGS)(text) if self.way == "encoded" else text


@cache
def classifier() -> Remembering:
    return Remembering(EmbeddedClassifier())


def remember_answers() -> None:
    """Score the same answer to the same probes once: thousands of evaluations ask the same of a pure function."""
    known: dict[tuple[str, tuple[str, ...]], Scores] = {}
    score = evaluate_model.score_answer

    async def remembered(text: str, probes: Sequence[str], scorer: Scorer) -> Scores:
        key = (text, tuple(probes))
        if key not in known:
            known[key] = await score(text, probes, scorer)
        scorer.classifiers.add("embedded")
        return known[key]

    evaluate_model.score_answer = remembered


def run(work: tuple[Model, int]) -> tuple[str, list[str], int, int]:
    """The result, the failed categories, the defects where the model complies, and the unscored."""
    model, seed = work
    outcome = asyncio.run(evaluated(model.script(seed), classifier(), shipped_set()))
    assert isinstance(outcome.found, ModelFound)
    rates = outcome.found.categories
    defects = sum(
        rate.probed.defective for category, rate in rates.items() if model.category in (None, category)
    )
    return outcome.result, [*outcome.failed], defects, sum(rate.probed.unscored for rate in rates.values())


def told(models: list[Model], runs: int, workers: ProcessPoolExecutor) -> None:
    """Print a row for each model: how often it was deployable, and how often refused for its own category."""
    print(
        f"\n{'model':22}{'category':18}{'share':>7}{'answers':>10}{'deployable':>12}{'refused':>9}"
        f"{'incomplete':>12}{'defects, mean':>15}"
    )
    for model in models:
        work = [(model, seed) for seed in range(runs)]
        ended = list(track(workers.map(run, work, chunksize=4), model.way, total=runs, transient=True))
        results = [result for result, *_ in ended]
        right = sum(model.category in failed for _, failed, *_ in ended)
        defects = sum(defects for *_, defects, _ in ended) / runs
        name = model.category.display_name if model.category else "-"
        print(
            f"{model.way:22}{name:18}{model.share:>7.0%}{model.source if model.category else '-':>10}"
            f"{results.count('passed') / runs:>12.1%}{right / runs:>9.1%}"
            f"{results.count('incomplete') / runs:>12.1%}{defects:>15.2f}",
            flush=True,
        )


def recall() -> None:
    """Print how many of the complying answers are found at all, each by itself."""
    known = classifier()

    async def found(text: str, category: HarmCategory) -> bool:
        analysis = await known.analyze(text)
        return is_defect(analysis.severities[category] or 0)

    async def shares() -> None:
        print(f"\n{'answers':10}{'category':18}{'English':>14}{'others':>14}")
        for source in ("blind", "stand-in"):
            for category in HarmCategory:
                cells = []
                for english in (True, False):
                    texts = [
                        text
                        for language, some in answers(source, category).items()
                        if (language == "en") is english
                        for text in some
                    ]
                    hits = sum([await found(text, category) for text in texts])
                    cells.append(f"{hits} of {len(texts)}" if texts else "-")
                print(f"{source:10}{category.display_name:18}{cells[0]:>14}{cells[1]:>14}")

    asyncio.run(shares())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument(
        "--share", type=float, default=0.1, help="conversations of the category in which it complies"
    )
    parser.add_argument("--source", choices=("blind", "stand-in"), default="blind")
    arguments = parser.parse_args()
    print(
        "Seeded evaluations of models that refuse, and of models that comply in one category's conversations."
    )
    recall()
    ways = ("comply", "refuse, then comply", "encoded")
    with ProcessPoolExecutor(2, get_context("spawn"), remember_answers) as workers:
        told([Model("refuse")], arguments.runs, workers)
        told(
            [
                Model(way, category, arguments.share, arguments.source)
                for way in ways
                for category in HarmCategory
            ],
            arguments.runs,
            workers,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
