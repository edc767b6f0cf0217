"""Service Bus triggers: peek-lock, complete on success, abandon at once on an exception, through the Azure SDK."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusReceivedMessage, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver
from azure.servicebus.exceptions import (
    MessageAlreadySettled,
    MessageLockLostError,
    OperationTimeoutError,
    SessionLockLostError,
)

from local.host.app_settings import AppSettings, Connection, identity
from local.host.functions import Function
from local.host.host_json import ServiceBusOptions
from local.host.invocation import Invoker
from local.host.lanes import Lanes
from local.host.locks import kept, remaining_s
from local.host.refusals import InvocationFailed, Refused
from local.host.service_bus_metadata import UnreadableBody, body, trigger_metadata

_log = logging.getLogger("local.host.service_bus")

_DEAD_LETTERS = "/$deadletterqueue"
_DEFAULT_CONNECTION = "AzureWebJobsServiceBus"
_WAIT_FOR_A_MESSAGE_S = 30.0
_WAIT_FOR_A_SESSION_S = 30.0
_LOOK_UP_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A queue or a subscription, or the dead-letter queue of either."""

    queue: str
    topic: str
    subscription: str
    dead_letters: bool
    sessions: bool

    @classmethod
    def of(cls, function: Function, settings: AppSettings) -> "Entity":
        """What the trigger names, with its %Setting%s resolved."""
        trigger = function.trigger
        queue = settings.resolved(trigger.text("queueName"))
        subscription = settings.resolved(trigger.text("subscriptionName"))
        last = queue or subscription
        dead_letters = last.lower().endswith(_DEAD_LETTERS)
        name = last[: -len(_DEAD_LETTERS)] if dead_letters else last
        if trigger.text("cardinality").lower() == "many":
            raise Refused(
                f"function {function.name}: the local host serves messages one by one, not cardinality many"
            )
        return cls(
            queue=name if queue else "",
            topic=settings.resolved(trigger.text("topicName")),
            subscription="" if queue else name,
            dead_letters=dead_letters,
            sessions=trigger.flag("isSessionsEnabled"),
        )


class ServiceBusListener:
    """Feeds one function from one entity, in as many lanes as there is work for and host.json allows."""

    def __init__(
        self, function: Function, settings: AppSettings, options: ServiceBusOptions, invoker: Invoker
    ) -> None:
        self._function = function
        self._entity = Entity.of(function, settings)
        self._connection = settings.connection(
            function.trigger.text("connection") or _DEFAULT_CONNECTION, "fullyQualifiedNamespace"
        )
        self._options = options
        self._invoker = invoker
        self._binary = function.trigger.text("dataType") in ("2", "BINARY", "binary")
        sessions = self._entity.sessions
        self._lanes = Lanes(
            most=options.max_concurrent_sessions if sessions else options.max_concurrent_calls,
            serve=self._serve_sessions if sessions else self._serve_messages,
            name=function.name,
        )

    async def run(self) -> None:
        """Serve until stopped."""
        await self._lanes.run()

    async def stop(self, *, grace_s: float) -> None:
        """Take no more messages; give those being worked on up to `grace_s`."""
        await self._lanes.stop(grace_s=grace_s)

    async def _serve_messages(self, lanes: Lanes) -> None:
        async with _connected(self._connection) as client, self._receiver(client) as receiver:
            lanes.connected()
            while True:
                messages = await receiver.receive_messages(
                    max_message_count=1, max_wait_time=_WAIT_FOR_A_MESSAGE_S
                )
                if not messages and lanes.leave():
                    return
                for message in messages:
                    async with lanes.work():
                        await self._handle(receiver, message)

    async def _serve_sessions(self, lanes: Lanes) -> None:
        async with _connected(self._connection) as client:
            while True:
                try:
                    async with self._receiver(client, session=True) as receiver:
                        lanes.connected()
                        async with lanes.work():
                            await self._serve_session(receiver, lanes)
                except OperationTimeoutError:
                    lanes.connected()
                    if lanes.leave():
                        return
                except SessionLockLostError:
                    _log.warning("%s: a session's lock was lost", self._function.name)

    async def _serve_session(self, receiver: ServiceBusReceiver, lanes: Lanes) -> None:
        """Hand over the session's messages in order, until none comes for sessionIdleTimeout."""
        session = receiver.session
        clock = asyncio.get_running_loop().time
        worked = clock()
        half_lock_s = remaining_s(session.locked_until_utc) / 2
        while not lanes.stopping and (idle_s := worked + self._options.session_idle_s - clock()) > 0:
            messages = await receiver.receive_messages(
                max_message_count=1, max_wait_time=min(idle_s, _LOOK_UP_S)
            )
            for message in messages:
                await self._handle(receiver, message)
                worked = clock()
            renewable = clock() < worked + self._options.lock_renewal_s
            if renewable and remaining_s(session.locked_until_utc) < half_lock_s:
                await session.renew_lock()

    async def _handle(self, receiver: ServiceBusReceiver, message: ServiceBusReceivedMessage) -> None:
        """Call the function and settle the message accordingly."""
        session = receiver.session if self._entity.sessions else None
        keeping = (
            kept(session.renew_lock, session.locked_until_utc, at_most_s=self._options.lock_renewal_s)
            if session
            else kept(
                lambda: receiver.renew_message_lock(message),
                message.locked_until_utc,
                at_most_s=self._options.lock_renewal_s,
            )
        )
        settle = receiver.complete_message
        async with keeping:
            try:
                await self._invoker.invoke(
                    self._function,
                    body(message, binary=self._binary),
                    trigger_metadata(message),
                    subject=f"message {message.message_id}",
                )
            except UnreadableBody:
                _log.warning("%s: message %s has no data body", self._function.name, message.message_id)
                settle = receiver.abandon_message
            except InvocationFailed:
                settle = receiver.abandon_message
        try:
            await settle(message)
        except (MessageLockLostError, MessageAlreadySettled) as error:
            _log.warning(
                "%s: message %s not settled: %s",
                self._function.name,
                message.message_id,
                type(error).__name__,
            )

    def _receiver(self, client: ServiceBusClient, *, session: bool = False) -> ServiceBusReceiver:
        entity = self._entity
        sub_queue = ServiceBusSubQueue.DEAD_LETTER if entity.dead_letters else None
        session_id = NEXT_AVAILABLE_SESSION if session else None
        wait_s = _WAIT_FOR_A_SESSION_S if session else None
        if entity.queue:
            return client.get_queue_receiver(
                entity.queue, sub_queue=sub_queue, session_id=session_id, max_wait_time=wait_s
            )
        return client.get_subscription_receiver(
            entity.topic,
            entity.subscription,
            sub_queue=sub_queue,
            session_id=session_id,
            max_wait_time=wait_s,
        )


@asynccontextmanager
async def _connected(connection: Connection) -> AsyncIterator[ServiceBusClient]:
    # One try by the SDK: the lanes wait and try again themselves, and longer.
    if connection.connection_string:
        client = ServiceBusClient.from_connection_string(connection.connection_string, retry_total=0)
        async with client:
            yield client
        return
    async with (
        identity() as credential,
        ServiceBusClient(connection.address, credential, retry_total=0) as client,
    ):
        yield client
