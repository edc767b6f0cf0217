"""Every operation the product uses, by the unmodified SDK, asynchronous and synchronous."""

import datetime
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from azure.servicebus import (
    NEXT_AVAILABLE_SESSION,
    AutoLockRenewer,
    ServiceBusMessage,
    ServiceBusMessageState,
    ServiceBusReceiveMode,
    ServiceBusSubQueue,
)
from azure.servicebus.aio import AutoLockRenewer as AioAutoLockRenewer
from azure.servicebus.exceptions import MessageAlreadySettled, OperationTimeoutError

from tests.broker.ahead import Scene, ahead
from tests.broker.sdk import Face

_TIMEOUT_S = 10


async def take(receiver: Face, count: int) -> list[Any]:
    """Return exactly `count` messages; the SDK may hand them over in several portions."""
    messages: list[Any] = []
    until = time.monotonic() + _TIMEOUT_S
    while len(messages) < count and time.monotonic() < until:
        messages += await receiver.receive_messages(max_message_count=count - len(messages), max_wait_time=2)
    assert len(messages) == count
    return messages


async def nothing(receiver: Face) -> bool:
    """Tell whether there is no message to receive."""
    return not await receiver.receive_messages(max_wait_time=0.3)


async def until(receiver: Face, wanted: Callable[[list[Any]], bool]) -> list[Any]:
    """Peek from the start until it shows what is wanted."""
    end = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < end:
        seen: list[Any] = await receiver.peek_messages(100, sequence_number=1)
        if wanted(seen):
            return seen
    raise AssertionError("what was wanted did not come")


def in_seconds(seconds: float) -> datetime.datetime:
    """Return the time that many seconds from now."""
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)


def texts(messages: list[Any]) -> list[str]:
    """Return the bodies."""
    return [str(message) for message in messages]


@ahead
async def test_send_receive_and_every_way_to_settle(scene: Scene) -> None:
    sdk = scene.sdk
    async with (
        sdk.get_queue_sender("plain") as sender,
        sdk.get_queue_receiver("plain") as receiver,
        sdk.get_queue_receiver("plain", sub_queue=ServiceBusSubQueue.DEAD_LETTER) as dead,
    ):
        await sender.send_messages(
            ServiceBusMessage(
                "one",
                message_id="id-1",
                correlation_id="c",
                subject="s",
                content_type="text/plain",
                application_properties={"what": "outcome", "n": 7, "yes": True, "ratio": 0.5},
            )
        )
        await sender.send_messages([ServiceBusMessage(text) for text in ("two", "three", "four")])
        one, two, three, four = await take(receiver, 4)
        assert texts([one, two, three, four]) == ["one", "two", "three", "four"]
        assert (one.message_id, one.correlation_id, one.subject, one.content_type) == (
            "id-1",
            "c",
            "s",
            "text/plain",
        )
        assert one.application_properties == {b"what": b"outcome", b"n": 7, b"yes": True, b"ratio": 0.5}
        assert one.delivery_count == 0 and one.sequence_number == 1
        assert one.locked_until_utc > one.enqueued_time_utc

        await receiver.complete_message(one)
        with pytest.raises(MessageAlreadySettled):
            await receiver.complete_message(one)
        await receiver.abandon_message(two)
        await receiver.defer_message(three)
        await receiver.dead_letter_message(four, reason="why", error_description="because")
        [again] = await take(receiver, 1)
        assert (str(again), again.delivery_count) == ("two", 1)
        await receiver.complete_message(again)
        [deferred] = await receiver.receive_deferred_messages([three.sequence_number])
        assert str(deferred) == "three"
        await receiver.complete_message(deferred)
        [lost] = await take(dead, 1)
        assert (lost.dead_letter_reason, lost.dead_letter_error_description) == ("why", "because")
        assert lost.dead_letter_source == "plain"
        await dead.complete_message(lost)
        assert await nothing(receiver)
        assert await nothing(dead)


@ahead
async def test_a_batch_object_and_receive_and_delete(scene: Scene) -> None:
    sdk = scene.sdk
    async with sdk.get_queue_sender("plain") as sender:
        batch = await sender.create_message_batch()
        assert batch.max_size_in_bytes == 256 * 1024
        for number in range(3):
            batch.add_message(ServiceBusMessage(f"b{number}"))
        await sender.send_messages(batch)
    mode = ServiceBusReceiveMode.RECEIVE_AND_DELETE
    async with sdk.get_queue_receiver("plain", receive_mode=mode) as receiver:
        assert texts(await take(receiver, 3)) == ["b0", "b1", "b2"]
        assert await receiver.peek_messages(10, sequence_number=1) == []


@ahead
async def test_a_large_message_comes_in_several_frames_and_whole(scene: Scene) -> None:
    sdk = scene.sdk
    body = bytes(range(256)) * 1000
    async with sdk.get_queue_sender("plain") as sender, sdk.get_queue_receiver("plain") as receiver:
        await sender.send_messages(ServiceBusMessage(body))
        [message] = await take(receiver, 1)
        assert b"".join(message.body) == body
        await receiver.complete_message(message)


@ahead
async def test_peek_shows_locked_deferred_and_scheduled_messages(scene: Scene) -> None:
    sdk = scene.sdk
    async with sdk.get_queue_sender("plain") as sender, sdk.get_queue_receiver("plain") as receiver:
        await sender.send_messages([ServiceBusMessage("locked"), ServiceBusMessage("deferred")])
        _, second = await take(receiver, 2)
        await receiver.defer_message(second)
        await sender.schedule_messages(ServiceBusMessage("scheduled"), in_seconds(60))
        seen = await receiver.peek_messages(10, sequence_number=1)
        assert texts(seen) == ["locked", "deferred", "scheduled"]
        assert [each.state for each in seen] == [
            ServiceBusMessageState.ACTIVE,
            ServiceBusMessageState.DEFERRED,
            ServiceBusMessageState.SCHEDULED,
        ]
        assert all(each.locked_until_utc is None for each in seen)


@ahead
async def test_schedule_and_cancel(scene: Scene) -> None:
    sdk = scene.sdk
    async with sdk.get_queue_sender("plain") as sender, sdk.get_queue_receiver("plain") as receiver:
        due = in_seconds(1)
        kept, gone = await sender.schedule_messages(
            [ServiceBusMessage("kept"), ServiceBusMessage("gone")], due
        )
        await sender.cancel_scheduled_messages(gone)
        assert await nothing(receiver)
        [message] = await take(receiver, 1)
        assert str(message) == "kept"
        assert message.enqueued_time_utc >= due
        assert message.enqueued_sequence_number == kept < message.sequence_number
        await receiver.complete_message(message)
        assert await nothing(receiver)


@ahead
async def test_a_duplicate_is_swallowed_sent_or_scheduled(scene: Scene) -> None:
    sdk = scene.sdk
    async with sdk.get_queue_sender("single") as sender, sdk.get_queue_receiver("single") as receiver:
        await sender.send_messages(ServiceBusMessage("first", message_id="same"))
        await sender.send_messages(ServiceBusMessage("second", message_id="same"))
        await sender.send_messages([ServiceBusMessage("third", message_id=name) for name in ("same", "new")])
        [number] = await sender.schedule_messages(
            ServiceBusMessage("fourth", message_id="same"), in_seconds(0.1)
        )
        assert number > 0
        seen = await take(receiver, 2)
        assert [(str(each), each.message_id) for each in seen] == [("first", "same"), ("third", "new")]
        for each in seen:
            await receiver.complete_message(each)
        await sender.send_messages(ServiceBusMessage("fifth", message_id="same"))
        assert await nothing(receiver)


@ahead
async def test_time_to_live_of_entity_and_message(scene: Scene) -> None:
    sdk = scene.sdk
    async with (
        sdk.get_queue_sender("fading") as fading,
        sdk.get_queue_sender("plain") as plain,
        sdk.get_queue_receiver("plain") as receiver,
        sdk.get_queue_receiver("fading", sub_queue=ServiceBusSubQueue.DEAD_LETTER) as dead,
    ):
        await plain.send_messages(
            ServiceBusMessage("short", time_to_live=datetime.timedelta(milliseconds=200))
        )
        await fading.send_messages(ServiceBusMessage("long", time_to_live=datetime.timedelta(hours=1)))
        await until(receiver, lambda seen: not seen)
        [lost] = await take(dead, 1)
        assert (str(lost), lost.dead_letter_reason) == ("long", "TTLExpiredException")
        await dead.complete_message(lost)


@ahead
async def test_lock_expiry_counts_until_the_message_is_dead(scene: Scene) -> None:
    sdk = scene.sdk
    async with (
        sdk.get_queue_sender("brief") as sender,
        sdk.get_queue_receiver("brief") as receiver,
        sdk.get_queue_receiver("brief", sub_queue=ServiceBusSubQueue.DEAD_LETTER) as dead,
    ):
        await sender.send_messages(ServiceBusMessage("slow"))
        [first] = await take(receiver, 1)
        [second] = await take(receiver, 1)
        assert (first.delivery_count, second.delivery_count) == (0, 1)
        [lost] = await take(dead, 1)
        assert (str(lost), lost.dead_letter_reason, lost.delivery_count) == (
            "slow",
            "MaxDeliveryCountExceeded",
            2,
        )
        await dead.complete_message(lost)


@ahead
async def test_locks_are_renewed_by_hand_and_by_the_renewer(scene: Scene) -> None:
    sdk = scene.sdk
    renewer = AioAutoLockRenewer() if scene.kind == "aio" else AutoLockRenewer()
    async with sdk.get_queue_sender("renewed") as sender, sdk.get_queue_receiver("renewed") as receiver:
        await sender.send_messages(ServiceBusMessage("kept"))
        [message] = await take(receiver, 1)
        first_lock = message.locked_until_utc
        renewed = await receiver.renew_message_lock(message)
        assert renewed >= first_lock
        renewer.register(receiver.inner, message, max_lock_renewal_duration=30)
        end = time.monotonic() + _TIMEOUT_S
        while message.locked_until_utc <= renewed and time.monotonic() < end:
            assert await nothing(receiver)
        assert message.locked_until_utc > renewed
        await receiver.complete_message(message)
    closing = renewer.close()
    if closing is not None:
        await closing


@ahead
async def test_a_session_by_name_its_order_state_and_lock(scene: Scene) -> None:
    sdk = scene.sdk
    async with sdk.get_queue_sender("talks") as sender:
        await sender.send_messages(
            [ServiceBusMessage(f"{name}{n}", session_id=name) for n in "12" for name in "ab"]
        )
    async with sdk.get_queue_receiver("talks", session_id="b") as receiver:
        assert texts(await take(receiver, 2)) == ["b1", "b2"]
        assert await receiver.session.get_state() is None
        await receiver.session.set_state(json.dumps({"at": 2}))
        assert json.loads(await receiver.session.get_state()) == {"at": 2}
        before = receiver.session.locked_until_utc
        assert await receiver.session.renew_lock() >= before
    # Closed unsettled: given back without counting a delivery.
    async with sdk.get_queue_receiver("talks", session_id="b") as receiver:
        again = await take(receiver, 2)
        assert [(str(each), each.delivery_count) for each in again] == [("b1", 0), ("b2", 0)]
        assert [each.session_id for each in again] == ["b", "b"]
        await receiver.defer_message(again[0])
        [deferred] = await receiver.receive_deferred_messages([again[0].sequence_number])
        await receiver.complete_message(deferred)
        await receiver.dead_letter_message(again[1], reason="done")
    async with sdk.get_queue_receiver("talks", sub_queue=ServiceBusSubQueue.DEAD_LETTER) as dead:
        [lost] = await take(dead, 1)
        assert (str(lost), lost.session_id) == ("b2", "b")
        await dead.complete_message(lost)


@ahead
async def test_the_next_available_session(scene: Scene) -> None:
    sdk = scene.sdk
    async with sdk.get_queue_sender("talks") as sender:
        await sender.send_messages([ServiceBusMessage(name, session_id=name) for name in "ab"])
    wanted = {"session_id": NEXT_AVAILABLE_SESSION, "max_wait_time": 1}
    async with (
        sdk.get_queue_receiver("talks", **wanted) as first,
        sdk.get_queue_receiver("talks", **wanted) as second,
    ):
        assert {first.session.session_id, second.session.session_id} == {"a", "b"}
        with pytest.raises(OperationTimeoutError):
            async with sdk.get_queue_receiver("talks", **wanted):
                raise AssertionError("there is no third session")


@ahead
async def test_a_topic_its_filters_and_its_duplicates(scene: Scene) -> None:
    sdk = scene.sdk
    async with sdk.get_topic_sender("news") as sender:
        await sender.send_messages(ServiceBusMessage("1", message_id="1", subject="red"))
        await sender.send_messages(ServiceBusMessage("again", message_id="1", subject="red"))
        big = {"size": "big", "count": 1, "more": True}
        await sender.send_messages(ServiceBusMessage("2", message_id="2", application_properties=big))
        almost = {"size": "big", "count": "1"}
        await sender.send_messages(ServiceBusMessage("3", message_id="3", application_properties=almost))
        later = [ServiceBusMessage(name, message_id=name, subject="red") for name in ("4", "gone", "1")]
        numbers = await sender.schedule_messages(later, in_seconds(0.5))
        assert len(numbers) == 3
        await sender.cancel_scheduled_messages(numbers[1])
    found: dict[str, list[str]] = {}
    for name, count in (("all", 4), ("red", 2), ("big", 1)):
        async with sdk.get_subscription_receiver("news", name) as receiver:
            found[name] = texts(messages := await take(receiver, count))
            for message in messages[1:]:
                await receiver.complete_message(message)
            await receiver.dead_letter_message(messages[0])
    assert found == {"all": ["1", "2", "3", "4"], "red": ["1", "4"], "big": ["2"]}
    async with sdk.get_subscription_receiver("news", "red", sub_queue=ServiceBusSubQueue.DEAD_LETTER) as dead:
        [lost] = await take(dead, 1)
        assert lost.dead_letter_source == "news/Subscriptions/red"
        await dead.complete_message(lost)


@ahead
async def test_sessions_behind_a_topic(scene: Scene) -> None:
    sdk = scene.sdk
    async with sdk.get_topic_sender("chats") as sender:
        await sender.send_messages([ServiceBusMessage(str(n), session_id="s") for n in range(3)])
    # Reading without settling costs no delivery, however often: MaxDeliveryCount is 2 here.
    for _ in range(4):
        async with sdk.get_subscription_receiver("chats", "watchers", session_id="s") as receiver:
            assert texts(seen := await take(receiver, 3)) == ["0", "1", "2"]
            assert {each.delivery_count for each in seen} == {0}
