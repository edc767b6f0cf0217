"""The connector from an accepted file to a model that was evaluated, and everything that must not get that far."""

import pytest
from msgspec.structs import replace

from shared import connect
from shared.ids import data_evaluation_id, model_evaluation_id
from shared.outcome import Result
from tests.connector.scene import JOB, KEPT, Scene
from tests.connector.standin import TUNING

MODEL = "gpt-4.1-mini-2025-04-14.ft-0"
NAME = "tunegate-" + model_evaluation_id(resource="contoso", job=JOB, model=MODEL, attempt=0)


async def started(scene: Scene) -> None:
    """A job that was accepted and is in training."""
    scene.accept(scene.put())
    assert await scene.look()
    assert len(scene.azure.jobs) == 1


async def deployed(scene: Scene) -> None:
    """A tuned model whose evaluation deployment stands."""
    await started(scene)
    scene.azure.finish()
    assert await scene.look()
    scene.azure.provision()
    assert set(scene.azure.deployments) == {NAME}


async def asked_for(scene: Scene) -> None:
    """A tuned model whose evaluation was asked for."""
    await deployed(scene)
    assert await scene.look()
    assert len(scene.azure.events) == 1


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


@pytest.mark.parametrize("result", [Result.FAILED, Result.INCOMPLETE])
async def test_what_did_not_pass_is_not_trained_on(scene: Scene, result: Result) -> None:
    scene.accept(scene.put(), result=result)
    assert await scene.look()
    assert not scene.azure.files
    assert not scene.azure.jobs


async def test_a_file_with_two_outcomes_is_not_trained_on(scene: Scene) -> None:
    file = scene.put()
    scene.accept(file)
    scene.accept(file, result=Result.FAILED)
    assert await scene.look()
    assert not scene.azure.files


async def test_an_outcome_of_another_length_is_not_this_files(scene: Scene) -> None:
    file = scene.put()
    scene.accept(replace(file, length=file.length + 1))
    assert await scene.look()
    assert not scene.azure.files


@pytest.mark.parametrize("name", ["second.jsonl", "validation.jsonl"])
async def test_one_file_that_did_not_pass_holds_the_job(scene: Scene, name: str) -> None:
    scene.accept(scene.put())
    other = scene.put(name, b"other\n")
    assert await scene.look()
    scene.accept(other, result=Result.FAILED)
    assert await scene.look()
    assert not scene.azure.files


async def test_a_file_too_large_for_azure_openai_is_not_copied(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "MAX_COPY_BYTES", 10)
    scene.accept(scene.put(content=b"123456789\n"))
    assert await scene.look()
    assert not scene.azure.files
    scene.accept(scene.put(content=b"12345678\n"))
    assert await scene.look()
    assert len(scene.azure.jobs) == 1


async def test_two_training_files_are_no_choice(scene: Scene) -> None:
    scene.accept(scene.put("a.jsonl", b"a\n"), scene.put("b.jsonl", b"b\n"))
    assert await scene.look()
    assert not scene.azure.files


async def test_a_file_replaced_after_it_passed_is_not_trained_on(scene: Scene) -> None:
    scene.accept(scene.put())
    scene.put(content=b"replaced\n")
    assert await scene.look()
    assert not scene.azure.files


async def test_a_file_replaced_while_it_is_read_is_not_trained_on(scene: Scene) -> None:
    scene.accept(scene.put())
    scene.at_read = [lambda _: scene.put(content=b"replaced\n")]
    assert await scene.look()
    assert not scene.at_read
    assert not scene.azure.files


async def test_a_file_replaced_between_copying_and_starting_is_not_trained_on(scene: Scene) -> None:
    scene.accept(scene.put())
    scene.at_read = [lambda _: None, lambda _: scene.put(content=b"replaced\n")]
    assert await scene.look()
    assert not scene.at_read
    assert not scene.azure.jobs
    assert not scene.azure.files


async def test_a_copy_of_other_bytes_under_our_name_is_not_trained_on(scene: Scene) -> None:
    file = scene.put()
    evaluation = data_evaluation_id(
        account=file.account, container=file.container, blob=file.blob, etag=file.etag
    )
    scene.azure.put_file(f"tunegate.{evaluation}.{JOB}.jsonl", b"harm\n")
    scene.accept(file)
    assert await scene.look()
    assert not scene.azure.jobs
    assert not scene.azure.files
    assert await scene.look()  # and then on what passed
    [job] = scene.azure.jobs.values()
    assert scene.azure.contents[job["training_file"]] == b'{"messages": []}\n'


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


async def test_a_training_that_somebody_began_on_a_file_that_failed_is_not_evaluated(scene: Scene) -> None:
    file = scene.put()
    scene.accept(file, result=Result.FAILED)
    evaluation = data_evaluation_id(
        account=file.account, container=file.container, blob=file.blob, etag=file.etag
    )
    copy = scene.azure.put_file(f"tunegate.{evaluation}.{JOB}.jsonl", b'{"messages": []}\n')
    scene.azure.put_job(model="gpt", training_file=copy["id"])
    scene.azure.finish()
    assert await scene.look()
    assert not scene.azure.deployments


async def test_a_training_on_other_bytes_under_our_name_is_not_evaluated(scene: Scene) -> None:
    file = scene.put()
    evaluation = data_evaluation_id(
        account=file.account, container=file.container, blob=file.blob, etag=file.etag
    )
    copy = scene.azure.put_file(f"tunegate.{evaluation}.{JOB}.jsonl", b"harm\n")
    scene.azure.put_job(model="gpt", training_file=copy["id"])
    scene.azure.finish()
    scene.accept(file)
    assert await scene.look()
    assert not scene.azure.deployments


async def test_a_copy_that_turns_out_to_hold_other_bytes_is_not_evaluated(scene: Scene) -> None:
    await deployed(scene)
    [id] = scene.azure.files
    scene.azure.contents[id] = b"harm\n"
    assert await scene.look()
    scene.azure.provision()
    assert not scene.azure.events
    assert not scene.azure.deployments


async def test_what_is_not_ours_is_left_alone(scene: Scene) -> None:
    foreign = scene.azure.put_file("their.jsonl", b"x\n")
    scene.azure.put_job(model="gpt", training_file=foreign["id"])
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


@pytest.mark.parametrize("status", ["failed", "cancelled", "canceled"])
async def test_a_training_that_failed_is_not_done_again_for_the_same_files(scene: Scene, status: str) -> None:
    await started(scene)
    scene.azure.finish(status)
    for _ in range(3):
        assert await scene.look()
    assert len(scene.azure.jobs) == 1
    assert not scene.azure.deployments
    scene.accept(scene.put(content=b"mended\n"))
    await scene.until_evaluated()
    assert len(scene.azure.jobs) == 2


async def test_a_job_with_its_verdict_is_not_trained_again(scene: Scene) -> None:
    scene.verdicts.rows["contoso", JOB] = True
    scene.accept(scene.put())
    assert await scene.look()
    assert not scene.azure.files


@pytest.mark.parametrize("has_ended", [True, False])
async def test_a_second_training_of_a_job_is_not_evaluated(scene: Scene, has_ended: bool) -> None:
    await started(scene)
    [job] = scene.azure.jobs.values()
    scene.clock.time += KEPT / 24
    second = scene.azure.put_job(model="gpt", training_file=job["training_file"])
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


async def test_the_event_is_sent_until_the_outcome_under_one_id(scene: Scene) -> None:
    await asked_for(scene)
    for _ in range(2):
        assert await scene.look()
    assert len(scene.azure.events) == 3
    assert len({event["id"] for event in scene.azure.events}) == 1
