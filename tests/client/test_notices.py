"""Waiting for an outcome, over a subscription that has every trouble a real one can have."""

import asyncio
from collections.abc import Sequence

import pytest

from client.errors import Unreachable
from client.notices import Notice, await_outcome
from shared.errors import SessionBusy, Unavailable
from shared.outcome import Progress, decode_event
from tests.client.outcomes import DATA_EVALUATION, body_of, data_outcome, progress_body

OUTCOME = body_of(data_outcome())
Step = Sequence[bytes] | Exception


class ScriptedWatchers:
    """Answers each look with the next step of a script; the last one stays."""

    address = "sb://scripted"

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.looks = 0

    async def look(self, evaluation: str, hold_s: float = 1.0) -> Sequence[Notice]:
        assert (evaluation, hold_s <= 1.0) == (DATA_EVALUATION, True)
        step = self.steps[min(self.looks, len(self.steps) - 1)]
        self.looks += 1
        if isinstance(step, Exception):
            raise step
        return [Notice(event=decode_event(body), body=body.decode()) for body in step]


async def at_once(_: float) -> None:
    await asyncio.sleep(0)


async def watched(*steps: Step, patience_s: float = 10) -> tuple[str, list[int], int]:
    told: list[Progress] = []
    watchers = ScriptedWatchers(*steps)
    notice = await await_outcome(watchers, DATA_EVALUATION, told.append, patience_s=patience_s, sleep=at_once)
    return notice.body, [progress.done for progress in told], watchers.looks


async def test_the_outcome_comes_verbatim() -> None:
    assert await watched([OUTCOME]) == (OUTCOME.decode(), [], 1)


async def test_every_look_sees_everything_again_and_progress_is_told_once() -> None:
    one, two = progress_body(1), progress_body(2)
    body, told, looks = await watched([], [one], [one, two], [one], [one, two, progress_body(9), OUTCOME])
    assert body == OUTCOME.decode()
    assert told == [1, 2]
    assert looks == 5


async def test_a_session_that_others_hold_is_waited_for_however_long() -> None:
    held = [SessionBusy("held")] * 200
    body, _, looks = await watched(*held, [OUTCOME], patience_s=0)
    assert body == OUTCOME.decode()
    assert looks == 201


async def test_a_service_that_is_away_for_a_moment_is_waited_for() -> None:
    away = Unavailable("ServiceBusConnectionError")
    body, told, looks = await watched(
        away, [progress_body(3)], away, away, [progress_body(4)], away, [OUTCOME]
    )
    assert (body, told, looks) == (OUTCOME.decode(), [3, 4], 7)


async def test_a_service_that_stays_away_is_named() -> None:
    with pytest.raises(Unreachable, match="Service Bus does not answer at sb://scripted"):
        await watched([], Unavailable("ServiceBusConnectionError"), patience_s=0.01)


async def test_a_refusal_is_not_tried_again() -> None:
    with pytest.raises(Unreachable, match="refused"):
        await watched(Unreachable("refused"), [OUTCOME])


class SwallowingWatchers(ScriptedWatchers):
    """Makes of a cancellation an error of its own, as the bus's SDK may."""

    def __init__(self) -> None:
        super().__init__()
        self.looking = asyncio.Event()

    async def look(self, evaluation: str, hold_s: float = 1.0) -> Sequence[Notice]:
        self.looking.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise Unavailable("ServiceBusError") from None
        return []


async def test_ctrl_c_ends_the_wait_even_where_the_sdk_swallows_it() -> None:
    watchers = SwallowingWatchers()
    waiting = asyncio.create_task(await_outcome(watchers, DATA_EVALUATION, lambda _: None))
    await asyncio.wait_for(watchers.looking.wait(), 5)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(waiting, 5)


async def test_a_time_out_ends_the_wait_even_where_the_sdk_swallows_it() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await await_outcome(SwallowingWatchers(), DATA_EVALUATION, lambda _: None)
