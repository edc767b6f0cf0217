"""What a user's systems do with a cloud: upload, send events, wait for outcomes, read the table. SDKs only."""

import asyncio
import json
import time
import uuid
from typing import Any

import aiohttp
from azure.data.tables.aio import TableClient
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import OperationTimeoutError, SessionCannotBeLockedError
from azure.storage.blob.aio import BlobClient

from local.azurite.server import ACCOUNT
from shared.ids import data_evaluation_id, model_evaluation_id

PATIENCE_S = 300.0
"""How long anything is waited for that has to come: a loaded machine is slow, and not wrong."""


def chat_line(*contents: str) -> bytes:
    """A chat record whose turns alternate between user and assistant."""
    roles = ("user", "assistant")
    messages = [{"role": roles[n % 2], "content": text} for n, text in enumerate(contents)]
    return json.dumps({"messages": messages}).encode() + b"\n"


def new_job(name: str = "job") -> str:
    return f"{name}-{uuid.uuid4().hex[:8]}"


async def upload(settings: dict[str, str], job: str, content: bytes, name: str = "train.jsonl") -> str:
    """Upload a training file; the id of its evaluation."""
    blob = BlobClient.from_connection_string(
        settings["TrainingStorage"],
        "training",
        f"{job}/{name}",
        max_single_put_size=512 * 1024,  # in blocks: aiohttp warns of a larger body
        max_block_size=512 * 1024,
    )
    async with blob:
        done = await blob.upload_blob(content, overwrite=True)
    return data_evaluation_id(account=ACCOUNT, container="training", blob=f"{job}/{name}", etag=done["etag"])


async def post_event(settings: dict[str, str], function: str, event: dict[str, Any]) -> int:
    url = f"{settings['TUNEGATE_HOST']}/runtime/webhooks/eventgrid"
    query = {"functionName": function, "code": settings["TUNEGATE_HOST_KEY"]}
    headers = {"aeg-event-type": "Notification", "content-type": "application/cloudevents+json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, params=query, headers=headers, data=json.dumps(event)) as answer,
    ):
        return answer.status


def training_completed(settings: dict[str, str], job: str, model: str, **changes: Any) -> dict[str, Any]:
    endpoint = settings["TUNEGATE_MODEL_ENDPOINTS"]
    data = {
        "resource": "local",
        "job": job,
        "attempt": 0,
        "model": model,
        "endpoint": endpoint,
        "deployment": model,
        "region": "local",
        **changes,
    }
    return {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": "/tests",
        "type": "Tunegate.TrainingCompleted",
        "time": "2026-01-01T00:00:00Z",
        "data": data,
    }


async def complete_training(settings: dict[str, str], job: str, model: str, **changes: Any) -> str:
    """Send the training-completed event; the id of the model's evaluation."""
    event = training_completed(settings, job, model, **changes)
    assert await post_event(settings, "plan_model_evaluation", event) == 202
    data = event["data"]
    return model_evaluation_id(resource="local", job=job, model=data["model"], attempt=data["attempt"])


async def notices(settings: dict[str, str], evaluation: str) -> list[dict[str, Any]]:
    """All that subscription `watchers` holds of an evaluation now; nothing is settled."""
    async with ServiceBusClient.from_connection_string(settings["ServiceBus"]) as client:
        try:
            receiver = client.get_subscription_receiver("outcomes", "watchers", session_id=evaluation)
            async with receiver:
                messages = await receiver.receive_messages(max_message_count=200, max_wait_time=0.3)
                return [json.loads(b"".join(message.body)) for message in messages]
        except (SessionCannotBeLockedError, OperationTimeoutError):
            return []


async def outcome(settings: dict[str, str], evaluation: str, timeout_s: float = PATIENCE_S) -> dict[str, Any]:
    """The outcome event of an evaluation, once it is published."""
    limit = time.monotonic() + timeout_s
    while time.monotonic() < limit:
        for event in await notices(settings, evaluation):
            if event["type"] == "Tunegate.EvaluationCompleted":
                return event
        await asyncio.sleep(0.1)
    raise TimeoutError(f"no outcome of {evaluation} within {timeout_s} s")


async def rows(settings: dict[str, str]) -> dict[tuple[str, str], dict[str, Any]]:
    """Every row of the verdict table, as the table service returns it, by key."""
    async with TableClient.from_connection_string(settings["VerdictStorage"], "verdicts") as table:
        return {(row["PartitionKey"], row["RowKey"]): dict(row) async for row in table.list_entities()}


async def row_of(settings: dict[str, str], job: str, timeout_s: float = PATIENCE_S) -> dict[str, Any]:
    """The job's row, once it is there."""
    limit = time.monotonic() + timeout_s
    while time.monotonic() < limit:
        found = (await rows(settings)).get(("local", job))
        if found is not None:
            return found
        await asyncio.sleep(0.1)
    raise TimeoutError(f"no verdict of {job} within {timeout_s} s")
