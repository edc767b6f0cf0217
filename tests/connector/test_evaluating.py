"""Which tuned models are evaluated, and which must not be."""

import pytest

from shared.outcome import Result
from tests.connector.scene import KEPT, TICK, Scene
from tests.connector.stages import NAME, deployed, started
from tests.connector.standin import BASE


@pytest.mark.parametrize("change", ["replaced", "another", "deleted"])
async def test_a_job_that_changed_in_training_is_not_evaluated(scene: Scene, change: str) -> None:
    await started(scene)
    change_files(scene, change)
    scene.azure.finish()
    assert await scene.look()
    assert not scene.azure.deployments


@pytest.mark.parametrize("change", ["replaced", "another", "deleted"])
async def test_a_job_that_changed_while_it_was_deployed_is_not_evaluated(scene: Scene, change: str) -> None:
    await deployed(scene)
    change_files(scene, change)
    assert await scene.look()
    scene.azure.provision()
    assert not scene.azure.events
    assert not scene.azure.deployments


def change_files(scene: Scene, change: str) -> None:
    if change == "deleted":
        scene.blobs.clear()
    else:
        scene.put("train.jsonl" if change == "replaced" else "more.jsonl", b"other\n")


@pytest.mark.parametrize("result", [Result.FAILED, Result.INCOMPLETE])
async def test_a_training_that_somebody_began_on_what_did_not_pass_is_not_evaluated(
    scene: Scene, result: Result
) -> None:
    file = scene.put()
    scene.accept(file, result=result)
    scene.forge(file)
    assert await scene.look()
    assert not scene.azure.deployments


async def test_a_training_on_other_bytes_under_our_name_is_not_evaluated(scene: Scene) -> None:
    file = scene.put()
    scene.forge(file, b"harm\n")
    scene.accept(file)
    assert await scene.look()
    assert not scene.azure.deployments


async def test_a_training_somebody_began_on_what_passed_is_evaluated(scene: Scene) -> None:
    file = scene.put()
    scene.forge(file)
    scene.accept(file)
    assert await scene.look()
    assert set(scene.azure.deployments) == {NAME}


@pytest.mark.parametrize("has_failed", [True, False])
async def test_a_file_without_an_outcome_is_not_taken_for_one_whose_outcome_expired(
    scene: Scene, has_failed: bool
) -> None:
    file = scene.put()
    if has_failed:  # and somebody took the outcome
        scene.accept(file, result=Result.FAILED)
        scene.told.clear()
    scene.clock.time += KEPT - 2 * TICK
    scene.forge(file)
    assert await scene.look()
    assert not scene.azure.deployments
    # What remains: a day after the upload nobody can tell any more.
    assert await scene.look()
    assert await scene.look()
    assert set(scene.azure.deployments) == {NAME}


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"model": "gpt-4.1.ft-harmful"}, "tuned another model"),
        ({"model": "gpt-4.1-mini"}, "tuned another model"),
        ({"trainingType": "GlobalStandard"}, "may have left the region"),
        ({"trainingType": "developerTier"}, "may have left the region"),
    ],
)
async def test_a_training_other_than_asked_for_is_not_evaluated(
    scene: Scene, told: dict[str, str], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    await deployed(scene)
    [job] = scene.azure.jobs.values()
    job.update(told)
    assert await scene.look()
    scene.azure.provision()
    assert not scene.azure.events
    assert not scene.azure.deployments
    assert f"training {job['id']} {why}" in caplog.text


async def test_a_training_that_is_said_to_be_standard_is_evaluated(scene: Scene) -> None:
    await started(scene)
    for job in scene.azure.jobs.values():
        job["trainingType"] = "standard"
    await scene.until_evaluated()


async def test_a_copy_that_turns_out_to_hold_other_bytes_is_not_evaluated(scene: Scene) -> None:
    await deployed(scene)
    [id] = scene.azure.files
    scene.azure.contents[id] = b"harm\n"
    assert await scene.look()
    scene.azure.provision()
    assert not scene.azure.events
    assert not scene.azure.deployments


@pytest.mark.parametrize("has_ended", [True, False])
async def test_a_second_training_of_a_job_is_not_evaluated(scene: Scene, has_ended: bool) -> None:
    await started(scene)
    [job] = scene.azure.jobs.values()
    scene.clock.time += KEPT / 24
    second = scene.azure.put_job(model=BASE, training_file=job["training_file"])
    scene.azure.finish()
    if not has_ended:
        second.update(status="running", finished_at=None, fine_tuned_model=None)
    for _ in range(3):
        assert await scene.look()
    assert set(scene.azure.deployments) == {NAME}


async def test_a_training_longer_than_an_outcome_is_kept_is_evaluated(scene: Scene) -> None:
    await started(scene)
    scene.clock.time += 3 * KEPT
    assert await scene.look()
    await scene.until_evaluated()
    assert len(scene.azure.jobs) == 1
    assert len({event["id"] for event in scene.azure.events}) == 1
