"""Lets tests that mostly wait run ahead, side by side: the SDK sleeps half a second to open and one to close a link.

A test marked `@ahead(...)` stands in its file as any other. All that were collected are started together when the
first is due, each on a thread of its own with a broker of its own; the test then takes the result of its run.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from tests.broker.sdk import Face, client
from tests.broker.served import Served, serve

_SIDE_BY_SIDE = 10
_LONGEST_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a test has at hand: an empty broker, and a client of one of the two SDKs at it."""

    kind: str
    served: Served
    sdk: Face


Scenario = Callable[[Scene], Awaitable[None]]


class Runs:
    """The runs of this session, by scenario and SDK."""

    def __init__(self, wanted: Iterable[tuple[Scenario, str]]) -> None:
        self._pool = ThreadPoolExecutor(_SIDE_BY_SIDE)
        self._futures: dict[tuple[Scenario, str], Future[None]] = {
            (scenario, kind): self._pool.submit(_play, scenario, kind) for scenario, kind in wanted
        }

    def result(self, scenario: Scenario, kind: str) -> None:
        """Wait for a run and raise what it raised."""
        self._futures[scenario, kind].result(_LONGEST_S)

    def close(self) -> None:
        """Wait for the threads; what nobody waits for any more is not begun."""
        self._pool.shutdown(cancel_futures=True)


def ahead(scenario: Scenario) -> Callable[[str, Runs], None]:
    """Return the test of a scenario."""

    def test(kind: str, runs: Runs) -> None:
        runs.result(scenario, kind)

    test.__doc__ = scenario.__doc__
    test.scenario = scenario  # type: ignore[attr-defined]
    return test


def _play(scenario: Scenario, kind: str) -> None:
    async def play() -> None:
        with serve() as served:
            async with client(kind, served) as sdk:
                await scenario(Scene(kind=kind, served=served, sdk=sdk))

    asyncio.run(play())
