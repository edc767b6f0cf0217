"""The SDKs' own clients, by identity or, on a local cloud, by connection string."""

import json
import time
from asyncio import sleep
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from azure.data.tables.aio import TableClient
from azure.identity.aio import DefaultAzureCredential
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import OperationTimeoutError, SessionCannotBeLockedError
from azure.storage.blob.aio import BlobClient

from shared.adapters.identity import credential
from shared.ids import data_evaluation_id
from shared.settings import Connection, read_settings
from tests.cloud.named import TOPIC, NamedCloud

BLOCK_BYTES = 512 * 1024
"""aiohttp warns of a larger body."""


@asynccontextmanager
async def signed_in(connection: Connection) -> AsyncIterator[DefaultAzureCredential]:
    """An identity of this test's own: one that is shared would outlive the test's event loop."""
    named = {"managed_identity_client_id": connection.client_id} if connection.client_id else {}
    async with DefaultAzureCredential(**named) as identity:
        yield identity


async def forget_identities(cloud: NamedCloud) -> None:
    """Close what the adapters of this test signed in as."""
    if cloud.is_azure:
        await cloud.target.release()
        credential.cache_clear()


@asynccontextmanager
async def blob(cloud: NamedCloud, name: str) -> AsyncIterator[BlobClient]:
    connection, container = cloud.target.training_storage, cloud.target.container
    options: dict[str, Any] = {"max_single_put_size": BLOCK_BYTES, "max_block_size": BLOCK_BYTES}
    if not connection.address:
        async with BlobClient.from_connection_string(connection.secret, container, name, **options) as client:
            yield client
        return
    async with (
        signed_in(connection) as identity,
        BlobClient(connection.address, container, name, credential=identity, **options) as client,
    ):
        yield client


@asynccontextmanager
async def verdict_table(cloud: NamedCloud) -> AsyncIterator[TableClient]:
    connection = cloud.target.verdict_storage
    if not connection.address:
        async with TableClient.from_connection_string(connection.secret, "verdicts") as client:
            yield client
        return
    async with (
        signed_in(connection) as identity,
        TableClient(connection.address, "verdicts", credential=identity) as client,
    ):
        yield client


@asynccontextmanager
async def bus(cloud: NamedCloud) -> AsyncIterator[ServiceBusClient]:
    connection = cloud.target.service_bus
    if not connection.address:
        async with ServiceBusClient.from_connection_string(connection.secret) as client:
            yield client
        return
    async with (
        signed_in(connection) as identity,
        ServiceBusClient(connection.address, identity) as client,
    ):
        yield client


async def row(cloud: NamedCloud, job: str, resource: str) -> dict[str, Any] | None:
    """The job's row as the table service returns it."""
    async with verdict_table(cloud) as table:
        found = table.query_entities(
            "PartitionKey eq @resource and RowKey eq @job", parameters={"resource": resource, "job": job}
        )
        return next(iter([dict(each) async for each in found]), None)


async def upload(cloud: NamedCloud, job: str, content: bytes) -> str:
    """Upload a training file; the id of its evaluation."""
    name = f"{job}/train.jsonl"
    async with blob(cloud, name) as client:
        done = await client.upload_blob(content, overwrite=True)
    account = read_settings(cloud.settings).training_account
    return data_evaluation_id(account=account, container=cloud.target.container, blob=name, etag=done["etag"])


async def complete_training(cloud: NamedCloud, event: dict[str, Any]) -> None:
    """Send the event to the deployment's Event Grid topic; on a local cloud, to the host's webhook."""
    topic = cloud.settings.get(TOPIC, "")
    headers = {"content-type": "application/cloudevents+json"}
    query: dict[str, str] = {}
    if topic:
        async with signed_in(Connection()) as identity:
            token = await identity.get_token("https://eventgrid.azure.net/.default")
        headers["authorization"] = f"Bearer {token.token}"
    else:
        topic = f"{cloud.target.host}/runtime/webhooks/eventgrid"
        query = {"functionName": "plan_model_evaluation", "code": cloud.target.host_key}
        headers["aeg-event-type"] = "Notification"
    async with (
        aiohttp.ClientSession() as session,
        session.post(topic, params=query, headers=headers, data=json.dumps(event)) as answer,
    ):
        assert answer.status in {200, 202}, answer.status


async def outcome(cloud: NamedCloud, evaluation: str, timeout_s: float) -> dict[str, Any]:
    """The data of the evaluation's outcome, once it is published; nothing is settled."""
    limit = time.monotonic() + timeout_s
    async with bus(cloud) as client:
        while time.monotonic() < limit:
            try:
                receiver = client.get_subscription_receiver("outcomes", "watchers", session_id=evaluation)
                async with receiver:
                    for message in await receiver.receive_messages(max_message_count=200, max_wait_time=1):
                        event = json.loads(b"".join(message.body))
                        if event["type"] == "Tunegate.EvaluationCompleted":
                            return event["data"]
            except (SessionCannotBeLockedError, OperationTimeoutError):
                pass  # nothing is there yet
            await sleep(0.5)
    raise TimeoutError(f"no outcome of {evaluation} within {timeout_s} s")
