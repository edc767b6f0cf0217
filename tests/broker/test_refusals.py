"""What the SDK must not get away with: each rule is broken, and the SDK reports it as it reports Azure's refusal."""

import time

import pytest
from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.exceptions import (
    MessageLockLostError,
    MessageNotFoundError,
    MessageSizeExceededError,
    MessagingEntityNotFoundError,
    OperationTimeoutError,
    ServiceBusAuthenticationError,
    ServiceBusAuthorizationError,
    ServiceBusError,
    SessionCannotBeLockedError,
    SessionLockLostError,
)

from tests.broker.ahead import Scene, ahead
from tests.broker.sdk import client
from tests.broker.test_operations import in_seconds, nothing, take


async def _send_with(scene: Scene, connection_string: str) -> None:
    async with (
        client(scene.kind, scene.served, connection_string) as sdk,
        sdk.get_queue_sender("plain") as sender,
    ):
        await sender.send_messages(ServiceBusMessage("x"))


@ahead
async def test_a_wrong_key(scene: Scene) -> None:
    with pytest.raises(ServiceBusAuthenticationError):
        await _send_with(scene, scene.served.connection_string(key="another"))


@ahead
async def test_an_expired_token(scene: Scene) -> None:
    token = scene.served.token("plain", seconds=-5)
    with pytest.raises(ServiceBusError) as refused:
        await _send_with(scene, scene.served.connection_string_of_token(token))
    assert isinstance(refused.value, ServiceBusAuthenticationError | ServiceBusAuthorizationError)


@ahead
async def test_a_token_for_another_entity(scene: Scene) -> None:
    await _send_with(scene, scene.served.connection_string_of_token(scene.served.token("plain")))
    with pytest.raises(ServiceBusError) as refused:
        await _send_with(scene, scene.served.connection_string_of_token(scene.served.token("other")))
    assert isinstance(refused.value, ServiceBusAuthenticationError | ServiceBusAuthorizationError)


@ahead
async def test_an_entity_that_is_not_declared(scene: Scene) -> None:
    with pytest.raises(MessagingEntityNotFoundError):
        async with scene.sdk.get_queue_sender("nowhere"):
            raise AssertionError("the link was opened")
    with pytest.raises(MessagingEntityNotFoundError):
        async with scene.sdk.get_subscription_receiver("news", "nobody"):
            raise AssertionError("the link was opened")


@ahead
async def test_a_message_without_session_to_a_queue_with_sessions(scene: Scene) -> None:
    async with scene.sdk.get_queue_sender("talks") as sender:
        with pytest.raises(ServiceBusError, match="SessionId"):
            await sender.send_messages(ServiceBusMessage("x"))
        with pytest.raises(ServiceBusError, match="SessionId"):
            await sender.send_messages([ServiceBusMessage("x", session_id="s"), ServiceBusMessage("y")])
        with pytest.raises(ServiceBusError, match="SessionId"):
            await sender.schedule_messages(ServiceBusMessage("x"), in_seconds(60))
    async with scene.sdk.get_queue_receiver("talks", session_id="s") as receiver:
        assert await nothing(receiver)


@ahead
async def test_the_wrong_kind_of_receiver(scene: Scene) -> None:
    with pytest.raises(ServiceBusError, match="non-sessionful"):
        async with scene.sdk.get_queue_receiver("talks"):
            raise AssertionError("the link was opened")
    with pytest.raises(ServiceBusError, match="does not require sessions"):
        async with scene.sdk.get_queue_receiver("plain", session_id="s"):
            raise AssertionError("the link was opened")
    with pytest.raises(ServiceBusError, match="use a subscription"):
        async with scene.sdk.get_queue_receiver("news"):
            raise AssertionError("the link was opened")


@ahead
async def test_senders_where_there_is_nothing_to_send_to(scene: Scene) -> None:
    for address in ("plain/$DeadLetterQueue", "news/Subscriptions/all"):
        with pytest.raises(ServiceBusError, match="takes no messages from senders"):
            async with scene.sdk.get_queue_sender(address):
                raise AssertionError("the link was opened")


@ahead
async def test_a_message_that_is_too_large(scene: Scene) -> None:
    async with scene.sdk.get_queue_sender("plain") as sender:
        with pytest.raises(MessageSizeExceededError):
            await sender.send_messages(ServiceBusMessage(b"x" * 256 * 1024))
        with pytest.raises(MessageSizeExceededError):
            await sender.send_messages([ServiceBusMessage(b"x" * 100_000) for _ in range(3)])
        await sender.send_messages(ServiceBusMessage(b"x" * 255 * 1024))
    async with scene.sdk.get_queue_receiver("plain") as receiver:
        await take(receiver, 1)
        assert await nothing(receiver)


@ahead
async def test_settling_after_the_lock_is_lost(scene: Scene) -> None:
    async with (
        scene.sdk.get_queue_sender("brief") as sender,
        scene.sdk.get_queue_receiver("brief") as receiver,
    ):
        await sender.send_messages(ServiceBusMessage("x"))
        [first] = await take(receiver, 1)
        [second] = await take(receiver, 1)
        assert second.delivery_count == 1
        # The SDK refuses by its own clock; with that out of the way the broker must refuse by its own.
        first._expiry = in_seconds(60)
        for settle in (receiver.complete_message, receiver.abandon_message, receiver.renew_message_lock):
            first._settled = False
            with pytest.raises(MessageLockLostError):
                await settle(first)
        await receiver.complete_message(second)


@ahead
async def test_a_session_that_somebody_holds(scene: Scene) -> None:
    async with scene.sdk.get_queue_receiver("talks", session_id="s"):
        with pytest.raises(SessionCannotBeLockedError):
            async with scene.sdk.get_queue_receiver("talks", session_id="s"):
                raise AssertionError("the link was opened")
        with pytest.raises(OperationTimeoutError):
            wanted = {"session_id": NEXT_AVAILABLE_SESSION, "max_wait_time": 1}
            async with scene.sdk.get_queue_receiver("talks", **wanted):
                raise AssertionError("the link was opened")


@ahead
async def test_a_session_whose_lock_is_lost(scene: Scene) -> None:
    async with scene.sdk.get_queue_sender("brief-talks") as sender:
        await sender.send_messages(ServiceBusMessage("x", session_id="s"))
    async with scene.sdk.get_queue_receiver("brief-talks", session_id="s") as receiver:
        [message] = await take(receiver, 1)
        end = time.monotonic() + 10
        with pytest.raises(SessionLockLostError):
            while time.monotonic() < end:
                await nothing(receiver)
        with pytest.raises(ServiceBusError):
            await receiver.complete_message(message)
    async with scene.sdk.get_queue_receiver("brief-talks", session_id="s") as receiver:
        [again] = await take(receiver, 1)
        assert again.delivery_count == 1
        await receiver.complete_message(again)


@ahead
async def test_numbers_that_stand_for_nothing(scene: Scene) -> None:
    async with (
        scene.sdk.get_queue_sender("plain") as sender,
        scene.sdk.get_queue_receiver("plain") as receiver,
    ):
        with pytest.raises(MessageNotFoundError):
            await sender.cancel_scheduled_messages(4711)
        await sender.send_messages(ServiceBusMessage("active"))
        [message] = await take(receiver, 1)
        with pytest.raises(MessageNotFoundError):
            await receiver.receive_deferred_messages([message.sequence_number])
        await receiver.complete_message(message)


@ahead
async def test_a_dead_letter_cannot_be_dead_lettered(scene: Scene) -> None:
    async with (
        scene.sdk.get_queue_sender("plain") as sender,
        scene.sdk.get_queue_receiver("plain") as receiver,
        scene.sdk.get_queue_receiver("plain", sub_queue=ServiceBusSubQueue.DEAD_LETTER) as dead,
    ):
        await sender.send_messages(ServiceBusMessage("x"))
        await receiver.dead_letter_message((await take(receiver, 1))[0])
        [lost] = await take(dead, 1)
        with pytest.raises(ServiceBusError, match="dead-lettered again"):
            await dead.dead_letter_message(lost)
        assert len(await dead.peek_messages(10, sequence_number=1)) == 1
