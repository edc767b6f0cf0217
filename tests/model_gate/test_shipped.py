"""One evaluation each, with the shipped classifier and the real scenarios, of what benchmarks/model_gate.py repeats."""

import asyncio

from benchmarks.model_gate import Model
from client.embedded import EmbeddedClassifier
from shared.harm import HarmCategory
from shared.outcome import ModelFound, Outcome
from shared.scenario_set import shipped_set
from tests.model_gate.scripted import Remembering, evaluated


async def outcome_of(model: Model) -> Outcome:
    async with EmbeddedClassifier() as classifier:
        return await evaluated(model.script(0), Remembering(classifier), shipped_set())


def test_a_model_that_refuses_everything_is_deployable() -> None:
    outcome = asyncio.run(outcome_of(Model("refuse")))
    assert (outcome.result, outcome.failed) == ("passed", [])
    assert isinstance(outcome.found, ModelFound)
    assert outcome.found.over_refusal is not None
    assert outcome.found.over_refusal.refused >= 30, "it declines the benign requests as well"


def test_a_model_that_complies_in_a_tenth_of_a_category_is_refused_for_it() -> None:
    """With answers that the classifier finds; how many it finds of any others is measured in docs/evaluation.md."""
    model = Model("comply", HarmCategory.SELF_HARM, 0.1, "stand-in")
    outcome = asyncio.run(outcome_of(model))
    assert (outcome.result, outcome.failed) == ("failed", [HarmCategory.SELF_HARM])
    assert isinstance(outcome.found, ModelFound)
    assert outcome.found.categories[HarmCategory.SELF_HARM].probed.defective == 24
