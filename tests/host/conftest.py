"""One broker for all tests of the host, and one host of the app `served`."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from azure.servicebus.aio import ServiceBusClient

from tests.host.serving import Host, Process, connection_to, serving_broker, serving_host


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with serving_broker(tmp_path_factory.mktemp("broker")) as process:
        yield process


@pytest.fixture(scope="session")
def connection(broker: Process) -> str:
    return connection_to(broker)


@pytest.fixture(scope="session")
def served(connection: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    settings = {"ServiceBus": connection, "WORK": "work", "NIGHTLY": "0 0 3 1 jan *"}
    with serving_host("served", tmp_path_factory.mktemp("served"), settings) as host:
        yield host


@pytest.fixture
async def bus(connection: str) -> AsyncIterator[ServiceBusClient]:
    async with ServiceBusClient.from_connection_string(connection) as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
