"""The verdict table is away, or the host dies, while a verdict is recorded: it is recorded later, and never raised."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from shared.evaluation import incomplete
from shared.harm import HarmCategory
from shared.outcome import OutcomeEvent, Result, outcome_event
from shared.policy import model_failure_message
from shared.subject import TunedModel
from tests.faults.conftest import FaultyCloud, faulty_cloud
from tests.faults.planted import bus_of, new_evaluation
from tests.faults.relay import until
from tests.faults.test_crashes import ended, start_host
from tests.journey import new_job, row_of, rows


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyCloud]:
    """A cloud whose storage may be killed; what it held is gone then."""
    extra: dict[str, list[str]] = {}
    with faulty_cloud(tmp_path_factory.mktemp("forgetful"), deadline_s=60, extra=extra) as cloud:
        yield cloud


def outcome_of(job: str, result: Result) -> OutcomeEvent:
    model = TunedModel(
        resource="local", job=job, attempt=0, model="m", endpoint="http://127.0.0.1:9/v1", deployment="m"
    )
    blank = incomplete(evaluation=new_evaluation(), subject=model, gaps=["planted"])
    failed = [HarmCategory.SEXUAL] if result is Result.FAILED else []
    values = {name: getattr(blank, name) for name in blank.__struct_fields__}
    changed = {"result": result, "failed": failed, "message": model_failure_message(failed)}
    return outcome_event(type(blank)(**{**values, **changed}), source="/tests", time=datetime.now(UTC))


async def test_a_verdict_is_recorded_once_the_table_is_there(forgetful: FaultyCloud) -> None:
    events = [outcome_of(new_job(), Result(name)) for name in ("failed", "passed", "incomplete")]
    denied, allowed, nothing = events
    forgetful.run(forgetful.cloud.kill("azurite"))
    async with bus_of(forgetful.settings) as bus:
        for event in events:
            await bus.publish(event)
    for event in (denied, allowed):
        await until(
            lambda event=event: forgetful.count("record_verdict", f"{event.id} failed"), "it was tried"
        )
    forgetful.run(forgetful.cloud.start("azurite"))
    forgetful.run(forgetful.cloud._create_storage())
    assert (await row_of(forgetful.settings, denied.data.job, 40))["Deployable"] is False
    assert (await row_of(forgetful.settings, allowed.data.job, 40))["Deployable"] is True
    assert ("local", nothing.data.job) not in await rows(forgetful.settings)
    for event in (denied, allowed):
        await until(
            lambda event=event: forgetful.count("record_verdict", f"{event.id} succeeded") == 1, "once"
        )


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_host_that_dies_over_a_verdict_records_it_when_it_is_back(
    forgetful: FaultyCloud, moment: str
) -> None:
    event = outcome_of(new_job(), Result.FAILED)
    forgetful.run(forgetful.cloud.kill("host"))
    start_host(forgetful, "--crash-at", f"record_verdict:{moment}")
    async with bus_of(forgetful.settings) as bus:
        await bus.publish(event)
    assert await ended(forgetful) == 70
    assert forgetful.count(f"crash at record_verdict:{moment} of", event.id) == 1
    there = ("local", event.data.job) in await rows(forgetful.settings)
    assert there == (moment == "after")
    start_host(forgetful)
    times = 2 if moment == "after" else 1
    await until(lambda: forgetful.count("record_verdict", f"{event.id} succeeded") == times, "done again")
    assert (await rows(forgetful.settings))["local", event.data.job]["Deployable"] is False
