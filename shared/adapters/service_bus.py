"""The bus: work, tallies, collections and outcomes over Service Bus."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from azure.servicebus import ServiceBusMessage, ServiceBusMessageBatch, ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender
from azure.servicebus.amqp import AmqpMessageBodyType
from azure.servicebus.exceptions import MessageSizeExceededError, ServiceBusError, SessionCannotBeLockedError

from shared.adapters.identity import credential
from shared.errors import SessionBusy, Unavailable
from shared.ids import collect_message_id, shard_message_id
from shared.messages import CollectEvaluation, EvaluateModelShard, Message, Work, encode
from shared.outcome import OutcomeEvent, ProgressEvent, encode_event
from shared.ports import Delivered, TallySession
from shared.settings import Connection
from shared.tally import Tally

DATA_SHARDS: Final = "data-shards"
MODEL_SHARDS: Final = "model-shards"
COLLECTIONS: Final = "collections"
TALLIES: Final = "tallies"
OUTCOMES: Final = "outcomes"

_JSON: Final = "application/json"
_MAX_BATCH_BYTES: Final = 255 * 1024
"""Below Service Bus's 256 KiB: the SDK counts 54 bytes of a batch too few, and a full one would be refused whole."""


class ServiceBus:
    """`ports.Bus` on azure-servicebus: one sender an entity, opened when first needed."""

    def __init__(self, connection: Connection) -> None:
        self._client = bus_client(connection)
        # A session that is held stays held: the SDK's own retries would only keep the collector waiting.
        self._sessions = bus_client(connection, retry_total=0)
        self._senders: dict[str, ServiceBusSender] = {}
        # A sender is for one task at a time.
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def send_collection(self, message: CollectEvaluation, *, delay_s: float = 0) -> None:
        message_id = collect_message_id(message.evaluation, message.round)
        await self._send(COLLECTIONS, [_message(message, message_id, delay_s=delay_s)])

    async def send_shards(self, shards: Sequence[Work], *, delay_s: float = 0) -> None:
        queue = MODEL_SHARDS if isinstance(shards[0], EvaluateModelShard) else DATA_SHARDS
        await self._send(queue, [_message(shard, shard.message_id, delay_s=delay_s) for shard in shards])

    async def send_tally(self, tally: Tally) -> None:
        message_id = shard_message_id(tally.evaluation, tally.shard)
        await self._send(TALLIES, [_message(tally, message_id, session_id=tally.evaluation)])

    async def publish(self, event: OutcomeEvent | ProgressEvent) -> None:
        what = "outcome" if isinstance(event, OutcomeEvent) else "progress"
        message = ServiceBusMessage(
            encode_event(event),
            message_id=event.id,
            session_id=event.data.evaluation,
            content_type="application/cloudevents+json",
            application_properties={"what": what, "kind": event.data.kind},
        )
        await self._send(OUTCOMES, [message])

    def tallies(self, evaluation: str) -> AbstractAsyncContextManager[TallySession]:
        return self._tallies(evaluation)

    @asynccontextmanager
    async def _tallies(self, evaluation: str) -> AsyncIterator[TallySession]:
        receiver = self._sessions.get_queue_receiver(TALLIES, session_id=evaluation)
        try:
            await receiver.__aenter__()
        except SessionCannotBeLockedError:
            raise SessionBusy("another collector holds the session") from None
        except ServiceBusError as error:
            raise Unavailable(f"service bus: {type(error).__name__}") from None
        try:
            yield _SessionOfTallies(receiver)
        finally:
            await receiver.close()

    async def _send(self, entity: str, messages: Sequence[ServiceBusMessage]) -> None:
        async with self._locks[entity]:
            try:
                sender = await self._sender(entity)
                for batch in await _batches(sender, messages):
                    await sender.send_messages(batch)
            except ServiceBusError as error:
                broken = self._senders.pop(entity, None)
                if broken is not None:
                    await broken.close()
                raise Unavailable(f"service bus: {type(error).__name__}") from None

    async def _sender(self, entity: str) -> ServiceBusSender:
        sender = self._senders.get(entity)
        if sender is None:
            topic = entity == OUTCOMES
            sender = self._client.get_topic_sender(entity) if topic else self._client.get_queue_sender(entity)
            self._senders[entity] = sender
        return sender


def bus_client(connection: Connection, **options: Any) -> ServiceBusClient:
    """The client at a connection; raises ValueError where that is no address and no connection string."""
    if connection.address:
        return ServiceBusClient(connection.address, credential(connection.client_id), **options)
    return ServiceBusClient.from_connection_string(connection.secret, **options)


class _SessionOfTallies:
    """`ports.TallySession` on a session receiver; closing it gives every message back uncounted."""

    def __init__(self, receiver: ServiceBusReceiver) -> None:
        self._receiver = receiver

    async def receive(self, idle_s: float) -> Sequence[Delivered]:
        try:
            messages = await self._receiver.receive_messages(max_message_count=200, max_wait_time=idle_s)
        except ServiceBusError as error:
            raise Unavailable(f"service bus: {type(error).__name__}") from None
        return [Delivered(body=body_of(message), message_id=message.message_id) for message in messages]


def body_of(message: ServiceBusReceivedMessage) -> bytes:
    """The body; empty where it is no data. That is nobody's we know, and decodes to nothing."""
    return b"".join(message.body) if message.body_type is AmqpMessageBodyType.DATA else b""


async def _batches(
    sender: ServiceBusSender, messages: Sequence[ServiceBusMessage]
) -> list[ServiceBusMessageBatch | ServiceBusMessage]:
    """The messages in as few batches as they fit in; one alone goes as it is."""
    if len(messages) == 1:
        return [messages[0]]
    batches = [await _batch(sender)]
    for message in messages:
        try:
            batches[-1].add_message(message)
        except MessageSizeExceededError:
            batches.append(await _batch(sender))
            batches[-1].add_message(message)
    return list(batches)


async def _batch(sender: ServiceBusSender) -> ServiceBusMessageBatch:
    return await sender.create_message_batch(max_size_in_bytes=_MAX_BATCH_BYTES)


def _message(
    message: Message, message_id: str, *, delay_s: float = 0, session_id: str | None = None
) -> ServiceBusMessage:
    due = datetime.now(UTC) + timedelta(seconds=delay_s) if delay_s > 0 else None
    return ServiceBusMessage(
        encode(message),
        message_id=message_id,
        session_id=session_id,
        content_type=_JSON,
        scheduled_enqueue_time_utc=due,
    )
