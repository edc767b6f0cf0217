"""Whoever owns a dead-letter queue counts what ended there, under the entity's name."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shared.adapters.telemetry import INSTRUMENTS
from shared.errors import Unavailable
from tests.fakes import FakeBus, FakeClock, FakeVerdicts
from tests.telemetry.entry_points import HANDED, declared, entry_point, message, wire
from tests.telemetry.test_telemetry import Told
from tests.unit.test_collect_and_lost import SETTINGS

ENTITIES = Path(__file__).parents[2] / "infra" / "servicebus.json"
DEAD_LETTERS = "/$DeadLetterQueue"
OWNERS = [name for name in HANDED if name.startswith("lost_")]


def entities() -> Iterator[str]:
    """What has a dead-letter queue: each queue and each subscription."""
    [namespace] = json.loads(ENTITIES.read_text())["UserConfig"]["Namespaces"]
    yield from (queue["Name"] for queue in namespace["Queues"])
    for topic in namespace["Topics"]:
        yield from (f"{topic['Name']}/{each['Name']}" for each in topic["Subscriptions"])


def entity_of(function: Any) -> str:
    """The entity whose dead letters trigger the function; empty where none do."""
    fields = function.get_trigger().get_dict_repr()
    path = "/".join(fields[part] for part in ("topicName", "subscriptionName", "queueName") if part in fields)
    return path.removesuffix(DEAD_LETTERS) if path.endswith(DEAD_LETTERS) else ""


def services_of(told: Told) -> SimpleNamespace:
    return SimpleNamespace(
        recorder=told.recorder, bus=FakeBus(), clock=FakeClock(), verdicts=FakeVerdicts(), settings=SETTINGS
    )


def test_every_dead_letter_queue_has_one_owner_and_a_label(monkeypatch: pytest.MonkeyPatch) -> None:
    owned = {name: entity for name, each in declared(monkeypatch).items() if (entity := entity_of(each))}
    assert sorted(owned) == sorted(OWNERS)
    assert sorted(owned.values()) == sorted(entities())
    assert INSTRUMENTS["tunegate.dead_letters"].labels["entity"] == set(entities())


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("content", ["ours", "nonsense"])
async def test_an_owner_counts_a_dead_letter_under_its_entity(
    monkeypatch: pytest.MonkeyPatch, owner: str, content: str
) -> None:
    told = Told()
    wire(monkeypatch, lambda: services_of(told))
    lost = HANDED[owner] if content == "ours" else message(b"nonsense", "no id of ours")
    await entry_point(monkeypatch, owner)(lost)
    assert told.sums == {("dead_letters", entity_of(declared(monkeypatch)[owner])): 1}


@pytest.mark.parametrize("owner", [name for name in OWNERS if not name.endswith("_notice")])
async def test_a_dead_letter_that_comes_again_is_not_counted_yet(
    monkeypatch: pytest.MonkeyPatch, owner: str
) -> None:
    told = Told()
    wired = services_of(told)
    wired.bus.away = wired.verdicts.away = True
    wire(monkeypatch, lambda: wired)
    with pytest.raises(Unavailable):
        await entry_point(monkeypatch, owner)(HANDED[owner])
    assert told.sums == {}
    assert wired.clock.slept == [2]
