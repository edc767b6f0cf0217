"""A watcher dies holding its session: nothing is lost, and the next watcher reads the outcome."""

import asyncio
import sys
from collections.abc import Iterator

import pytest
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import SessionCannotBeLockedError

from local import process
from shared.outcome import Result, encode_event
from tests.clouds import CloudThread
from tests.faults.conftest import short_locks
from tests.faults.planted import bus_of, model_outcome
from tests.journey import new_job

WATCHER = """
import asyncio, json, sys
from azure.servicebus.aio import ServiceBusClient

async def main(connection, session):
    client = ServiceBusClient.from_connection_string(connection)
    receiver = client.get_subscription_receiver("outcomes", "watchers", session_id=session)
    await receiver.__aenter__()
    held = await receiver.receive_messages(max_message_count=10, max_wait_time=5)
    print(json.dumps({"ready": "watcher", "port": 0, "held": len(held)}), flush=True)
    await asyncio.sleep(600)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudThread]:
    """A broker where a connection that is cut holds its session until the lock expires, as Azure's may."""
    entities = short_locks(tmp_path_factory.mktemp("watchers"))
    with CloudThread(
        parts=("broker",), entities=entities, extra={"broker": ["--cut-holds-sessions"]}
    ) as cloud:
        yield cloud


async def read_by_the_next(settings: dict[str, str], evaluation: str) -> list[bytes]:
    """What the next watcher reads, once the dead one's lock has expired."""
    connection = settings["ServiceBus"]
    async with (
        asyncio.timeout(30),
        ServiceBusClient.from_connection_string(connection, retry_total=0) as client,
    ):
        while True:
            receiver = client.get_subscription_receiver("outcomes", "watchers", session_id=evaluation)
            try:
                async with receiver:
                    return [b"".join(each.body) for each in await receiver.receive_messages(10, 1)]
            except SessionCannotBeLockedError:
                await asyncio.sleep(0.2)


async def test_a_watcher_that_dies_costs_the_outcome_nothing(broker: CloudThread) -> None:
    event = model_outcome(new_job(), Result.FAILED)
    evaluation = event.data.evaluation
    async with bus_of(broker.settings) as bus:
        await bus.publish(event)
    watcher = broker.run(
        process.start(
            "watcher",
            [sys.executable, "-c", WATCHER, broker.settings["ServiceBus"], evaluation],
            environment=broker.cloud._environment_of("watcher"),
            folder=broker.cloud.folder,
        )
    )
    assert watcher.facts["held"] == 1
    broker.run(watcher.kill())
    assert await read_by_the_next(broker.settings, evaluation) == [encode_event(event)]
    async with ServiceBusClient.from_connection_string(broker.settings["ServiceBus"]) as client:
        async with client.get_subscription_receiver(
            "outcomes", "watchers", session_id=evaluation
        ) as receiver:
            [left] = await receiver.peek_messages()
            assert left.delivery_count == 1, "the lock expired, and that counted"
        for name in ("training", "verdicts"):
            async with client.get_subscription_receiver("outcomes", name) as receiver:
                assert [each.message_id for each in await receiver.peek_messages()] == [event.id]
