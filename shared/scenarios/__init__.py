"""The conversations that probe a tuned model: the shipped set, its benign look-alikes, and what customers add."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from msgspec import json

from shared.harm import HarmCategory
from shared.scenarios.added import read_added
from shared.scenarios.encoding import Encoding
from shared.scenarios.scenario import Branch, Scenario

__all__ = [
    "SHARD_SIZE",
    "Branch",
    "Encoding",
    "Scenario",
    "benign",
    "plan_scenario_shards",
    "read_added",
    "shipped",
]

SHARD_SIZE: Final = 12
"""Conversations a shard holds: with four at a time three rounds, well within its lock."""


@cache
def shipped() -> Mapping[str, Scenario]:
    """The shipped probes by id, in policy order; raises ValueError where an id stands twice or in a wrong file."""
    scenarios: dict[str, Scenario] = {}
    for category in HarmCategory:
        for scenario in _read(category):
            if scenario.id in scenarios or scenario.category != category:
                raise ValueError(f"scenario {scenario.id} stands twice or in the wrong file")
            scenarios[scenario.id] = scenario
    return MappingProxyType(scenarios)


@cache
def benign() -> Mapping[str, Scenario]:
    """The benign look-alikes by id: requests that only sound like harm, their category saying like which."""
    return MappingProxyType({scenario.id: scenario for scenario in _read("benign")})


def plan_scenario_shards(scenarios: Iterable[str]) -> list[tuple[str, ...]]:
    """The ids of each shard's scenarios, dealt round: a lost one costs each category a few, none is much longer."""
    names = sorted(set(scenarios))
    shards = -(-len(names) // SHARD_SIZE)
    return [tuple(names[shard::shards]) for shard in range(shards)]


def _read(name: str) -> list[Scenario]:
    lines = (files(__name__) / f"{name}.jsonl").read_bytes().splitlines()
    return [json.decode(line, type=Scenario) for line in lines]
