"""Microsoft's own worker library indexes function_app.py and calls every function of it, on a running cloud.

Each step calls the functions with what the step before left in the queues.
"""

import json
from typing import Any

from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient
from azure.storage.blob.aio import BlobClient

from local.azurite.server import ACCOUNT
from local.cloud import PROJECT
from shared.messages import encode
from shared.tally import lost_data_tally
from tests.clouds import CloudThread
from tests.journey import chat_line, new_job, row_of, training_completed, upload
from tests.worker.worker import Call, Worker, of_event, of_message, of_text

FUNCTIONS = {
    "plan_data_evaluation": "eventGridTrigger",
    "plan_model_evaluation": "eventGridTrigger",
    "evaluate_data_shard": "serviceBusTrigger",
    "evaluate_model_shard": "serviceBusTrigger",
    "collect_evaluation": "serviceBusTrigger",
    "record_verdict": "serviceBusTrigger",
    "read_verdict": "httpTrigger http",
    "lost_data_shard": "serviceBusTrigger",
    "lost_model_shard": "serviceBusTrigger",
    "lost_collection": "serviceBusTrigger",
    "lost_tally": "serviceBusTrigger",
    "lost_verdict": "serviceBusTrigger",
    "lost_training_notice": "serviceBusTrigger",
    "lost_watcher_notice": "serviceBusTrigger",
}


def test_it_indexes_the_app(worker: Worker) -> None:
    said = worker.drive(PROJECT)
    assert said.refused is None
    assert said.functions == {name: bindings.split() for name, bindings in FUNCTIONS.items()}


async def test_it_calls_every_function(worker: Worker, hostless_cloud: CloudThread) -> None:
    settings = hostless_cloud.settings
    called: set[str] = set()

    def drive(*calls: Call) -> list[dict[str, Any]]:
        called.update(call.function for call in calls)
        return worker.drive(PROJECT, calls, environment=settings).calls

    def succeed(*calls: Call) -> None:
        assert drive(*calls) == [{"ok": True, "error": None}] * len(calls)

    job = new_job()
    content = chat_line("Where is my parcel?", "It arrives on Tuesday.") * 3
    evaluation = await upload(settings, job, content)
    async with ServiceBusClient.from_connection_string(settings["ServiceBus"]) as bus:
        succeed(
            of_event("plan_data_evaluation", await _blob_created(settings, job, len(content))),
            of_event("plan_model_evaluation", training_completed(settings, job, "tunegate-base")),
        )
        data_shards = await _take(bus, queue_name="data-shards")
        model_shards = await _take(bus, queue_name="model-shards")
        collections = await _take(bus, queue_name="collections")
        assert (len(data_shards), len(collections)) == (1, 2)
        assert model_shards
        succeed(
            *(of_message("evaluate_data_shard", message) for message in data_shards),
            *(of_message("evaluate_model_shard", message) for message in model_shards),
            *(of_message("collect_evaluation", message) for message in collections),
        )
        outcomes = await _take(bus, topic_name="outcomes", subscription_name="training")
        results = {(_data(message)["kind"], _data(message)["result"]) for message in outcomes}
        assert results == {("data", "passed"), ("model", "passed")}
        [verdict] = await _take(bus, topic_name="outcomes", subscription_name="verdicts")
        succeed(
            of_message("record_verdict", verdict),
            *_lost(evaluation, data_shards[0], model_shards[0]),
            of_message("lost_collection", collections[0]),
            of_message("lost_verdict", verdict),
        )
    assert called == FUNCTIONS.keys() - {"read_verdict"}, "the driver makes no HTTP calls"
    assert await row_of(settings, job) == {"PartitionKey": "local", "RowKey": job, "Deployable": True}
    assert drive(of_text("evaluate_data_shard", "{}"), of_text("record_verdict", "no JSON")) == [
        {"ok": False, "error": "BadMessage"},
        {"ok": False, "error": "BadMessage"},
    ]


def _lost(
    evaluation: str, data_shard: ServiceBusReceivedMessage, model_shard: ServiceBusReceivedMessage
) -> list[Call]:
    tally = encode(lost_data_tally(evaluation, 0, 1, "dead_letter")).decode()
    return [
        of_message("lost_data_shard", data_shard),
        of_message("lost_model_shard", model_shard),
        of_text("lost_tally", tally),
        *(of_text(name, "not JSON") for name in ("lost_data_shard", "lost_model_shard", "lost_collection")),
        *(of_text(name, "not JSON") for name in ("lost_tally", "lost_verdict")),
        *(of_text(name, "any") for name in ("lost_training_notice", "lost_watcher_notice")),
    ]


async def _take(bus: ServiceBusClient, **entity: str) -> list[ServiceBusReceivedMessage]:
    """Everything that waits there, completed."""
    get = bus.get_queue_receiver if "queue_name" in entity else bus.get_subscription_receiver
    taken: list[ServiceBusReceivedMessage] = []
    async with get(**entity) as receiver:
        while messages := await receiver.receive_messages(max_message_count=100, max_wait_time=1):
            for message in messages:
                await receiver.complete_message(message)
            taken += messages
    return taken


def _data(message: ServiceBusReceivedMessage) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(b"".join(message.body))["data"]
    return data


async def _blob_created(settings: dict[str, str], job: str, length: int) -> dict[str, Any]:
    name = f"{job}/train.jsonl"
    async with BlobClient.from_connection_string(settings["TrainingStorage"], "training", name) as blob:
        etag = (await blob.get_blob_properties()).etag.strip('"')
        url = blob.url
    return {
        "id": "an-event",
        "topic": f"/subscriptions/local/storageAccounts/{ACCOUNT}",
        "subject": f"/blobServices/default/containers/training/blobs/{name}",
        "eventType": "Microsoft.Storage.BlobCreated",
        "eventTime": "2026-11-21T02:00:00Z",
        "data": {"api": "PutBlob", "eTag": etag, "contentLength": length, "url": url, "sequencer": "1"},
        "dataVersion": "",
    }
