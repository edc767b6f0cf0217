"""Fixtures: a broker of one's own, and the SDK in both its forms."""

from collections.abc import Iterator

import pytest

from tests.broker.ahead import Runs
from tests.broker.served import Served, serve


@pytest.fixture
def served() -> Iterator[Served]:
    """Yield an empty broker."""
    with serve() as one:
        yield one


@pytest.fixture(scope="module")
def shared() -> Iterator[Served]:
    """Yield a broker for all tests of a module that do not mind what is in it."""
    with serve() as one:
        yield one


@pytest.fixture(params=["aio", "sync"])
def kind(request: pytest.FixtureRequest) -> str:
    """Return which of the two SDKs is used."""
    return str(request.param)


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest) -> Iterator[Runs]:
    """Start all scenarios that were collected."""
    wanted = [
        (item.obj.scenario, item.callspec.params["kind"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item.obj, "scenario")
    ]
    started = Runs(wanted)
    yield started
    started.close()
