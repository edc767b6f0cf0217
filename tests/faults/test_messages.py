"""Messages that do not decode, conflict, come twice or never: no harm gets lost, and nothing passes for it."""

import io
import sys

import pytest
from azure.servicebus.aio import ServiceBusClient
from azure.storage.blob.aio import BlobClient

from local import process
from local.azurite.server import ACCOUNT
from shared.ids import data_evaluation_id
from shared.messages import EvaluateDataShard
from shared.outcome import Result
from shared.shards import MIN_SHARD_BYTES, plan_shards
from shared.subject import TrainingFile
from tests.faults.conftest import FaultyCloud
from tests.faults.planted import LENGTH, bus_of, collection, model_outcome, new_evaluation, send_raw, tally
from tests.faults.relay import until
from tests.faults.together import Results, Together, tell
from tests.journey import chat_line, new_job, notices, outcome, row_of, upload

at_once = Together()


async def result_of(cloud: FaultyCloud, evaluation: str) -> dict:
    return (await outcome(cloud.settings, evaluation))["data"]


async def two_shards(cloud: FaultyCloud) -> TrainingFile:
    """A file of two shards with harm in the second alone; undisturbed it fails, which is asserted."""
    padding = chat_line("x" * 9_000)
    content = padding * (MIN_SHARD_BYTES // len(padding) + 1) + chat_line("[[self_harm:7]]")
    blob = BlobClient.from_connection_string(cloud.settings["TrainingStorage"], "training", f"{new_job()}/f")
    async with blob:
        etag = (await blob.upload_blob(io.BytesIO(content)))["etag"].strip('"')
        name = blob.blob_name
    file = TrainingFile(
        job="job", account=ACCOUNT, container="training", blob=name, etag=etag, length=len(content)
    )
    undisturbed = data_evaluation_id(account=ACCOUNT, container="training", blob=name, etag=etag)
    data = await result_of(cloud, undisturbed)
    assert (data["result"], data["failed"]) == ("failed", ["self_harm"])
    return file


@at_once
async def a_shard_that_does_not_decode_ends_unscored(hasty: FaultyCloud) -> None:
    file, evaluation = await two_shards(hasty), new_evaluation()
    ranges = plan_shards(file.length)
    async with bus_of(hasty.settings) as bus:
        await bus.send_collection(collection(evaluation, shards=2, subject=file))
        first = EvaluateDataShard(
            evaluation=evaluation, shard=0, shards=2, file=file, start=ranges[0].start, end=ranges[0].end
        )
        await bus.send_shards([first])
        await send_raw(hasty.settings, "data-shards", b'{"type":', f"{evaluation}:1")
    data = await result_of(hasty, evaluation)
    assert hasty.count("evaluate_data_shard", f"{evaluation}:1 failed") == 10
    assert hasty.count("lost_data_shard", f"{evaluation}:1 succeeded") == 1
    assert (data["result"], data["failed"]) == ("incomplete", [])
    assert any("1 unscored: the shard's message could not be processed" in each for each in data["reasons"])


@at_once
async def a_collection_that_does_not_decode_is_dropped_and_holds_nobody_up(hasty: FaultyCloud) -> None:
    evaluation = new_evaluation()
    await send_raw(hasty.settings, "collections", b'{"type":', f"{evaluation}:collect:0")
    harmful = await upload(hasty.settings, new_job(), chat_line("[[violence:5]]"))
    assert (await result_of(hasty, harmful))["result"] == "failed"
    await until(lambda: "is no collection and was dropped" in hasty.log(), "its owner dropped it")
    assert hasty.count("collect_evaluation", f"{evaluation}:collect:0 failed") == 100
    assert hasty.count("lost_collection", f"{evaluation}:collect:0 succeeded") == 1
    assert await notices(hasty.settings, evaluation) == []


@at_once
async def a_tally_that_does_not_decode_is_its_shards_loss(hasty: FaultyCloud) -> None:
    lost, undisturbed = new_evaluation(), new_evaluation()
    async with bus_of(hasty.settings) as bus:
        for evaluation in (lost, undisturbed):
            await bus.send_tally(tally(evaluation, 0, shards=2))
        await bus.send_tally(tally(undisturbed, 1, shards=2, severity=6))
        await send_raw(hasty.settings, "tallies", b'{"type":', f"{lost}:1", session_id=lost)
        for evaluation in (lost, undisturbed):
            await bus.send_collection(collection(evaluation, shards=2))
    assert (await result_of(hasty, undisturbed))["result"] == "failed"
    data = await result_of(hasty, lost)
    assert (data["result"], data["billable"]) == ("incomplete", False)
    assert "1 unscored: a tally could not be read." in data["reasons"]


@at_once
async def of_conflicting_tallies_the_worse_counts(hasty: FaultyCloud) -> None:
    planted = {new_evaluation(): severities for severities in ((6, 0), (0, 6))}
    async with bus_of(hasty.settings) as bus:
        for evaluation, severities in planted.items():
            for severity in severities:
                await bus.send_tally(tally(evaluation, 0, shards=2, severity=severity))
            await bus.send_tally(tally(evaluation, 1, shards=2))
            await bus.send_collection(collection(evaluation, shards=2))
    for evaluation in planted:
        data = await result_of(hasty, evaluation)
        assert (data["result"], data["failed"]) == ("failed", ["violence"])


@at_once
async def at_the_deadline_a_missing_shard_is_missed(hasty: FaultyCloud) -> None:
    clean, harmful = new_evaluation(), new_evaluation()
    async with bus_of(hasty.settings) as bus:
        for evaluation, severity in ((clean, 0), (harmful, 5)):
            await bus.send_collection(collection(evaluation, shards=2, deadline_s=4))
            await bus.send_tally(tally(evaluation, 1, shards=2, severity=severity))
    results = [await result_of(hasty, evaluation) for evaluation in (clean, harmful)]
    assert [data["result"] for data in results] == ["incomplete", "failed"]
    for data in results:
        assert any("1 of 2 shards did not report" in reason for reason in data["reasons"])
    assert results[1]["found"]["findings"][0]["offset"] == LENGTH
    assert results[1]["found"]["findings"][0]["line"] is None


@at_once
async def a_session_held_by_another_only_delays_the_outcome(hasty: FaultyCloud) -> None:
    evaluation = new_evaluation()
    async with bus_of(hasty.settings) as bus:
        await bus.send_tally(tally(evaluation, 0, shards=1, severity=6))
        async with bus.tallies(evaluation) as session:
            assert await session.receive(2)
            await bus.send_collection(collection(evaluation, shards=1))
            # The next round is scheduled by the one that found the session held.
            await until(
                lambda: hasty.count("collect_evaluation", f"{evaluation}:collect:0 succeeded"), "round 0", 40
            )
            assert await notices(hasty.settings, evaluation) == []
    data = await result_of(hasty, evaluation)
    assert (data["result"], data["failed"]) == ("failed", ["violence"])
    assert hasty.count("collect_evaluation", f"{evaluation}:collect:1")


@at_once
async def a_verdict_once_denied_is_never_raised(hasty: FaultyCloud) -> None:
    """Neither by the next attempt that passes nor by one that is incomplete."""
    job = new_job()
    for result in (Result.FAILED, Result.PASSED, Result.INCOMPLETE):
        event = model_outcome(job, result)
        async with bus_of(hasty.settings) as bus:
            await bus.publish(event)
        await until(
            lambda told=event.id: hasty.count("record_verdict", f"{told} succeeded"), "it is recorded"
        )
        assert (await row_of(hasty.settings, job))["Deployable"] is False


@pytest.fixture(scope="module")
def results(hasty: FaultyCloud) -> Results:
    return at_once.run(hasty)


@pytest.mark.parametrize("name", at_once.checks)
def test_of_messages(results: Results, name: str) -> None:
    tell(results, name)


async def outcomes_for_training(settings: dict[str, str], evaluation: str) -> int:
    """How many outcomes of the evaluation wait for whoever trains."""
    async with (
        ServiceBusClient.from_connection_string(settings["ServiceBus"]) as client,
        client.get_subscription_receiver("outcomes", "training") as receiver,
    ):
        waiting = await receiver.peek_messages(max_message_count=250)
        return sum(message.session_id == evaluation for message in waiting)


async def test_an_upload_told_to_two_hosts_is_evaluated_once(hasty: FaultyCloud) -> None:
    logs = (hasty.cloud.folder / "host.log", hasty.cloud.folder / "second.log")
    second = hasty.run(second_host(hasty))
    try:
        padding = chat_line("x" * 9_000)
        content = padding * (MIN_SHARD_BYTES // len(padding) + 1) + chat_line("[[violence:7]]")
        evaluation = await upload(hasty.settings, new_job(), content)
        data = await result_of(hasty, evaluation)
        assert (data["result"], data["failed"]) == ("failed", ["violence"])

        def planned() -> int:
            return sum(log.read_text().count(f"evaluation {evaluation} planned") for log in logs)

        await until(lambda: planned() == 2, "both hosts were told")
        # What comes later has come through: had the second plan started anything, it would be there too.
        assert (await result_of(hasty, await upload(hasty.settings, new_job(), content)))[
            "result"
        ] == "failed"
    finally:
        hasty.run(second.stop())
    lines = [line for log in logs for line in log.read_text().splitlines() if "evaluate_data_shard" in line]
    worked = [n for n in range(2) for line in lines if f"{evaluation}:{n} succeeded" in line]
    assert worked == [0, 1]
    assert await outcomes_for_training(hasty.settings, evaluation) == 1
    told = [each["type"] for each in await notices(hasty.settings, evaluation)]
    assert told.count("Tunegate.EvaluationCompleted") == 1


async def second_host(cloud: FaultyCloud) -> process.Server:
    """Another host on the same broker and the same storage."""
    own = cloud.cloud
    arguments = own._arguments("host")
    arguments[arguments.index("--port") + 1] = "0"
    return await process.start(
        "second",
        [sys.executable, "-m", "local.host", "--with-parent", *arguments],
        environment=own._environment_of("host"),
        folder=own.folder,
    )


async def test_every_evaluation_here_had_one_outcome(hasty: FaultyCloud) -> None:
    """Over all that the tests of this module did to it."""
    async with (
        ServiceBusClient.from_connection_string(hasty.settings["ServiceBus"]) as client,
        client.get_subscription_receiver("outcomes", "training") as receiver,
    ):
        waiting = await receiver.peek_messages(max_message_count=250)
        sessions = [message.session_id for message in waiting]
    assert len(sessions) >= 8
    assert len(set(sessions)) == len(sessions)
