"""The local clouds the tests run on: real servers on loopback, started once for the whole run."""

from collections.abc import Iterator

import pytest

from tests.clouds import CloudThread


@pytest.fixture(scope="session")
def cloud() -> Iterator[CloudThread]:
    """A whole cloud with the shipped classifier."""
    with CloudThread() as running:
        yield running


@pytest.fixture(scope="session")
def marked_cloud() -> Iterator[CloudThread]:
    """A whole cloud whose classifier reads marker tokens: for plumbing, where severities must be chosen."""
    with CloudThread(extra={"content_safety": ["--marker-tokens"]}) as running:
        yield running
