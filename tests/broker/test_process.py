"""The broker as a process: its ready line, its ends, and what it never writes."""

import asyncio
import contextlib
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator

import pytest

from local.broker.values import Described, ULong
from tests.broker.served import ENTITIES, KEY, Served
from tests.broker.wire import Refused, Wire, batch, message

CANARY = b"canary-in-a-body"


@contextlib.asynccontextmanager
async def started(*options: str, config: object = ENTITIES) -> AsyncIterator[Process]:
    """Yield a broker's process, which is gone afterwards."""
    command = [sys.executable, "-m", "local.broker", "--config", str(config), "--key", KEY, *options]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def port_of(process: Process) -> int:
    """Return the port in the ready line."""
    assert process.stdout is not None
    line = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    assert line["ready"] == "broker"
    assert "news/Subscriptions/red" in line["entities"]
    return int(line["port"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_ends_quietly_at_a_signal_with_clients_connected(number: signal.Signals) -> None:
    async with started() as process, Wire(Served(port=await port_of(process))) as wire:
        await wire.start()
        process.send_signal(number)
        output, errors = await asyncio.wait_for(process.communicate(), 10)
        assert (process.returncode, output, errors) == (0, b"", b"")


async def test_it_ends_with_its_parent_and_writes_no_body_whatever_comes() -> None:
    async with started("--with-parent") as process:
        served = Served(port=await port_of(process))
        async with Wire(served) as wire:
            await wire.start()
            sender = await wire.attach_sender("plain")
            await wire.sent(sender, message(CANARY))
            for octets in (CANARY, message(CANARY)[:-2], message(CANARY, message_id="i" * 200)):
                with pytest.raises(Refused):
                    await wire.sent(sender, octets)
            with pytest.raises(Refused):
                await wire.sent(sender, batch(message(CANARY), CANARY), message_format=0x80013700)
            handle = await wire.attach_receiver("plain")
            wire.credit(handle, 1)
            delivery = (await wire.expect(0x14)).fields.needed(1)
            with pytest.raises(Refused):
                await wire.settle(delivery, Described(ULong(0x99), [CANARY]))
            wire.write(CANARY)
            with pytest.raises(Refused):
                await wire.expect()
        assert process.stdin is not None
        process.stdin.close()
        output, errors = await asyncio.wait_for(process.communicate(), 10)
        assert (process.returncode, output) == (0, b"")
        assert b"connection closed: amqp:connection:framing-error" in errors, "the scan has something to read"
        assert CANARY not in errors
        assert b"Traceback" not in errors


async def test_a_wrong_configuration_is_one_line_and_exit_code_2(tmp_path: object) -> None:
    async with started(config=f"{tmp_path}/missing.json") as process:
        output, errors = await asyncio.wait_for(process.communicate(), 20)
        assert (process.returncode, output) == (2, b"")
        assert errors.startswith(b"broker: ") and errors.count(b"\n") == 1
