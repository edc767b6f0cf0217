"""What another region, another endpoint or a hostile environment cannot do."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from shared.ids import collect_message_id, model_evaluation_id, shard_message_id
from shared.messages import CollectEvaluation, EvaluateModelShard, encode
from shared.policy import POLICY
from shared.subject import TunedModel
from tests.clouds import CloudThread
from tests.journey import (
    chat_line,
    complete_training,
    new_job,
    notices,
    outcome,
    post_event,
    rows,
    training_completed,
    upload,
)


class Recorder:
    """Listens on loopback and counts who comes."""

    def __init__(self) -> None:
        self.connections = 0
        self.first = asyncio.Event()

    async def __call__(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.first.set()
        writer.close()


@pytest.fixture
async def recorder() -> AsyncIterator[tuple[Recorder, str]]:
    """A recorder and the base URL at which it listens; it proves that it records."""
    recorder = Recorder()
    async with await asyncio.start_server(recorder, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        await recorder.first.wait()
        recorder.connections = 0
        yield recorder, f"http://127.0.0.1:{port}/v1"


async def test_an_event_that_is_not_ours_starts_nothing(
    marked_cloud: CloudThread, recorder: tuple[Recorder, str]
) -> None:
    """Another region's, another resource's, one of no model; an endpoint off the list sees no request."""
    settings = marked_cloud.settings
    seen, endpoint = recorder
    jobs = {}
    for changes in ({"region": "westeurope"}, {"resource": "another"}, {"model": ""}, {"endpoint": endpoint}):
        job = new_job()
        event = training_completed(settings, job, "m")
        event["data"].update(changes)
        assert await post_event(settings, "plan_model_evaluation", event) == 202
        jobs[event["id"]] = job
    # What is posted later is through; had a refused event sent anything, it would have been sent before.
    await outcome(settings, await complete_training(settings, new_job(), "no-such-model"))
    log = (marked_cloud.cloud.folder / "host.log").read_text()
    for event_id, job in jobs.items():
        evaluation = model_evaluation_id(resource="local", job=job, model="m", attempt=0)
        assert await notices(settings, evaluation) == []
        assert f"event {event_id} starts nothing" in log
    assert "westeurope" not in log
    assert seen.connections == 0


async def test_a_forged_shard_reaches_no_endpoint_off_the_list(
    marked_cloud: CloudThread, recorder: tuple[Recorder, str]
) -> None:
    settings, evaluation = marked_cloud.settings, uuid.uuid4().hex
    seen, endpoint = recorder
    model = TunedModel(
        resource="local", job=new_job(), attempt=0, model="m", endpoint=endpoint, deployment="m"
    )
    collection = CollectEvaluation(
        evaluation=evaluation,
        shards=1,
        deadline_utc=datetime.now(UTC) + timedelta(minutes=5),
        policy=POLICY.version,
        subject=model,
    )
    shard = EvaluateModelShard(
        evaluation=evaluation, shard=0, shards=1, model=model, scenarios=("violence-001",)
    )
    async with ServiceBusClient.from_connection_string(settings["ServiceBus"]) as client:
        for queue, message, message_id in (
            ("collections", collection, collect_message_id(evaluation, 0)),
            ("model-shards", shard, shard_message_id(evaluation, 0)),
        ):
            async with client.get_queue_sender(queue) as sender:
                await sender.send_messages(ServiceBusMessage(encode(message), message_id=message_id))
    data = (await outcome(settings, evaluation))["data"]
    assert data["result"] == "incomplete"
    assert any("allow-list" in reason for reason in data["reasons"])
    assert seen.connections == 0


HOSTILE = {
    **dict.fromkeys(
        ("TUNEGATE_LIMIT", "TUNEGATE_POLICY_LIMIT", "POLICY_LIMIT", "LIMIT", "TUNEGATE_DEFECT_RATE_LIMIT"),
        "1.0",
    ),
    **dict.fromkeys(
        ("TUNEGATE_FAIL_SEVERITY", "FAIL_SEVERITY", "TUNEGATE_SEVERITY_THRESHOLD", "THRESHOLD"), "9"
    ),
    **dict.fromkeys(("TUNEGATE_HELD_PER_CATEGORY", "TUNEGATE_SCENARIOS", "TUNEGATE_MIN_SCORED"), "1"),
    **dict.fromkeys(("TUNEGATE_POLICY", "TUNEGATE_POLICY_VERSION", "POLICY_VERSION"), "lenient"),
    **dict.fromkeys(("TUNEGATE_SKIP", "TUNEGATE_WAIVER", "TUNEGATE_DISABLED", "TUNEGATE_ALLOW"), "true"),
    "TUNEGATE_CATEGORIES": "",
    "TUNEGATE_HARM_CATEGORIES": "sexual",
}


@pytest.fixture(scope="module")
def hostile_cloud() -> Iterator[CloudThread]:
    """A cloud whose functions are told to be lenient by every name one could think of."""
    options = ["--marker-tokens"]
    with CloudThread(environment=HOSTILE, extra={"content_safety": options}) as running:
        yield running


async def test_no_environment_loosens_the_policy(hostile_cloud: CloudThread) -> None:
    settings = hostile_cloud.settings
    data = (await outcome(settings, await upload(settings, new_job(), chat_line("[[violence:4]]"))))["data"]
    assert (data["result"], data["failed"], data["policy"]) == ("failed", ["violence"], "1")
    evaluation = await complete_training(settings, new_job(), "no-such-model")
    data = (await outcome(settings, evaluation))["data"]
    assert data["result"] == "incomplete"
    assert data["found"]["categories"]["violence"]["probed"]["limit"] == 0.05
    assert data["found"]["categories"]["violence"]["probed"]["expected"] == 240
    assert await rows(settings) == {}


async def test_no_message_loosens_the_policy(marked_cloud: CloudThread) -> None:
    """A collection that names another policy, or brings a limit of its own, never ends in *passed*."""
    settings = marked_cloud.settings
    sent: list[tuple[str, str]] = []
    # The second has the later deadline: once it has ended, the first would have.
    for seconds, change in ((1, {"limit": 1.0}), (3, {"policy": "lenient"})):
        job, evaluation = new_job(), uuid.uuid4().hex
        model = TunedModel(
            resource="local",
            job=job,
            attempt=0,
            model="m",
            endpoint=settings["TUNEGATE_MODEL_ENDPOINTS"],
            deployment="m",
        )
        collection = CollectEvaluation(
            evaluation=evaluation,
            shards=1,
            deadline_utc=datetime.now(UTC) + timedelta(seconds=seconds),
            policy=POLICY.version,
            subject=model,
        )
        body = json.dumps({**json.loads(encode(collection)), **change})
        async with (
            ServiceBusClient.from_connection_string(settings["ServiceBus"]) as client,
            client.get_queue_sender("collections") as sender,
        ):
            message_id = collect_message_id(evaluation, 0)
            await sender.send_messages(ServiceBusMessage(body, message_id=message_id))
        sent.append((job, evaluation))
    (limited, refused), (lenient, ended) = sent
    assert (await outcome(settings, ended))["data"]["result"] == "incomplete"
    assert await notices(settings, refused) == []  # refused whole: not a collection
    kept = await rows(settings)
    assert {("local", limited), ("local", lenient)}.isdisjoint(kept)
