"""Measure the local Service Bus broker with the unmodified SDK, against a bare echo of the same size.

Run `python benchmarks/broker.py [--messages N]`. The baseline is a round trip of as many bytes through an asyncio
server in a process of its own, one after the other: what the machine does at that moment without any protocol.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

_ROOT = Path(__file__).resolve().parent.parent
_KEY = "benchmark"
_QUEUE = "data-shards"
_BODY = b"x" * 512
_BATCH = 100
_ECHO = """
import asyncio, sys
async def serve():
    async def echo(reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
asyncio.run(serve())
"""


def _start(*command: str) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT
    )
    assert process.stdout is not None
    return process, process.stdout.readline()


def _stop(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=10)


async def _rate(count: int, work: Callable[[], Awaitable[None]]) -> float:
    begun = time.perf_counter()
    await work()
    return count / (time.perf_counter() - begun)


async def _echo_rate(count: int) -> float:
    process, line = _start("-c", _ECHO)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(line))

    async def round_trips() -> None:
        for _ in range(count):
            writer.write(_BODY)
            await reader.readexactly(len(_BODY))

    try:
        return await _rate(count, round_trips)
    finally:
        writer.close()
        await writer.wait_closed()
        _stop(process)


async def _broker_rates(count: int) -> dict[str, float]:
    process, line = _start(
        "-m", "local.broker", "--config", "infra/servicebus.json", "--key", _KEY, "--with-parent"
    )
    endpoint = f"sb://127.0.0.1:{json.loads(line)['port']}"
    connection = (
        f"Endpoint={endpoint};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey={_KEY};"
        "UseDevelopmentEmulator=true;"
    )
    try:
        async with ServiceBusClient.from_connection_string(connection) as client:
            async with client.get_queue_sender(_QUEUE) as sender:

                async def singles() -> None:
                    for _ in range(count):
                        await sender.send_messages(ServiceBusMessage(_BODY))

                async def batches() -> None:
                    for _ in range(count // _BATCH):
                        await sender.send_messages([ServiceBusMessage(_BODY) for _ in range(_BATCH)])

                single = await _rate(count, singles)
                batch = await _rate(count, batches)
            async with client.get_queue_receiver(_QUEUE, prefetch_count=_BATCH) as receiver:

                async def receives() -> None:
                    left = 2 * count
                    while left:
                        messages = await receiver.receive_messages(min(left, _BATCH), max_wait_time=5)
                        for message in messages:
                            await receiver.complete_message(message)
                        left -= len(messages)

                receive = await _rate(2 * count, receives)
        return {"single sends": single, "sends in batches": batch, "receive and complete": receive}
    finally:
        _stop(process)


async def _main(count: int) -> None:
    baseline = await _echo_rate(count)
    rates = await _broker_rates(count)
    print(
        f"The broker took {rates['single sends']:.0f} single messages a second and gave out "
        f"{rates['receive and complete']:.0f}, one client waiting for each answer."
    )
    print(f"\n{'':<24}{'per second':>12}{'of the echo':>14}")
    print(f"{'bare echo round trips':<24}{baseline:>12.0f}{1:>14.1%}")
    for name, rate in rates.items():
        print(f"{name:<24}{rate:>12.0f}{rate / baseline:>14.1%}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=2000, help="messages per measurement (default 2000)")
    asyncio.run(_main(max(_BATCH, parser.parse_args().messages // _BATCH * _BATCH)))
