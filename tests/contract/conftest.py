"""The servers the adapters speak to: a local cloud without a host, so that nobody else takes its messages."""

import socket
from collections.abc import Iterator

import pytest

from tests.clouds import CloudThread


@pytest.fixture(scope="package")
def servers() -> Iterator[CloudThread]:
    """Azurite, the broker and the Content Safety service with marker tokens."""
    options = {
        "parts": ("azurite", "broker", "content_safety"),
        "extra": {"content_safety": ["--marker-tokens"]},
    }
    with CloudThread(**options) as running:
        yield running


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port on which nobody listens: bound, so that nobody else takes it, and never listened on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
