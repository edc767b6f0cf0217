"""A bus under test, and a look at what came out of it: the fake's and the broker's."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient

from shared.adapters.service_bus import ServiceBus
from shared.messages import CollectEvaluation, EvaluateDataShard, EvaluateModelShard, encode
from shared.outcome import encode_event
from shared.ports import Bus
from shared.settings import Connection
from tests.fakes import FakeBus

QUEUES = {"collection": "collections", "data": "data-shards", "model": "model-shards"}


class Mail(Protocol):
    """A bus, and a look at what came out of it."""

    bus: Bus

    async def taken(self, kind: str, evaluation: str, *, after_s: float = 0.5) -> list[bytes]:
        """The bodies that can be received of an evaluation `after_s` from now; they are gone then."""

    async def deliveries(self, evaluation: str) -> list[int]:
        """How often each waiting tally counts as delivered."""


class FakeMail:
    def __init__(self) -> None:
        self.bus = FakeBus()
        self._taken: list[object] = []

    async def taken(self, kind: str, evaluation: str, *, after_s: float = 0.5) -> list[bytes]:
        bodies = []
        for _, message, delay_s in self.bus.sent:
            of = {
                CollectEvaluation: "collection",
                EvaluateDataShard: "data",
                EvaluateModelShard: "model",
            }.get(type(message), "event")
            of_evaluation = message.data.evaluation if of == "event" else getattr(message, "evaluation", "")
            if (
                (of, of_evaluation) == (kind, evaluation)
                and delay_s <= after_s
                and message not in self._taken
            ):
                self._taken.append(message)
                bodies.append(encode_event(message) if of == "event" else encode(message))
        return bodies

    async def deliveries(self, evaluation: str) -> list[int]:
        return [0] * len([m for m in self.bus.waiting if (m.message_id or "").startswith(evaluation)])


class ServedMail:
    def __init__(self, connection_string: str) -> None:
        self.bus = bus_at(connection_string)
        self._client = ServiceBusClient.from_connection_string(connection_string)
        self._came: defaultdict[str, list[bytes]] = defaultdict(list)

    @asynccontextmanager
    async def collecting(self) -> AsyncIterator[None]:
        """While it lasts, all that comes on the queues is taken at once."""
        tasks = [asyncio.create_task(self._collect(kind, queue)) for kind, queue in QUEUES.items()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await close(self.bus)
            await self._client.close()

    async def _collect(self, kind: str, queue: str) -> None:
        async with self._client.get_queue_receiver(queue, receive_mode="receiveanddelete") as receiver:
            while True:
                for message in await receiver.receive_messages(max_message_count=200, max_wait_time=1):
                    self._came[f"{kind} {(message.message_id or '')[:32]}"].append(b"".join(message.body))

    async def taken(self, kind: str, evaluation: str, *, after_s: float = 0.5) -> list[bytes]:
        if kind == "event":
            receiver = self._client.get_subscription_receiver("outcomes", "watchers", session_id=evaluation)
            bodies: list[bytes] = []
            async with receiver:
                while came := await receiver.receive_messages(50, max_wait_time=after_s):
                    bodies += [b"".join(message.body) for message in came]
            return bodies
        await asyncio.sleep(after_s)
        return self._came.pop(f"{kind} {evaluation}", [])

    async def deliveries(self, evaluation: str) -> list[int]:
        async with self._client.get_queue_receiver("tallies", session_id=evaluation) as receiver:
            waiting: Sequence[ServiceBusReceivedMessage] = await receiver.peek_messages(max_message_count=100)
            return [message.delivery_count or 0 for message in waiting]


def bus_at(connection_string: str) -> ServiceBus:
    """The adapter, as often tried again by the SDK as ever, but after shorter pauses."""
    bus = ServiceBus(Connection(secret=connection_string))
    bus._client._config.retry_backoff_factor = 0.05
    return bus


async def close(bus: ServiceBus) -> None:
    for sender in bus._senders.values():
        await sender.close()
    await bus._client.close()
    await bus._sessions.close()
