"""Batches of shards: the SDK counts some bytes too few, and Service Bus refuses one of too many."""

import uuid

import pytest
from msgspec.structs import replace

from tests.clouds import CloudThread
from tests.contract.mail import bus_at, close
from tests.contract.test_bus import FILE, data_shard


@pytest.mark.parametrize("length", [17, 53])
async def test_a_full_batch_is_not_refused(servers: CloudThread, length: int) -> None:
    """With names of these lengths the SDK fills a batch to some bytes more than Service Bus takes."""
    evaluation = uuid.uuid4().hex
    bus = bus_at(servers.settings["ServiceBus"])
    file = replace(FILE, blob="job/" + "x" * length)
    await bus.send_shards([replace(data_shard(evaluation, number), file=file) for number in range(760)])
    await close(bus)
