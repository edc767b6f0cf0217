"""The worker library, and a cloud with marker tokens whose functions nobody but the worker calls."""

from collections.abc import Iterator

import pytest

from local.cloud import PARTS
from tests.clouds import CloudThread
from tests.worker.interpreter import MISSING, with_worker
from tests.worker.worker import Worker


@pytest.fixture(scope="session")
def worker() -> Worker:
    python = with_worker()
    assert python is not None, MISSING
    return Worker(python)


@pytest.fixture(scope="session")
def hostless_cloud() -> Iterator[CloudThread]:
    options = ["--marker-tokens"]
    parts = [part for part in PARTS if part != "host"]
    with CloudThread(parts=parts, extra={"content_safety": options}) as running:
        yield running
