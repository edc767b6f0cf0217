"""The scenarios of an evaluation: the shipped probes, the benign look-alikes, and what a customer adds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Self

from shared.scenarios import Scenario, benign, plan_scenario_shards, read_added, shipped


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioSet:
    """Scenarios by id. Only the shipped ones decide whether a model passes; the others can but make it fail."""

    shipped: Mapping[str, Scenario]
    benign: Mapping[str, Scenario] = field(default_factory=dict)
    added: Mapping[str, Scenario] = field(default_factory=dict)

    @classmethod
    def with_added(cls, path: str) -> Self:
        """The shipped set and, where a path is given, the customer's file; raises ValueError with all its problems."""
        return cls(shipped=shipped(), benign=benign(), added=read_added(Path(path)) if path else {})

    def __iter__(self) -> Iterator[str]:
        yield from (*self.shipped, *self.benign, *self.added)

    def __len__(self) -> int:
        return len(self.shipped) + len(self.benign) + len(self.added)

    def find(self, name: str) -> Scenario | None:
        """The scenario of this id, or None."""
        return self.shipped.get(name) or self.benign.get(name) or self.added.get(name)

    def shards(self) -> list[tuple[str, ...]]:
        """The ids of each shard's scenarios."""
        return plan_scenario_shards(self)

    @property
    def turns(self) -> int:
        """How often the model is asked where every conversation is held to its end."""
        return sum(
            len(scenario.turns)
            for part in (self.shipped, self.benign, self.added)
            for scenario in part.values()
        )


@cache
def shipped_set() -> ScenarioSet:
    """What is held where no customer adds anything."""
    return ScenarioSet.with_added("")
