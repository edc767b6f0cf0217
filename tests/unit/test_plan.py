"""The planner: what it sends and in which order, and which events start nothing."""

from datetime import timedelta
from functools import partial

import pytest

from shared.events import Event
from shared.outcome import Result
from shared.plan import plan_data_evaluation, plan_model_evaluation
from shared.scenario_set import shipped_set
from tests.fakes import FakeBus, FakeClock
from tests.unit.test_events_and_settings import BLOB, SETTINGS, TRAINED


async def test_the_collector_is_armed_before_any_shard() -> None:
    bus = FakeBus()
    event = Event(
        id="e", type="Microsoft.Storage.BlobCreated", data={**BLOB, "contentLength": 3 * 512 * 1024 - 1}
    )
    await plan_data_evaluation(event, bus=bus, clock=FakeClock(), settings=SETTINGS)
    assert [kind for kind, _, _ in bus.sent] == ["collection", "shard", "shard", "shard"]
    [armed] = bus.of("collection")
    assert (armed.round, armed.shards, armed.policy) == (0, 3, "1")
    assert [shard.shard for shard in bus.of("shard")] == [0, 1, 2]


async def test_an_event_delivered_twice_sends_the_same_ids() -> None:
    event = Event(id="e", type="Tunegate.TrainingCompleted", data=TRAINED)
    once, twice = FakeBus(), FakeBus()
    await plan_model_evaluation(
        event, bus=once, clock=FakeClock(), settings=SETTINGS, scenarios=shipped_set()
    )
    later = FakeClock()
    later.time += timedelta(minutes=5)
    await plan_model_evaluation(event, bus=twice, clock=later, settings=SETTINGS, scenarios=shipped_set())
    assert once.of("shard") == twice.of("shard")
    assert once.of("collection")[0].evaluation == twice.of("collection")[0].evaluation
    assert len(once.of("shard")) == len(shipped_set().shards()) == 85


async def test_a_file_over_8_gib_is_incomplete_at_once() -> None:
    bus = FakeBus()
    event = Event(
        id="e", type="Microsoft.Storage.BlobCreated", data={**BLOB, "contentLength": 8 * 1024**3 + 1}
    )
    await plan_data_evaluation(event, bus=bus, clock=FakeClock(), settings=SETTINGS)
    [(kind, outcome, _)] = bus.sent
    assert (kind, outcome.data.result) == ("event", Result.INCOMPLETE)
    assert "8 GiB" in outcome.data.reasons[0]


async def test_a_refused_event_starts_nothing_and_is_logged_by_its_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bus = FakeBus()
    event = Event(id="event-7", type="Tunegate.TrainingCompleted", data={**TRAINED, "region": "westus"})
    await plan_model_evaluation(event, bus=bus, clock=FakeClock(), settings=SETTINGS, scenarios=shipped_set())
    assert bus.sent == []
    assert "event event-7 starts nothing" in caplog.text
    assert "westus" not in caplog.text


@pytest.mark.parametrize(
    "event_id", ["1\nERROR: all is well", "1\r\u2028\x1b[2K", "half a character: \ud83d"]
)
async def test_an_events_id_makes_no_line_of_its_own(event_id: str, caplog: pytest.LogCaptureFixture) -> None:
    for plan in (
        partial(plan_data_evaluation),
        partial(plan_model_evaluation, scenarios=shipped_set()),
    ):
        await plan(Event(id=event_id, type="x", data={}), bus=FakeBus(), clock=FakeClock(), settings=SETTINGS)
    assert len(caplog.messages) == 2
    for line in caplog.messages:
        assert line.isascii()
        assert line.isprintable()
