"""A customer's Azure, one for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.connector import scene as scenes


@pytest.fixture
async def scene() -> AsyncIterator[scenes.Scene]:
    async with scenes.scene() as made:
        yield made
