"""`tunegate preview`: hold some of the shipped conversations with a model right here. It gives no verdict."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from msgspec import json

from client.check import Begin, Scoring
from client.errors import Misused, Unreachable
from client.in_process import tallies_of
from client.patience import Heard, HeardChat, PatientClock
from client.report import over_refusals, rates_table
from client.scale import told_of
from client.terminal import Bar, Terminal
from shared.adapters.chat_model import OpenAIChat
from shared.errors import Unavailable, Unscorable
from shared.evaluate_model import CONVERSATIONS_IN_FLIGHT, evaluate_model_shard
from shared.messages import EvaluateModelShard
from shared.model_decision import decide_model
from shared.outcome import ModelFound
from shared.policy import POLICY
from shared.ports import ChatModel, Turn
from shared.scenario_set import ScenarioSet, shipped_set
from shared.scenarios import Scenario
from shared.settings import Connection, Settings
from shared.stance import Stance
from shared.subject import TunedModel
from shared.tally import ModelTally, fold
from shared.times import DEADLINE_MAX, MAX_ATTEMPTS

_EVALUATION: Final = "0" * 32
"""Of no evaluation: what a preview finds goes nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """The model to talk to: its deployment at an OpenAI-compatible endpoint, and the key to it."""

    endpoint: str
    deployment: str
    key: str = field(repr=False)

    @property
    def subject(self) -> TunedModel:
        # As a base: whatever model answers there is the one that is asked about.
        return TunedModel(
            resource="preview",
            job="preview",
            attempt=0,
            model=self.deployment,
            endpoint=self.endpoint,
            deployment=self.deployment,
            base_deployment=self.deployment,
        )

    def chat(self) -> OpenAIChat:
        """The way to it; nothing else is on its allow-list."""
        nothing = Connection()
        return OpenAIChat(
            Settings(
                resource="preview",
                region="preview",
                training_container="",
                training_account="",
                model_endpoints=frozenset({self.endpoint.rstrip("/")}),
                model_key=self.key,
                requests_per_s=1,
                deadline_max_s=DEADLINE_MAX.total_seconds(),
                added_scenarios="",
                training_storage=nothing,
                verdict_storage=nothing,
                service_bus=nothing,
                content_safety=nothing,
            )
        )


async def preview(model: Previewed, *, sample: int | None, begin: Begin, terminal: Terminal) -> ModelFound:
    """What a sample of the conversations found, shown; raises Unreachable where the model does not answer."""
    scenarios = sampled(shipped_set(), sample)
    chat = model.chat()
    try:
        async with begin() as scoring:
            call_s = await seconds_a_call(model, chat)
            terminal.note(told_of(scenarios, call_s=call_s))
            with terminal.bar("Talking with the model") as bar:
                found = await hold(model, scenarios, chat, scoring, bar)
            show(found, scenarios, scoring, terminal)
    finally:
        await chat.close()
    return found


def sampled(scenarios: ScenarioSet, sample: int | None) -> ScenarioSet:
    """So many of the scenarios, evenly from each category and the benign ones; all of them where none is told."""
    if sample is None or sample >= len(scenarios):
        return scenarios
    if sample < 1:
        raise Misused("A sample has one conversation at least.")
    every = list(_dealt(scenarios))[:sample]
    return ScenarioSet(
        shipped={each.id: each for each in every if each.id in scenarios.shipped},
        benign={each.id: each for each in every if each.id in scenarios.benign},
    )


def _dealt(scenarios: ScenarioSet) -> Iterator[Scenario]:
    """Yield the scenarios so that any first ones are spread over categories, and each category's over its file."""
    groups = [
        _spread([each for each in scenarios.shipped.values() if each.category == category])
        for category in dict.fromkeys(each.category for each in scenarios.shipped.values())
    ]
    benign = _spread(list(scenarios.benign.values()))
    for number in range(max(map(len, groups), default=0)):
        yield from (group[number] for group in groups if number < len(group))
        # As many among the first ones as there are among all.
        share = len(benign) / max(map(len, groups), default=1)
        yield from benign[round(number * share) : round((number + 1) * share)]


def _spread(group: list[Scenario]) -> list[Scenario]:
    # A step that shares no divisor with the length visits each once, and neighbours stand far apart.
    length = len(group)
    step = next((n for n in (97, 89, 83, 79, 1) if length % n), 1)
    return [group[at * step % length] for at in range(length)]


async def seconds_a_call(model: Previewed, chat: ChatModel) -> float:
    """How long a call takes of the whole, measured as it will be: several benign requests side by side.

    Asked before anything else, so that a wrong address or key is said at once; raises Unreachable.
    """
    benign = list(shipped_set().benign.values())[:CONVERSATIONS_IN_FLIGHT]
    begun = time.perf_counter()
    try:
        async with asyncio.TaskGroup() as group:
            for scenario in benign:
                turns = [Turn(role="user", content=scenario.probe(0, Stance.COMPLIED))]
                group.create_task(chat.answer(model.subject, turns))
    except* (Unavailable, Unscorable) as problems:
        raise Unreachable(
            f"The model {model.deployment} at {model.endpoint} gives no answer ({problems.exceptions[0]}). "
            "Check the address, the deployment's name and the key."
        ) from None
    return (time.perf_counter() - begun) / len(benign)


async def hold(
    model: Previewed, scenarios: ScenarioSet, chat: ChatModel, scoring: Scoring, bar: Bar
) -> ModelFound:
    """What was found in the scenarios' conversations with the model."""
    clock = PatientClock()
    heard_chat, heard_scoring = HeardChat(chat, clock), Heard(scoring, clock)
    shards = scenarios.shards()
    tallies: list[ModelTally] = []
    held = 0
    for number, names in enumerate(shards):
        task = EvaluateModelShard(
            evaluation=_EVALUATION,
            shard=number,
            shards=len(shards),
            # There is no queue to hand a shard back to: this attempt says what there is to say.
            attempt=MAX_ATTEMPTS,
            model=model.subject,
            base=True,
            scenarios=names,
        )
        evaluate = partial(
            evaluate_model_shard,
            task,
            chat=heard_chat,
            classifier=heard_scoring,
            clock=clock,
            scenarios=scenarios,
        )
        sent = await tallies_of(lambda bus: evaluate(bus=bus))  # noqa: B023 -- awaited within this round
        tallies += [tally for tally in sent if isinstance(tally, ModelTally)]
        held += len(names)
        bar.at(held, len(scenarios))
    outcome = decide_model(
        evaluation=_EVALUATION,
        model=TunedModel(
            resource="preview", job="preview", attempt=0, model="-", endpoint="-", deployment="-"
        ),
        shards=len(shards),
        policy=POLICY.version,
        tallies=fold(tallies),
        scenarios=scenarios,
    )
    assert isinstance(outcome.found, ModelFound)  # noqa: S101 -- a model's outcome
    return outcome.found


def show(found: ModelFound, scenarios: ScenarioSet, scoring: Scoring, terminal: Terminal) -> None:
    """Print what was found, for people or as JSON: counts, and nothing that was said."""
    if terminal.json:
        terminal.emit(json.encode({"preview": found, "conversations": len(scenarios)}).decode())
        return
    terminal.say(summary(found, scenarios), style="bold")
    terminal.table(rates_table(found))
    for sentence in over_refusals(found):
        terminal.say(sentence)
    terminal.say(scoring.told, style="dim")


def summary(found: ModelFound, scenarios: ScenarioSet) -> str:
    """One plain sentence: in how many conversations harm was found, and that this is no verdict."""
    harmful = len({finding.scenario for finding in found.findings})
    return (
        f"In {harmful} of {len(scenarios):,} conversations the model gave a harmful answer. This is a preview: no "
        "verdict follows from it, and nothing was recorded."
    )


def key_of(environment: Mapping[str, str], name: str | None) -> str:
    """The key to the model that the environment holds; where no name is given, a word that asks nothing."""
    if name is None:
        return "none"
    key = environment.get(name, "").strip()
    if not key:
        raise Misused(f"The environment variable {name} is not set, or empty.")
    return key
