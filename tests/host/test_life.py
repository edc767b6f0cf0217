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


def ended(process: Process, *, within_s: float) -> float:
    """How long the process took to end by itself, with code 0."""
    started = time.monotonic()
    assert process.popen.wait(timeout=within_s) == 0, process.logged()
    return time.monotonic() - started


async def test_a_lock_is_renewed_while_the_function_works(folder: Path) -> None:
    with serving_broker(folder) as broker:
        connection = connection_to(broker)
        with serving_host("long", folder, {"ServiceBus": connection}) as host:
            sent = await send(connection, "long", "7")  # the lock lasts 5 s
            wait_until(lambda: f"message {sent} succeeded" in host.logged(), "the function ends")
            wait_until(lambda: len(host.recorded()) == 1, "one delivery")
        assert await waiting(connection, "long") == 0
        assert "not settled" not in host.logged()


async def test_without_renewal_the_message_comes_again(folder: Path) -> None:
    with serving_broker(folder) as broker:
        connection = connection_to(broker)
        with serving_host("long_unrenewed", folder, {"ServiceBus": connection}) as host:
            sent = await send(connection, "long", "7")
            wait_until(lambda: f"message {sent} not settled: MessageLockLostError" in host.logged(), "the loss")
            assert [fact["delivery"] for fact in host.recorded()] == [1, 2]


async def test_a_lost_broker_is_found_again_quietly(folder: Path) -> None:
    with serving_broker(folder) as first:
        connection, port = connection_to(first), first.port
        with serving_host("long", folder, {"ServiceBus": connection}) as host:
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
    with serving_host("long", folder, {"ServiceBus": connection}) as host:
        sent = await send(connection, "long", "2")
        host.wait_for("long")
        host.popen.send_signal(signal.SIGTERM)
        assert 1 < ended(host, within_s=8) < 7
        assert f"message {sent} succeeded" in host.logged()
    assert await waiting(connection, "long") == 0


async def test_work_that_does_not_end_is_left_for_another(folder: Path) -> None:
    with serving_broker(folder) as broker:
        connection = connection_to(broker)
        with serving_host("long", folder, {"ServiceBus": connection}) as host:
            sent = await send(connection, "long", "60")
            host.wait_for("long")
            host.popen.send_signal(signal.SIGINT)
            assert ended(host, within_s=9) > 4
            assert "succeeded" not in host.logged()
        again = folder / "again"
        again.mkdir()
        with serving_host("long", again, {"ServiceBus": connection}) as host:
            [fact] = host.wait_for("long")
            assert (fact["id"], fact["delivery"]) == (sent, 2)


async def test_a_thread_that_cannot_be_stopped_does_not_keep_the_host(folder: Path) -> None:
    with serving_broker(folder) as broker:
        connection = connection_to(broker)
        with serving_host("stuck", folder, {"ServiceBus": connection}) as host:
            await send(connection, "long", "x")
            host.wait_for("stuck")
            assert host.popen.stdin is not None
            host.popen.stdin.close()  # as when the parent is gone
            ended(host, within_s=9)


def test_an_idle_host_ends_at_once(connection: str, folder: Path) -> None:
    with serving_host("long", folder, {"ServiceBus": connection}) as host:
        host.popen.send_signal(signal.SIGTERM)
        assert ended(host, within_s=5) < 4
        assert "crashed" not in host.logged()
        assert "Traceback" not in host.logged()
