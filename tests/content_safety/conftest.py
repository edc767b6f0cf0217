"""Fixtures of the Content Safety service's tests."""

from collections.abc import Iterator

import pytest

from tests.content_safety.serving import Served, served


@pytest.fixture(scope="module")
def service() -> Iterator[Served]:
    """The service with its shipped classifier, one for all tests of a module."""
    with served() as running:
        yield running


@pytest.fixture(scope="module")
def marked() -> Iterator[Served]:
    """The service with marker tokens: a text names its severities itself."""
    with served("--marker-tokens") as running:
        yield running
