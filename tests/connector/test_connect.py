"""The connector from an accepted file to a model that was evaluated."""

import pytest

from shared.ids import data_evaluation_id
from tests.connector.scene import JOB, KEPT, Scene
from tests.connector.stages import MODEL, NAME, asked_for
from tests.connector.standin import BASE, TUNING


async def test_from_an_accepted_file_to_an_evaluated_model(scene: Scene) -> None:
    file = scene.put(content=b"the very bytes\n" * 50)
    scene.accept(file)
    await scene.look()
    evaluation = data_evaluation_id(
        account=file.account, container=file.container, blob=file.blob, etag=file.etag
    )
    [copy] = scene.azure.files.values()
    assert copy["filename"] == f"tunegate.{evaluation}.{JOB}.jsonl"
    assert scene.azure.contents[copy["id"]] == b"the very bytes\n" * 50
    [job] = scene.azure.jobs.values()
    assert (job["training_file"], job["validation_file"]) == (copy["id"], None)

    await scene.look()
    assert not scene.azure.deployments
    scene.azure.finish()
    await scene.look()
    [(name, deployment)] = scene.azure.deployments.items()
    assert name == NAME
    assert deployment["sku"] == {"name": "Standard", "capacity": 100}
    assert deployment["properties"]["model"] == {
        "format": "OpenAI",
        "name": MODEL,
        "version": "1",
        "source": TUNING,
    }
    await scene.look()
    assert not scene.azure.events  # it is still being made
    scene.azure.provision()
    await scene.look()
    [event] = scene.azure.events
    assert event["type"] == "Tunegate.TrainingCompleted"
    assert event["id"] == f"{NAME.removeprefix('tunegate-')}:completed"
    assert event["data"] == {
        "resource": "contoso",
        "job": JOB,
        "attempt": 0,
        "model": MODEL,
        "endpoint": f"{scene.azure.address}/contoso-evaluation/openai/v1",
        "deployment": NAME,
        "region": "swedencentral",
    }

    scene.end_evaluation()
    await scene.look()
    scene.azure.provision()
    assert not scene.azure.deployments
    for _ in range(3):  # and it stays so
        assert await scene.look()
    assert (len(scene.azure.jobs), len(scene.azure.events)) == (1, 1)
    assert not scene.azure.deployments


async def test_the_event_is_the_one_that_starts_an_evaluation(scene: Scene) -> None:
    from shared.events import Event, completed_training

    await asked_for(scene)
    [event] = scene.azure.events
    completed = completed_training(
        Event(id=event["id"], type=event["type"], data=event["data"]), scene.settings
    )
    assert not completed.missing
    assert (completed.model.job, completed.model.deployment) == (JOB, NAME)


async def test_a_job_with_a_validation_file(scene: Scene) -> None:
    files = [scene.put("support.validation.jsonl", b"v\n"), scene.put("support.jsonl", b"t\n")]
    scene.accept(*files)
    await scene.until_evaluated()
    [job] = scene.azure.jobs.values()
    contents = scene.azure.contents
    assert contents[job["training_file"]] == b"t\n"
    assert contents[job["validation_file"]] == b"v\n"


async def test_a_copy_is_trained_on_once_it_is_ready(scene: Scene) -> None:
    scene.azure.processed_at_once = False
    scene.accept(scene.put())
    for _ in range(3):
        assert await scene.look()
    [copy] = scene.azure.files.values()
    assert not scene.azure.jobs
    copy["status"] = "processed"
    await scene.look()
    assert len(scene.azure.jobs) == 1
    assert scene.azure.asked("POST", "/files") == 1


@pytest.mark.parametrize("ready", [b"t\n", b"v\n"])
async def test_a_job_starts_once_both_its_copies_are_ready(scene: Scene, ready: bytes) -> None:
    scene.azure.processed_at_once = False
    scene.accept(scene.put("validation.jsonl", b"v\n"), scene.put("train.jsonl", b"t\n"))
    assert await scene.look()
    for id, file in scene.azure.files.items():
        if scene.azure.contents[id] == ready:
            file["status"] = "processed"
    assert await scene.look()
    assert not scene.azure.jobs
    for file in scene.azure.files.values():
        file["status"] = "processed"
    assert await scene.look()
    [job] = scene.azure.jobs.values()
    assert scene.azure.contents[job["training_file"]] == b"t\n"


async def test_what_is_not_ours_is_left_alone(scene: Scene) -> None:
    foreign = scene.azure.put_file("their.jsonl", b"x\n")
    scene.azure.put_job(model=BASE, training_file=foreign["id"])
    scene.azure.finish()
    production = {
        "name": "production",
        "properties": {"provisioningState": "Succeeded", "model": {"name": "x"}},
    }
    scene.azure.deployments["production"] = {**production, "sku": {"name": "Standard"}}
    for _ in range(3):
        scene.clock.time += KEPT
        assert await scene.look()
    assert set(scene.azure.deployments) == {"production"}
    assert set(scene.azure.files) == {foreign["id"]}
    assert not scene.azure.events


async def test_the_event_is_sent_until_the_outcome_under_one_id(scene: Scene) -> None:
    await asked_for(scene)
    for _ in range(2):
        assert await scene.look()
    assert len(scene.azure.events) == 3
    assert len({event["id"] for event in scene.azure.events}) == 1
