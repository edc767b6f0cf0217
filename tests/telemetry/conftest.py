"""A recorder that reports to a stand-in for Application Insights."""

from collections.abc import Iterator

import pytest

from shared.adapters.telemetry import Recorder, recorder_to
from shared.settings import Connection
from tests.telemetry.ingestion import Ingestion, ingestion


@pytest.fixture
def insights() -> Iterator[Ingestion]:
    with ingestion() as running:
        yield running


@pytest.fixture
def recorder(insights: Ingestion) -> Iterator[Recorder]:
    """What it is told arrives when it is closed."""
    made = recorder_to(Connection(secret=insights.connection_string))
    yield made
    made.close()
