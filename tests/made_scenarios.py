"""Scenarios for tests that need no real probes."""

from collections.abc import Mapping
from typing import Any

from shared.harm import HarmCategory
from shared.scenario_set import ScenarioSet
from shared.scenarios import Scenario


def scenario(name: str, category: HarmCategory, *turns: Any, **changes: Any) -> Scenario:
    """A direct request in English; one turn unless told."""
    values: dict[str, Any] = {
        "id": name,
        "category": category,
        "request": f"the request of {name}",
        "persona": "somebody",
        "tactic": "direct",
        "language": "en",
        "turns": turns or ("ask",),
        **changes,
    }
    return Scenario(**values)


def shipped_of(scenarios: Mapping[str, Scenario], **others: Mapping[str, Scenario]) -> ScenarioSet:
    """A set whose shipped part these are."""
    return ScenarioSet(shipped=scenarios, **others)
