"""The commands against real storage, a real bus and the model server; the tests say what the functions would."""

import asyncio
import json
import random
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables.aio import TableClient
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import ServiceBusAuthenticationError
from azure.storage.blob.aio import BlobClient

from client.acceptances import Acceptances
from client.bus import refusals
from client.container import BLOCK_BYTES, TrainingContainer, evaluation_of
from client.errors import Exit, Misused, NotDecided, NotPassed, Stopped, Unreachable
from client.notices import await_outcome
from client.submit import submit, upload
from client.target import Target
from client.terminal import Terminal
from client.train import train
from client.verdict import all_rows, verdict
from client.watch import watch
from client.watchers import SubscriptionWatchers
from shared.ids import model_evaluation_id
from shared.subject import TrainingFile
from tests.client.conftest import Webhook
from tests.client.outcomes import MODEL, body_of, data_outcome, model_outcome, progress_body
from tests.journey import chat_line, new_job

CONTENT = chat_line("Where is my parcel?", "It is on its way.") * 3


async def publish(target: Target, *bodies: bytes, what: str = "outcome") -> None:
    """Publish events as the collector does."""
    async with (
        ServiceBusClient.from_connection_string(target.service_bus.secret) as client,
        client.get_topic_sender("outcomes") as sender,
    ):
        for body in bodies:
            event = json.loads(body)
            message = ServiceBusMessage(
                body,
                message_id=event["id"],
                session_id=event["data"]["evaluation"],
                application_properties={"what": what, "kind": event["data"]["kind"]},
            )
            await sender.send_messages(message)


async def decide(target: Target, result: str, *files: TrainingFile) -> None:
    """Publish the outcomes of files."""
    await publish(target, *(body_of(decided(file, result)) for file in files))


def decided(file: TrainingFile, result: str) -> dict[str, Any]:
    subject = {"type": "file", **{name: getattr(file, name) for name in file.__struct_fields__}}
    return data_outcome(result, evaluation=evaluation_of(file), job=file.job, subject=subject)


def written(tmp_path: Path, content: bytes = CONTENT, name: str = "train.jsonl") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


async def uploaded(
    target: Target, tmp_path: Path, job: str, content: bytes = CONTENT, **name: str
) -> TrainingFile:
    return await upload(written(tmp_path, content, **name), job, target=target, terminal=Terminal())


async def files_of(target: Target, job: str) -> list[TrainingFile]:
    async with TrainingContainer(target.training_storage, target.container) as container:
        return await container.files(job)


async def trained(target: Target, job: str, **options: Any) -> str:
    options = {"attempt": 0, "file_name": None, **options}
    return (await train(job, target=target, terminal=Terminal(), **options)).model


async def watched(target: Target, job: str, *, json: bool = False, **options: Any) -> list[str]:
    options = {"model": None, "attempt": None, "timeout_s": 20.0, **options}
    notices = await watch(job, target=target, terminal=Terminal(json=json), **options)
    return [f"{notice.event.data.kind} {notice.event.data.result}" for notice in notices]


# --- upload and submit


async def test_an_upload_is_the_file_byte_for_byte_under_its_job(target: Target, tmp_path: Path) -> None:
    job = new_job()
    content = random.Random(1).randbytes(5 * BLOCK_BYTES + 17)
    steps: list[tuple[int, int]] = []
    path = written(tmp_path, content, "a b#?%20ü.jsonl")
    async with TrainingContainer(target.training_storage, target.container) as container:
        file = await container.upload(
            path, len(content), job, lambda done, total: steps.append((done, total))
        )
        assert b"".join([chunk async for chunk in container.read(file)]) == content
        assert await container.files(job) == [file]
        assert await container.files(job[:-1]) == []
    assert file.blob == f"{job}/a b#?%20ü.jsonl"
    assert (file.account, file.length) == ("tunegatelocal", len(content))
    assert steps[-1] == (len(content), len(content))
    assert len(steps) == 6


async def test_a_replaced_file_is_not_read_as_the_one_before(target: Target, tmp_path: Path) -> None:
    first = await uploaded(target, tmp_path, new_job())
    second = await uploaded(target, tmp_path, first.job, CONTENT + CONTENT)
    assert evaluation_of(first) != evaluation_of(second)
    async with TrainingContainer(target.training_storage, target.container) as container:
        with pytest.raises(NotDecided, match="replaced or deleted"):
            _ = [chunk async for chunk in container.read(first)]


async def test_submit_waits_for_the_outcome_of_this_very_version(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = new_job()
    older = await uploaded(target, tmp_path, job, chat_line("older"))
    await decide(target, "failed", older)
    path = written(tmp_path)
    submitting = asyncio.create_task(
        submit(path, job, timeout_s=30, target=target, terminal=Terminal(json=True))
    )
    while (file := (await files_of(target, job))[0]).etag == older.etag:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    await decide(target, "passed", file)
    notice = await submitting
    assert notice.event.data.evaluation == evaluation_of(file)
    told = capsys.readouterr()
    assert told.out == notice.body + "\n"
    assert json.loads(told.out)["data"]["result"] == "passed"
    assert "Where is my parcel" not in told.out + told.err


async def test_submit_says_how_to_go_on_when_time_is_up(target: Target, tmp_path: Path) -> None:
    job = new_job()
    with pytest.raises(NotDecided, match=f"no outcome after 0.2 s.*tunegate watch {job}"):
        await submit(written(tmp_path), job, timeout_s=0.2, target=target, terminal=Terminal())


# --- watching


async def test_two_watchers_share_a_session_and_take_nothing(target: Target, tmp_path: Path) -> None:
    file = await uploaded(target, tmp_path, new_job())
    evaluation = evaluation_of(file)
    heard: list[list[int]] = [[], []]

    async def one(told: list[int]) -> str:
        async with SubscriptionWatchers(target.service_bus) as watchers:
            notice = await await_outcome(watchers, evaluation, lambda progress: told.append(progress.done))
            return notice.event.data.result

    async with asyncio.timeout(40):
        both = asyncio.gather(*(one(told) for told in heard))
        await publish(target, progress_body(4, evaluation=evaluation), what="progress")
        while heard != [[4], [4]]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await decide(target, "failed", file)
        assert await both == ["failed", "failed"]


async def test_a_look_at_nothing_ends_within_its_time(target: Target) -> None:
    async with SubscriptionWatchers(target.service_bus) as watchers:
        async with asyncio.timeout(5):
            assert await watchers.look("0" * 32, hold_s=0.2) == []


async def test_watch_shows_the_data_until_a_model_is_trained(
    target: Target, tmp_path: Path, webhook: Webhook, capsys: pytest.CaptureFixture[str]
) -> None:
    file = await uploaded(target, tmp_path, new_job())
    await decide(target, "passed", file)
    assert await watched(target, file.job) == ["data passed"]
    model = await trained(target, file.job)
    # Nothing was heard of the model's evaluation yet: watch waits for it all the same.
    waiting = asyncio.create_task(watched(target, file.job))
    evaluation = model_evaluation_id(resource="local", job=file.job, model=model, attempt=0)
    subject = {**MODEL, "job": file.job, "model": model}
    await publish(
        target, body_of(model_outcome("failed", evaluation=evaluation, job=file.job, subject=subject))
    )
    assert await waiting == ["model failed"]

    async def not_yet() -> None:
        with pytest.raises(NotDecided, match=f"tunegate watch {file.job} --attempt 7"):
            await watched(target, file.job, attempt=7, timeout_s=0.2)

    named, _ = await asyncio.gather(watched(target, file.job, model=model, attempt=0), not_yet())
    assert named == ["model failed"]
    assert "Where is my parcel" not in capsys.readouterr().out


async def test_watch_knows_nothing_of_a_job_without_files(target: Target) -> None:
    with pytest.raises(NotDecided, match="Nothing is known of job"):
        await watched(target, new_job())


# --- training


async def test_training_uses_the_accepted_bytes_and_tells_the_functions(
    target: Target, tmp_path: Path, webhook: Webhook
) -> None:
    file = await uploaded(target, tmp_path, new_job())
    validation = await uploaded(target, tmp_path, file.job, chat_line("a", "b"), name="validation.jsonl")
    await decide(target, "passed", file, validation)
    with pytest.raises(Misused, match="2 files"):
        await trained(target, file.job)
    with pytest.raises(Misused, match="no file named"):
        await trained(target, file.job, file_name="nosuch.jsonl")
    webhook.status = 500
    with pytest.raises(Unreachable, match="did not take the event: it answered 500"):
        await trained(target, file.job, file_name="train.jsonl", attempt=3)
    webhook.status = 202  # the outcome is still there for another try
    model = await trained(target, file.job, file_name="train.jsonl", attempt=3)
    assert model == f"ft:tunegate-base:{file.job}:{sha256(CONTENT).hexdigest()[:12]}"
    [_, (query, kind, event)] = webhook.requests
    assert query == {"functionName": "plan_model_evaluation", "code": "hook-key"}
    assert kind == "Notification"
    assert datetime.fromisoformat(event.pop("time")) <= datetime.now(UTC)
    evaluation = model_evaluation_id(resource="local", job=file.job, model=model, attempt=3)
    assert event == {
        "specversion": "1.0",
        "id": f"{evaluation}:completed",
        "source": "/tunegate/local/trainer",
        "type": "Tunegate.TrainingCompleted",
        "subject": file.job,
        "datacontenttype": "application/json",
        "data": {
            "resource": "local",
            "job": file.job,
            "attempt": 3,
            "model": model,
            "endpoint": target.settings["TUNEGATE_MODEL_ENDPOINTS"],
            "deployment": model,
            "region": "local",
        },
    }


async def test_training_takes_its_own_outcome_and_leaves_those_of_others(
    target: Target, tmp_path: Path, webhook: Webhook
) -> None:
    mine, other = new_job("mine"), new_job("other")
    others = await uploaded(target, tmp_path, other)
    await decide(target, "passed", others, await uploaded(target, tmp_path, mine))  # ours stands behind
    await trained(target, mine)
    async with Acceptances(target.service_bus) as acceptances:
        assert await acceptances.of(mine) == []
        [left] = await acceptances.of(other)
    assert left.event.data.evaluation == evaluation_of(others)
    # And it can be had at once: no lock of ours is on it. Ours is taken, and another attempt knows it all the same.
    await asyncio.gather(trained(target, other), trained(target, mine, attempt=1))
    attempts = [(event["data"]["job"], event["data"]["attempt"]) for _, _, event in webhook.requests]
    assert sorted(attempts) == [(mine, 0), (mine, 1), (other, 0)]


async def test_nothing_is_trained_on_what_has_not_passed(
    target: Target, tmp_path: Path, webhook: Webhook
) -> None:
    async def refused(result: str | None, error: type[Stopped], told: str) -> None:
        file = await uploaded(target, tmp_path, new_job())
        if result:
            await decide(target, result, file)
        with pytest.raises(error, match=told):
            await trained(target, file.job)

    async def replaced() -> None:
        older = await uploaded(target, tmp_path, new_job())
        await decide(target, "passed", older)
        await uploaded(target, tmp_path, older.job, chat_line("something else", "entirely"))
        with pytest.raises(NotDecided, match="has no outcome yet"):
            await trained(target, older.job)

    async def not_validated() -> None:
        file = await uploaded(target, tmp_path, new_job())
        await uploaded(target, tmp_path, file.job, chat_line("a", "b"), name="validation.jsonl")
        await decide(target, "passed", file)
        with pytest.raises(NotDecided, match=r"validation\.jsonl has no outcome"):
            await trained(target, file.job, file_name="train.jsonl")

    await asyncio.gather(
        replaced(),
        not_validated(),
        refused("failed", NotPassed, "was refused; nothing was trained"),
        refused("incomplete", NotDecided, "has not passed; nothing was trained"),
        refused(None, NotDecided, "has no outcome yet; nothing was trained"),
    )
    assert webhook.requests == []


# --- verdicts


async def recorded(target: Target, job: str, **row: object) -> None:
    async with TableClient.from_connection_string(target.verdict_storage.secret, "verdicts") as table:
        await table.create_entity({"PartitionKey": "local", "RowKey": job, **row})


async def test_a_job_that_has_its_verdict_is_not_trained_again(
    target: Target, tmp_path: Path, webhook: Webhook
) -> None:
    file = await uploaded(target, tmp_path, new_job())
    await decide(target, "passed", file)
    await recorded(target, file.job, Deployable=True)
    with pytest.raises(Misused, match="has its verdict already"):
        await trained(target, file.job)
    assert webhook.requests == []


@pytest.mark.parametrize(
    ("row", "code", "sentence"),
    [
        ({"Deployable": True}, Exit.PASSED, "The model of job {} is deployable."),
        ({"Deployable": False}, Exit.FAILED, "The model of job {} is not deployable."),
        ({"Deployable": "true"}, Exit.FAILED, "The model of job {} is not deployable."),
        ({}, Exit.FAILED, "The model of job {} is not deployable."),
        (None, Exit.INCOMPLETE, "There is no verdict on job {}"),
    ],
)
async def test_verdicts(
    row: dict[str, object] | None,
    code: Exit,
    sentence: str,
    target: Target,
    capsys: pytest.CaptureFixture[str],
) -> None:
    job = new_job()
    if row is not None:
        await recorded(target, job, **row)
    assert await verdict(job, target=target, terminal=Terminal()) is code
    assert capsys.readouterr().out.startswith(sentence.format(job))
    assert await verdict(job, target=target, terminal=Terminal(json=True)) is code
    told = json.loads(capsys.readouterr().out)
    assert told == (None if row is None else {"PartitionKey": "local", "RowKey": job, **row})
    assert (job in {known["RowKey"] for known in await all_rows(target)}) is (row is not None)


# --- refusals


async def test_wrong_keys_are_told_and_never_shown(target: Target) -> None:
    wrong = {
        **target.settings,
        "VerdictStorage": target.verdict_storage.secret.replace("AccountKey=", "AccountKey=hunter22"),
    }
    elsewhere = Target(settings=wrong, origin="the tests")
    with pytest.raises(Unreachable, match=r"Table storage at http://.* refused the credentials") as table:
        await verdict("a", target=elsewhere, terminal=Terminal())
    with pytest.raises(Unreachable, match=r"Service Bus at sb://x refused the credentials") as bus:  # noqa: SIM117
        with refusals("sb://x"):
            raise ServiceBusAuthenticationError(message="hunter2")
    assert "hunter2" not in str(table.value) + str(bus.value)


async def test_a_container_that_is_not_there_is_named(target: Target, tmp_path: Path) -> None:
    settings = {**target.settings, "TUNEGATE_TRAINING_CONTAINER": "nosuch"}
    with pytest.raises(Unreachable, match="has no container nosuch"):
        await uploaded(Target(settings=settings, origin="the tests"), tmp_path, new_job())


async def test_a_file_that_is_deleted_is_no_part_of_the_job(target: Target, tmp_path: Path) -> None:
    file = await uploaded(target, tmp_path, new_job())
    blob = BlobClient.from_connection_string(target.training_storage.secret, "training", file.blob)
    async with blob:
        await blob.delete_blob()
    with pytest.raises(NotDecided, match="has no training file"):
        await trained(target, file.job)
