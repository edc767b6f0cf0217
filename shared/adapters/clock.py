"""The clock on the wall."""

import asyncio
from datetime import UTC, datetime


class WallClock:
    """`ports.Clock` on the machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
