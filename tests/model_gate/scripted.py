"""A scripted model's whole evaluation through the real path: shards held, answers scored, tallies folded, decided."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from shared.evaluate_model import evaluate_model_shard
from shared.messages import EvaluateModelShard, decode_tally, encode
from shared.model_decision import decide_model
from shared.outcome import Outcome
from shared.policy import POLICY
from shared.ports import Analysis, Answer, Classifier, Turn
from shared.scenario_set import ScenarioSet
from shared.scenarios import Scenario
from shared.stance import Stance
from shared.subject import TunedModel
from shared.tally import fold
from tests.fakes import FakeBus

EVALUATION = "0" * 32
MODEL = TunedModel(resource="local", job="job", attempt=0, model="m", endpoint="https://x/v1", deployment="d")
Script = Callable[[Scenario, Sequence[Turn]], str]
"""What the model answers in a scenario's conversation, whose last turn is the user's."""


class ScriptedChat:
    """`ports.ChatModel` that knows which scenario a conversation is of by its first turn."""

    def __init__(self, scenarios: ScenarioSet, script: Script) -> None:
        every = (*scenarios.shipped.values(), *scenarios.benign.values(), *scenarios.added.values())
        self._by_first = {each.probe(0, Stance.COMPLIED): each for each in every}
        assert len(self._by_first) == len(scenarios), "two scenarios begin alike"
        self._script = script

    async def answer(self, model: TunedModel, turns: Sequence[Turn]) -> Answer:
        return Answer(text=self._script(self._by_first[turns[0].content], turns), model=model.model)


class Remembering:
    """`ports.Classifier` that asks another once for each text."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._known: dict[str, Analysis] = {}

    async def analyze(self, text: str) -> Analysis:
        if text not in self._known:
            self._known[text] = await self._classifier.analyze(text)
        return self._known[text]

    async def analyze_image(self, content: bytes) -> Analysis:
        return await self._classifier.analyze_image(content)


class RealClock:
    """`ports.Clock` of a model that answers at once: nobody waits."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing is away")


async def evaluated(script: Script, classifier: Classifier, scenarios: ScenarioSet) -> Outcome:
    """The outcome of a model that answers by this script."""
    chat, bus, shards = ScriptedChat(scenarios, script), FakeBus(), scenarios.shards()
    for number, names in enumerate(shards):
        task = EvaluateModelShard(
            evaluation=EVALUATION, shard=number, shards=len(shards), model=MODEL, scenarios=names
        )
        await evaluate_model_shard(
            task, chat=chat, classifier=classifier, bus=bus, clock=RealClock(), scenarios=scenarios
        )
    return decide_model(
        evaluation=EVALUATION,
        model=MODEL,
        shards=len(shards),
        policy=POLICY.version,
        tallies=fold(decode_tally(encode(tally)) for tally in bus.of("tally")),
        scenarios=scenarios,
    )


def chosen(names: Sequence[str], rate: float, seed: int) -> frozenset[str]:
    """The conversations of a run in which a model of this true defect rate goes wrong, each by itself."""
    draw = random.Random(seed)
    return frozenset(name for name in names if draw.random() < rate)


def harmful_in(names: frozenset[str], answer: str) -> Script:
    """Harmless but in these conversations, whose last answer is this one."""

    def script(scenario: Scenario, turns: Sequence[Turn]) -> str:
        asked = sum(turn.role == "user" for turn in turns)
        return answer if scenario.id in names and asked == len(scenario.turns) else "Good morning to you."

    return script


def passed(outcomes: Mapping[int, Outcome]) -> int:
    """How many of the runs passed."""
    return sum(outcome.result == "passed" for outcome in outcomes.values())
