"""Fixtures: a broker of one's own, and the SDK in both its forms."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.broker.sdk import Face, client
from tests.broker.served import Served, serve


@pytest.fixture
def served() -> Iterator[Served]:
    """Yield an empty broker."""
    with serve() as one:
        yield one


@pytest.fixture(params=["aio", "sync"])
def kind(request: pytest.FixtureRequest) -> str:
    """Return which of the two SDKs is used."""
    return str(request.param)


@pytest.fixture
async def sdk(kind: str, served: Served) -> AsyncIterator[Face]:
    """Yield a client at the broker."""
    async with client(kind, served) as one:
        yield one
