"""Patience with services that are away: an abandoned message comes back at once, so wait before giving it back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import azure.functions as func

from shared.errors import Unavailable
from shared.services import Services, services
from shared.times import redelivery_wait


@asynccontextmanager
async def patiently(message: func.ServiceBusMessage, *, lost: str = "") -> AsyncIterator[Services]:
    """The services for one message; a passing error leaves only after min(60 s, 2^deliveries), inside the lock.

    `lost` names the entity in whose dead-letter queue the message ended: it is counted once its owner is done.
    """
    wired = services()
    try:
        yield wired
    except Unavailable:
        wait = redelivery_wait(int(message.delivery_count or 1))
        await wired.clock.sleep(wait.total_seconds())
        raise
    if lost:
        wired.recorder.dead_letter(lost)
