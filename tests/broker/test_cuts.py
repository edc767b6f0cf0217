"""A connection that is lost without a word: what becomes of its session, with and without the switch."""

import asyncio
import time

import pytest

from local.broker.decoding import decode
from local.broker.performatives import CLOSE, DETACH, TRANSFER
from local.broker.values import Described, UInt
from tests.broker.served import Served, serve
from tests.broker.wire import Refused, Wire, message

_LOCK_S = 1  # of the queue brief-talks


async def leave_a_session(served: Served, how: str) -> None:
    """Receive a message of a session without settling it, and go."""
    async with Wire(served) as wire:
        await wire.start()
        await wire.sent(await wire.attach_sender("brief-talks"), message(session_id="s"))
        handle = await wire.attach_receiver("brief-talks", session="s")
        wire.credit(handle, 1)
        await wire.expect(TRANSFER)
        if how == "detach":
            wire.send(DETACH, UInt(handle), True)
            await wire.expect(DETACH, detached=handle)
        elif how == "close":
            wire.send(CLOSE, channel=0)
            with pytest.raises(Refused):
                await wire.expect()
        else:
            wire.writer.transport.abort()


async def accept_again(served: Served) -> tuple[float, object]:
    """Return how long it took until the session could be accepted, and the delivery count of its message."""
    begun = time.monotonic()
    async with Wire(served) as wire:
        await wire.start()
        while True:
            try:
                handle = await wire.attach_receiver("brief-talks", session="s")
            except Refused as refusal:
                assert refusal.condition == "com.microsoft:session-cannot-be-locked"
                assert time.monotonic() - begun < 10 * _LOCK_S
                await asyncio.sleep(0.02)
            else:
                break
        waited = time.monotonic() - begun
        wire.credit(handle, 1)
        header, _ = decode((await wire.expect(TRANSFER)).payload())
        assert isinstance(header, Described) and isinstance(header.value, list)
        return waited, header.value[4]


@pytest.mark.parametrize("holds", [False, True])
@pytest.mark.parametrize("how", ["detach", "close", "cut"])
async def test_only_a_cut_under_the_switch_holds_the_session_and_counts(how: str, holds: bool) -> None:
    with serve(cut_holds_sessions=holds) as served:
        await leave_a_session(served, how)
        waited, count = await accept_again(served)
    if how == "cut" and holds:
        assert waited > _LOCK_S / 2
        assert count == 1
    else:
        assert waited < _LOCK_S / 2
        assert count == 0


async def test_next_available_does_not_get_a_session_that_is_held_after_a_cut() -> None:
    with serve(cut_holds_sessions=True) as served:
        await leave_a_session(served, "cut")
        async with Wire(served) as wire:
            await wire.start()
            with pytest.raises(Refused) as refusal:
                await wire.attach_receiver("brief-talks", session=None, wait_ms=200)
            assert refusal.value.condition == "com.microsoft:timeout"
            await wire.attach_receiver("brief-talks", session=None, wait_ms=4000)


async def test_a_plain_lock_outlives_the_link_and_the_connection(served: Served) -> None:
    async with Wire(served) as wire:
        await wire.start()
        await wire.sent(await wire.attach_sender("brief"), message())
        wire.credit(await wire.attach_receiver("brief"), 1)
        await wire.expect(TRANSFER)
        wire.writer.transport.abort()
    begun = time.monotonic()
    async with Wire(served) as wire:
        await wire.start()
        wire.credit(await wire.attach_receiver("brief"), 1)
        header, _ = decode((await wire.expect(TRANSFER)).payload())
    assert time.monotonic() - begun > _LOCK_S / 2
    assert isinstance(header, Described) and isinstance(header.value, list)
    assert header.value[4] == 1
