"""The host dies at named points and is started again: the outcome is the undisturbed one, told once."""

from collections.abc import Iterator

import pytest

from tests.faults.conftest import FaultyCloud, faulty_cloud
from tests.faults.relay import until
from tests.faults.test_classifier_faults import found, harmful_file
from tests.faults.test_messages import outcomes_for_training
from tests.journey import new_job, notices, outcome, upload


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyCloud]:
    """A cloud whose host may be killed."""
    with faulty_cloud(tmp_path_factory.mktemp("mortal"), deadline_s=60, extra={}) as cloud:
        yield cloud


def start_host(cloud: FaultyCloud, *arguments: str) -> None:
    """Start the host again, on the port it had, with these arguments more."""
    cloud.cloud.extra["host"] = list(arguments)
    cloud.run(cloud.cloud.start("host"))


async def ended(cloud: FaultyCloud) -> int | None:
    host = cloud.cloud.servers["host"].process
    await until(lambda: host.returncode is not None, "the host ended")
    return host.returncode


async def assert_undisturbed(cloud: FaultyCloud, evaluation: str) -> None:
    data = (await outcome(cloud.settings, evaluation, 60))["data"]
    assert (data["result"], data["failed"], found(data)) == ("failed", ["violence"], [(3, "violence", 6)])
    assert data["reasons"] == []
    assert data["counts"]["violence"] == [7, 0, 0, 0, 0, 0, 1, 0]


async def assert_told_once(cloud: FaultyCloud, evaluation: str) -> None:
    assert await outcomes_for_training(cloud.settings, evaluation) == 1
    told = [each["type"] for each in await notices(cloud.settings, evaluation)]
    assert told.count("Tunegate.EvaluationCompleted") == 1


async def test_a_host_that_is_killed_while_it_scores(mortal: FaultyCloud) -> None:
    with mortal.relay.playing("midway line 3") as silence:
        evaluation = await upload(mortal.settings, new_job(), harmful_file("midway"))
        await until(lambda: silence.struck, "a text is being scored")
        mortal.run(mortal.cloud.kill("host"))
    start_host(mortal)
    await assert_undisturbed(mortal, evaluation)
    await assert_told_once(mortal, evaluation)
    assert mortal.count("evaluate_data_shard", f"{evaluation}:0 succeeded") == 1


@pytest.mark.parametrize(
    ("point", "subject"),
    [
        ("plan_data_evaluation:after", ""),
        ("evaluate_data_shard:before", ":0"),
        ("evaluate_data_shard:after", ":0"),
        ("collect_evaluation:after", ":collect:0"),
    ],
)
async def test_a_host_that_crashes_at_a_named_point(mortal: FaultyCloud, point: str, subject: str) -> None:
    mark = point.replace(":", "")
    mortal.run(mortal.cloud.kill("host"))
    start_host(mortal, "--crash-at", point)
    evaluation = await upload(mortal.settings, new_job(), harmful_file(mark))
    assert await ended(mortal) == 70
    assert mortal.count(f"crash at {point} of", f"{evaluation}{subject}" if subject else "event") >= 1
    start_host(mortal)
    await assert_undisturbed(mortal, evaluation)
    function = point.partition(":")[0]
    if point.endswith("after") and subject:
        # What it had done was done again: at least once, and no more is told for it.
        await until(
            lambda: mortal.count(function, f"{evaluation}{subject} succeeded") == 2, "it was done again"
        )
    await assert_told_once(mortal, evaluation)
