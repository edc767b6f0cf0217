"""Notices: what subscription `watchers` tells of an evaluation, its progress and in the end its outcome.

A watcher settles nothing: the notices stay for every other watcher, and each look sees all of them again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from client.bus import SERVICE
from client.reaching import away, heed_cancellation
from shared.errors import SessionBusy, Unavailable
from shared.outcome import Event, OutcomeEvent, Progress, ProgressEvent

HOLD_S: Final = 1.0
"""How long a session is held at a time: others want to look, too."""
PAUSE_S: Final = 0.25
"""How long it is left to others."""
PATIENCE_S: Final = 10.0
"""How long the service may be away before the command gives up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An event as it was published, decoded and verbatim."""

    event: Event
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeNotice:
    """The event that ends an evaluation, decoded and verbatim."""

    event: OutcomeEvent
    body: str


class Watchers(Protocol):
    """Looks at the notices of an evaluation."""

    @property
    def address(self) -> str:
        """Where the service is, for a message that says so."""

    async def look(self, evaluation: str, hold_s: float = HOLD_S) -> Sequence[Notice]:
        """All notices from the first on, or those until the outcome; waits up to `hold_s` for more.

        Raises SessionBusy where another watcher holds the session, Unavailable where the service is away, and
        Unreachable where trying again is of no use.
        """


def outcome_among(notices: Sequence[Notice]) -> OutcomeNotice | None:
    """The outcome among the notices; the first, should there be more."""
    for notice in notices:
        if isinstance(notice.event, OutcomeEvent):
            return OutcomeNotice(event=notice.event, body=notice.body)
    return None


async def await_outcome(
    watchers: Watchers,
    evaluation: str,
    told: Callable[[Progress], None],
    *,
    patience_s: float = PATIENCE_S,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> OutcomeNotice:
    """The outcome of the evaluation, once it is published; `told` hears of progress, which never goes back.

    Raises Unreachable where the service stays away for longer than `patience_s`.
    """
    furthest = -1
    last_answer = time.monotonic()
    while True:
        notices: Sequence[Notice] = ()
        try:
            notices = await watchers.look(evaluation)
            last_answer = time.monotonic()
        except SessionBusy:
            last_answer = time.monotonic()
        except Unavailable as error:
            if time.monotonic() - last_answer > patience_s:
                raise away(SERVICE, watchers.address, str(error)) from None
        heed_cancellation()
        found = outcome_among(notices)
        if found is not None:
            return found
        for notice in notices:
            if isinstance(notice.event, ProgressEvent) and notice.event.data.done > furthest:
                furthest = notice.event.data.done
                told(notice.event.data)
        await sleep(PAUSE_S)
