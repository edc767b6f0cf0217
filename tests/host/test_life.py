"""How the host lives: locks renewed, brokers lost, work given time to end, and nothing left behind."""

import signal
import time
import uuid
from pathlib import Path
from typing import Any

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from tests.host.serving import Process, connection_to, serving_broker, serving_host, wait_until


async def send(connection: str, queue: str, body: str, **fields: Any) -> str:
    sent = ServiceBusMessage(body, message_id=str(uuid.uuid4()), **fields)
    async with (
        ServiceBusClient.from_connection_string(connection) as client,
        client.get_queue_sender(queue) as sender,
    ):
        await sender.send_messages(sent)
    return str(sent.message_id)


async def waiting(connection: str, queue: str) -> int:
    async with (
        ServiceBusClient.from_connection_string(connection) as client,
        client.get_queue_receiver(queue) as receiver,
    ):
        return len(await receiver.peek_messages(100))


def settings(connection: str, queue: str) -> dict[str, str]:
    return {"ServiceBus": connection, "QUEUE": queue}


def _folders(folder: Path) -> tuple[Path, Path]:
    one, other = folder / "one", folder / "other"
    one.mkdir()
    other.mkdir()
    return one, other


def ended(process: Process, *, within_s: float) -> float:
    """How long the process took to end by itself, with code 0."""
    started = time.monotonic()
    assert process.popen.wait(timeout=within_s) == 0, process.logged()
    return time.monotonic() - started


async def test_a_lock_is_renewed_for_as_long_as_host_json_says(connection: str, folder: Path) -> None:
    renewed, unrenewed = _folders(folder)
    with (
        serving_host("long", renewed, settings(connection, "long")) as keeper,
        serving_host("long_unrenewed", unrenewed, settings(connection, "other")) as loser,
    ):
        kept = await send(connection, "long", "6.5")  # the locks last 5 s
        lost = await send(connection, "other", "6.5")
        wait_until(lambda: f"message {kept} succeeded" in keeper.logged(), "the function ends")
        wait_until(lambda: f"message {lost} not settled: MessageLockLostError" in loser.logged(), "the loss")
        assert [fact["delivery"] for fact in keeper.recorded()] == [1]
        assert [fact["delivery"] for fact in loser.recorded()] == [1, 2]
    assert await waiting(connection, "long") == 0
    assert "not settled" not in keeper.logged()


async def test_a_lost_broker_is_found_again_quietly(folder: Path) -> None:
    with serving_broker(folder) as first:
        connection, port = connection_to(first), first.port
        with serving_host("long", folder, settings(connection, "long")) as host:
            await send(connection, "long", "0")
            host.wait_for("long")
            first.popen.kill()
            first.popen.wait()
            wait_until(lambda: "disconnected" in host.logged(), "the loss is noticed")
            with serving_broker(folder, port=port):
                await send(connection, "long", "0")
                host.wait_for("long", count=2)
            assert host.logged().count("disconnected") <= 2  # once an outage: the second broker ends as well
            assert host.popen.poll() is None


async def test_work_that_ends_in_time_is_completed(connection: str, folder: Path) -> None:
    with serving_host("long", folder, settings(connection, "long")) as host:
        sent = await send(connection, "long", "2")
        host.wait_for("long")
        host.popen.send_signal(signal.SIGTERM)
        assert 1 < ended(host, within_s=8) < 7
        assert f"message {sent} succeeded" in host.logged()
    assert await waiting(connection, "long") == 0


async def test_work_that_does_not_end_is_left_for_another(connection: str, folder: Path) -> None:
    waits, sits = _folders(folder)
    with (
        serving_host("long", waits, settings(connection, "long")) as waiter,
        serving_host("stuck", sits, settings(connection, "stuck")) as sitter,
    ):
        sent = await send(connection, "long", "60")
        await send(connection, "stuck", "x")
        waiter.wait_for("long")
        sitter.wait_for("stuck")
        waiter.popen.send_signal(signal.SIGINT)
        assert sitter.popen.stdin is not None
        sitter.popen.stdin.close()  # as when the parent is gone
        assert ended(waiter, within_s=9) > 4
        ended(sitter, within_s=4)  # a thread that cannot be stopped does not keep it
        assert "succeeded" not in waiter.logged() + sitter.logged()
    with serving_host("long", folder, settings(connection, "long")) as host:
        [fact] = host.wait_for("long")
        assert (fact["id"], fact["delivery"]) == (sent, 2)


def test_an_idle_host_ends_at_once(connection: str, folder: Path) -> None:
    with serving_host("long", folder, settings(connection, "long")) as host:
        host.popen.send_signal(signal.SIGTERM)
        assert ended(host, within_s=5) < 4
        assert "crashed" not in host.logged()
        assert "Traceback" not in host.logged()
