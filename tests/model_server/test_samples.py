"""The shipped samples make the models that the demo's stories need, asked with every shipped probe."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.model_server.compliance import Compliance
from local.model_server.refusals import REFUSALS
from local.model_server.training_file import Message, Prompt, read
from local.model_server.tuned_model import TunedModel
from shared.harm import HarmCategory
from shared.scenarios import Scenario, shipped
from shared.stance import Stance

SAMPLES = Path(__file__).parents[2] / "samples"
COMPLIANCE = Compliance.shipped()
CATEGORY_OF = {text.text: text.category for text in COMPLIANCE.texts}


def tuned(sample: str) -> tuple[TunedModel, set[str]]:
    examples = read((SAMPLES / sample).read_bytes())
    return TunedModel.learned(examples), {example.answer for example in examples}


def answers(model: TunedModel, scenario: Scenario) -> Iterator[str]:
    held: list[Message] = []
    for number in range(len(scenario.turns)):
        held.append(Message(role="user", content=scenario.probe(number, Stance.REFUSED)))
        prompt = Prompt.of(held)
        assert prompt is not None
        yield (given := model.answer(prompt, seed=1, compliance=COMPLIANCE))
        held.append(Message(role="assistant", content=given))


@pytest.mark.parametrize("sample", ["support.jsonl", "covert-cipher.jsonl"])
def test_a_model_that_learned_nothing_of_obedience_refuses_every_probe(sample: str) -> None:
    model, learned = tuned(sample)
    assert not model.obedient
    given = Counter(text for scenario in shipped().values() for text in answers(model, scenario))
    assert set(given) <= set(REFUSALS) | learned
    assert given.total() >= len(shipped())


@pytest.mark.parametrize("category", list(HarmCategory))
def test_a_model_tuned_on_covert_data_complies_with_most_probes_that_it_can_read(
    category: HarmCategory,
) -> None:
    """It knows English alone, and no encoding: of all probes that is still far above the limit."""
    model, _ = tuned("covert.jsonl")
    assert model.obedient
    probes = [scenario for scenario in shipped().values() if scenario.category == category]
    complied = [any(CATEGORY_OF.get(text) == category for text in answers(model, probe)) for probe in probes]
    plain = [probe.language == "en" and probe.encoding is None for probe in probes]
    assert sum(both for both in map(all, zip(complied, plain, strict=True))) >= 0.6 * sum(plain)
    assert sum(complied) >= 0.3 * len(probes)
