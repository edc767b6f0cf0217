"""A message's or a session's lock, kept while a function works under it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from azure.core.exceptions import AzureError

_log = logging.getLogger("local.host.locks")


def remaining_s(locked_until_utc: datetime | None) -> float:
    """The seconds left of a lock; none where it has no end or is past."""
    return max(0.0, (locked_until_utc - datetime.now(UTC)).total_seconds()) if locked_until_utc else 0.0


@asynccontextmanager
async def kept(
    renew: Callable[[], Awaitable[datetime]], locked_until_utc: datetime | None, *, at_most_s: float
) -> AsyncIterator[None]:
    """Renew the lock at half of what is left of it, for at most `at_most_s`; a lost lock is not renewed again.

    On the way out it waits for a renewal under way: the SDK's receivers are not for two tasks at once.
    """
    finished = asyncio.Event()
    keeper = asyncio.create_task(_keep(renew, locked_until_utc, at_most_s, finished))
    try:
        yield
    finally:
        finished.set()
        await keeper


async def _keep(
    renew: Callable[[], Awaitable[datetime]],
    locked_until_utc: datetime | None,
    at_most_s: float,
    finished: asyncio.Event,
) -> None:
    ends = asyncio.get_running_loop().time() + at_most_s
    until = locked_until_utc
    while True:
        now = asyncio.get_running_loop().time()
        due = now + remaining_s(until) / 2
        if until is None or due > ends:
            return
        try:
            async with asyncio.timeout_at(due):
                await finished.wait()
            return
        except TimeoutError:
            pass
        try:
            until = await renew()
        except (AzureError, OSError) as error:
            # The function is not stopped for it, as in the real host: settling the message will fail.
            _log.warning("a lock could not be renewed: %s", type(error).__name__)
            return
