"""The local clouds the tests run on, real servers on loopback, started once for the whole run; and how examples run."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from tests.clouds import CloudThread

# How long an example takes says how busy the machine is. Every test has a time-out.
settings.register_profile("any_machine", deadline=None)
settings.load_profile("any_machine")

WAITING = frozenset({"e2e", "worker", "faults", "privacy", "promises", "connector", "telemetry", "client"})
"""Folders whose tests wait for whole clouds."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those who wait begin first: begun last, they would be waited for alone."""
    items.sort(key=lambda item: item.path.parent.name not in WAITING)


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


@pytest.fixture
def remembering(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the shipped classifier's encoder read a window that comes again only once.

    Its scores are the same: what was scored before changes none (tests/content_safety/test_inference.py).
    """
    # Here, since it takes longer to import than most tests to run.
    from local.content_safety.classifier.inference import shipped

    known: dict[tuple[int, ...], Any] = {}
    encoder = shipped()._encoder
    read = encoder.score

    def score(window: Any) -> Any:
        ids = tuple(window.ids)
        if ids not in known:
            known[ids] = read(window)
        return known[ids]

    monkeypatch.setattr(encoder, "score", score)
