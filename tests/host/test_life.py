"""How the host lives: locks renewed, brokers lost, work given time to end, and nothing left behind."""

import asyncio
import signal
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import aiohttp
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from local.host.event_grid import PATH
from tests.host.serving import KEY, Process, connection_to, serving_broker, serving_host, wait_until


async def send(connection: str, queue: str, body: str) -> str:
    sent = ServiceBusMessage(body, message_id=str(uuid.uuid4()))
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


async def until(condition: Callable[[], bool], what: str) -> None:
    await asyncio.to_thread(wait_until, condition, what)


def settings(connection: str, queue: str) -> dict[str, str]:
    return {"ServiceBus": connection, "QUEUE": queue}


def subfolder(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made


def ended(process: Process, *, within_s: float) -> float:
    """How long the process took to end by itself, with code 0."""
    started = time.monotonic()
    assert process.popen.wait(timeout=within_s) == 0, process.logged()
    return time.monotonic() - started


async def test_locks_and_endings(connection: str, folder: Path) -> None:
    """Stories that mostly wait, told side by side on a queue each; locks last 5 s."""
    async with asyncio.TaskGroup() as stories:
        stories.create_task(a_lock_is_renewed(connection, subfolder(folder, "renewed")))
        stories.create_task(an_unrenewed_lock_is_lost(connection, subfolder(folder, "unrenewed")))
        stories.create_task(work_that_does_not_end_is_left(connection, subfolder(folder, "left")))
        stories.create_task(a_stuck_thread_is_left(connection, subfolder(folder, "stuck")))
        stories.create_task(work_that_ends_in_time_is_completed(connection, subfolder(folder, "long")))
        stories.create_task(a_lost_broker_is_found_again_quietly(subfolder(folder, "broker")))


async def a_lock_is_renewed(connection: str, folder: Path) -> None:
    with serving_host("long", folder, settings(connection, "renewed")) as host:
        sent = await send(connection, "renewed", "6")
        await until(lambda: f"message {sent} succeeded" in host.logged(), "the function ends")
        assert [fact["delivery"] for fact in host.recorded()] == [1]
        await asyncio.to_thread(host.popen.send_signal, signal.SIGTERM)
        await asyncio.to_thread(ended, host, within_s=5)
        assert "not settled" not in host.logged()
    assert await waiting(connection, "renewed") == 0


async def an_unrenewed_lock_is_lost(connection: str, folder: Path) -> None:
    with serving_host("long_unrenewed", folder, settings(connection, "unrenewed")) as host:
        sent = await send(connection, "unrenewed", "6")
        lost = f"message {sent} not settled: MessageLockLostError"
        await until(lambda: lost in host.logged(), "the loss")
        assert [fact["delivery"] for fact in host.recorded()] == [1, 2]


async def work_that_does_not_end_is_left(connection: str, folder: Path) -> None:
    with serving_host("long", folder, settings(connection, "left")) as host:
        sent = await send(connection, "left", "60")
        await asyncio.to_thread(host.wait_for, "long")
        host.popen.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(ended, host, within_s=9) > 4
        assert "succeeded" not in host.logged()
    with serving_host("long", subfolder(folder, "again"), settings(connection, "left")) as host:
        [fact] = await asyncio.to_thread(host.wait_for, "long")
        assert (fact["id"], fact["delivery"]) == (sent, 2)


async def a_stuck_thread_is_left(connection: str, folder: Path) -> None:
    with serving_host("stuck", folder, settings(connection, "stuck")) as host:
        await send(connection, "stuck", "x")
        await asyncio.to_thread(host.wait_for, "stuck")
        assert host.popen.stdin is not None
        host.popen.stdin.close()  # as when the parent is gone
        await asyncio.to_thread(ended, host, within_s=9)
        assert "succeeded" not in host.logged()


async def work_that_ends_in_time_is_completed(connection: str, folder: Path) -> None:
    with serving_host("long", folder, settings(connection, "long")) as host:
        sent = await send(connection, "long", "1.5")
        await asyncio.to_thread(host.wait_for, "long")
        host.popen.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(ended, host, within_s=8) < 7
        assert f"message {sent} succeeded" in host.logged()
    assert await waiting(connection, "long") == 0


async def a_lost_broker_is_found_again_quietly(folder: Path) -> None:
    with serving_broker(folder) as first:
        connection, port = connection_to(first), first.port
        with serving_host("long", folder, settings(connection, "long")) as host:
            await send(connection, "long", "0")
            await asyncio.to_thread(host.wait_for, "long")
            first.popen.kill()
            first.popen.wait()
            await until(lambda: "disconnected" in host.logged(), "the loss is noticed")
            with serving_broker(folder, port=port):
                await send(connection, "long", "0")
                await asyncio.to_thread(lambda: host.wait_for("long", count=2))
            assert host.logged().count("disconnected") <= 2  # once an outage: the second broker ends as well
            assert host.popen.poll() is None


async def test_a_request_under_way_is_answered(connection: str, folder: Path) -> None:
    with serving_host("long", folder, settings(connection, "long")) as host:
        async with aiohttp.ClientSession(host.url) as http:
            query = {"functionName": "long_event", "code": KEY}
            headers = {"aeg-event-type": "Notification"}
            posted = asyncio.ensure_future(http.post(PATH, params=query, headers=headers, json={"id": "1"}))
            await asyncio.to_thread(host.wait_for, "long_event")
            host.popen.send_signal(signal.SIGTERM)
            assert (await posted).status == 202
        ended(host, within_s=5)


def test_an_idle_host_ends_at_once(connection: str, folder: Path) -> None:
    with serving_host("long", folder, settings(connection, "long")) as host:
        host.popen.send_signal(signal.SIGTERM)
        assert ended(host, within_s=5) < 4
        assert "crashed" not in host.logged()
        assert "Traceback" not in host.logged()
