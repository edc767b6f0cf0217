"""The host or the storage dies at named points and is started again: what ends is the undisturbed, and told once."""

import asyncio

import pytest

from shared.outcome import Result
from tests.faults.conftest import FaultyCloud, faulty_cloud
from tests.faults.planted import bus_of, model_outcome
from tests.faults.relay import until
from tests.faults.test_classifier_faults import found, harmful_file
from tests.faults.test_messages import outcomes_for_training
from tests.faults.together import Results, in_threads, tell
from tests.journey import new_job, notices, outcome, row_of, rows, upload


def start_host(cloud: FaultyCloud, *arguments: str) -> None:
    """Start the host again, on the port it had, with these arguments more."""
    cloud.cloud.extra["host"] = list(arguments)
    cloud.run(cloud.cloud.start("host"))


async def ended(cloud: FaultyCloud) -> int | None:
    host = cloud.cloud.servers["host"].process
    await until(lambda: host.returncode is not None, "the host ended")
    return host.returncode


async def assert_undisturbed(cloud: FaultyCloud, evaluation: str) -> None:
    data = (await outcome(cloud.settings, evaluation))["data"]
    assert (data["result"], data["failed"], found(data)) == ("failed", ["violence"], [(3, "violence", 6)])
    assert data["reasons"] == []
    assert data["counts"]["violence"] == [7, 0, 0, 0, 0, 0, 1, 0]


async def assert_told_once(cloud: FaultyCloud, evaluation: str) -> None:
    assert await outcomes_for_training(cloud.settings, evaluation) == 1
    told = [each["type"] for each in await notices(cloud.settings, evaluation)]
    assert told.count("Tunegate.EvaluationCompleted") == 1


async def killed_while_it_scores(cloud: FaultyCloud) -> None:
    with cloud.relay.playing("midway line 3") as silence:
        evaluation = await upload(cloud.settings, new_job(), harmful_file("midway"))
        await until(lambda: silence.struck, "a text is being scored")
        await asyncio.to_thread(cloud.run, cloud.cloud.kill("host"))
    start_host(cloud)
    await assert_undisturbed(cloud, evaluation)
    await assert_told_once(cloud, evaluation)
    assert cloud.count("evaluate_data_shard", f"{evaluation}:0 succeeded") == 1


async def crashed_at(cloud: FaultyCloud, point: str) -> None:
    subject = POINTS[point]
    await asyncio.to_thread(cloud.run, cloud.cloud.kill("host"))
    start_host(cloud, "--crash-at", point)
    evaluation = await upload(cloud.settings, new_job(), harmful_file("crash"))
    assert await ended(cloud) == 70
    assert cloud.count(f"crash at {point} of", f"{evaluation}{subject}" if subject else "event") == 1
    start_host(cloud)
    await assert_undisturbed(cloud, evaluation)
    if point.endswith("after") and subject:
        # What it had done was done again: at least once, and no more is told for it.
        function = point.partition(":")[0]
        await until(lambda: cloud.count(function, f"{evaluation}{subject} succeeded") == 2, "done again")
    await assert_told_once(cloud, evaluation)


async def crashed_over_a_verdict(cloud: FaultyCloud, point: str) -> None:
    event = model_outcome(new_job(), Result.FAILED)
    key = ("local", event.data.job)
    await asyncio.to_thread(cloud.run, cloud.cloud.kill("host"))
    start_host(cloud, "--crash-at", point)
    async with bus_of(cloud.settings) as bus:
        await bus.publish(event)
    assert await ended(cloud) == 70
    assert cloud.count(f"crash at {point} of", event.id) == 1
    recorded = point.endswith("after")
    assert (key in await rows(cloud.settings)) == recorded
    start_host(cloud)
    await until(lambda: cloud.count("record_verdict", f"{event.id} succeeded") == 1 + recorded, "done again")
    assert (await rows(cloud.settings))[key]["Deployable"] is False


async def without_a_table(cloud: FaultyCloud) -> None:
    """The storage is killed, and comes back empty: what it held is not what is asked here."""
    events = [model_outcome(new_job(), Result(name)) for name in ("failed", "passed", "incomplete")]
    denied, allowed, nothing = events
    await asyncio.to_thread(cloud.run, cloud.cloud.kill("azurite"))
    async with bus_of(cloud.settings) as bus:
        for event in events:
            await bus.publish(event)
    for event in (denied, allowed):
        await until(lambda event=event: cloud.count("record_verdict", f"{event.id} failed"), "it was tried")
    cloud.run(cloud.cloud.start("azurite"))
    cloud.run(cloud.cloud._create_storage())
    assert (await row_of(cloud.settings, denied.data.job))["Deployable"] is False
    assert (await row_of(cloud.settings, allowed.data.job))["Deployable"] is True
    assert ("local", nothing.data.job) not in await rows(cloud.settings)
    for event in (denied, allowed):
        await until(lambda event=event: cloud.count("record_verdict", f"{event.id} succeeded") == 1, "once")


POINTS = {
    "plan_data_evaluation:after": "",
    "evaluate_data_shard:before": ":0",
    "evaluate_data_shard:after": ":0",
    "collect_evaluation:after": ":collect:0",
}
"""Where the host crashes, and what it works on there."""
KILLED = "killed while it scores"
OVER_A_VERDICT = ("record_verdict:before", "record_verdict:after")
NO_TABLE = "the table is away"
NAMES = (*POINTS, KILLED, *OVER_A_VERDICT, NO_TABLE)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """All crashes at the same time, each on a cloud of its own: they mostly wait for locks to expire."""
    folders = {name: tmp_path_factory.mktemp("mortal") for name in NAMES}

    def crash(name: str) -> None:
        with faulty_cloud(folders[name], deadline_s=60) as cloud:
            if name == KILLED:
                asyncio.run(killed_while_it_scores(cloud))
            elif name == NO_TABLE:
                asyncio.run(without_a_table(cloud))
            elif name in OVER_A_VERDICT:
                asyncio.run(crashed_over_a_verdict(cloud, name))
            else:
                asyncio.run(crashed_at(cloud, name))

    return in_threads(crash, [*folders])


@pytest.mark.parametrize("name", NAMES)
def test_a_crash_is_made_up_for(results: Results, name: str) -> None:
    tell(results, name)
