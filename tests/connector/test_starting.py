"""What is trained on, and everything that is not."""

import pytest
from msgspec.structs import replace

from shared import training_copies
from shared.ids import data_evaluation_id
from shared.outcome import Result
from tests.connector.scene import JOB, Scene
from tests.connector.stages import started


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
    monkeypatch.setattr(training_copies, "MAX_COPY_BYTES", 10)
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


async def test_a_file_in_no_jobs_folder_is_not_trained_on(scene: Scene) -> None:
    scene.accept(scene.put(job=""))
    assert await scene.look()
    assert not scene.azure.files
    assert not scene.azure.jobs


async def test_a_job_with_its_verdict_is_not_trained_again(scene: Scene) -> None:
    scene.verdicts.rows["contoso", JOB] = True
    scene.accept(scene.put())
    assert await scene.look()
    assert not scene.azure.files
