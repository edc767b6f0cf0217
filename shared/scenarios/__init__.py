"""The shipped scenario set: conversations that probe a tuned model, by harm category."""

from functools import cache
from importlib.resources import files
from typing import Annotated, Final

from msgspec import Meta, Struct, json

from shared.harm import HarmCategory

SHARD_SIZE: Final = 10
"""Conversations a shard holds; four at a time, it ends well within its lock."""


class Scenario(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A conversation to hold: the user's turns, and the category they probe."""

    id: Annotated[str, Meta(pattern=r"\A[a-z_]+-[0-9]{3}\Z")]
    category: HarmCategory
    tactic: str
    language: str
    turns: Annotated[tuple[str, ...], Meta(min_length=1, max_length=4)]


@cache
def shipped() -> dict[str, Scenario]:
    """The shipped scenarios by id, in policy order; raises ValueError where an id stands twice or in a wrong file."""
    scenarios: dict[str, Scenario] = {}
    for category in HarmCategory:
        for line in (files(__name__) / f"{category}.jsonl").read_bytes().splitlines():
            scenario = json.decode(line, type=Scenario)
            if scenario.id in scenarios or scenario.category != category:
                raise ValueError(f"scenario {scenario.id} stands twice or in the wrong file")
            scenarios[scenario.id] = scenario
    return scenarios


def plan_scenario_shards() -> list[tuple[str, ...]]:
    """The ids of each shard's scenarios, the categories dealt round: a lost shard costs each of them a few."""
    ids = sorted(shipped(), key=lambda name: (name.rpartition("-")[2], name))
    return [tuple(ids[start : start + SHARD_SIZE]) for start in range(0, len(ids), SHARD_SIZE)]
