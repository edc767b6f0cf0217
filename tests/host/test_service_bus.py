"""Service Bus triggers: what a function is told, and what becomes of its message."""

import json
import uuid
from typing import Any

from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.amqp import AmqpAnnotatedMessage, AmqpMessageProperties

from tests.host.serving import Host, wait_until

SECRET = "SECRET-TEXT"


def message(body: str, **fields: Any) -> ServiceBusMessage:
    return ServiceBusMessage(body, message_id=str(uuid.uuid4()), **fields)


async def send(bus: ServiceBusClient, queue: str, *messages: ServiceBusMessage) -> None:
    async with bus.get_queue_sender(queue) as sender:
        await sender.send_messages(list(messages))


async def in_queue(bus: ServiceBusClient, queue: str, **kind: Any) -> list[str]:
    async with bus.get_queue_receiver(queue, **kind) as receiver:
        return [str(found.message_id) for found in await receiver.peek_messages(100)]


async def test_a_function_is_told_all_that_azure_tells_it(served: Host, bus: ServiceBusClient) -> None:
    sent = message(
        "fine",
        subject="a subject",
        content_type="application/json",
        correlation_id="a correlation",
        application_properties={"text": "x", "number": 2, "yes": True, "none": None},
    )
    await send(bus, "work", sent)
    [told] = served.wait_for("work", lambda fact: fact["id"] == sent.message_id)
    assert told["delivery"] == 1  # counted from 1, as in Azure
    properties = {"text": "x", "number": 2, "yes": True, "none": None}
    assert told["properties"] == told["user_properties"] == properties
    assert told["session"] is None
    assert told["context"][0] == "work"
    uuid.UUID(told["context"][1])
    metadata = told["metadata"]
    uuid.UUID(metadata.pop("LockToken"))
    assert metadata.pop("SequenceNumber") > 0
    assert metadata.pop("EnqueuedTime") == f"{metadata.pop('EnqueuedTimeUtc')}+00:00"
    assert metadata.pop("ExpiresAt") == f"{metadata.pop('ExpiresAtUtc')}+00:00"
    assert metadata == {
        "DeliveryCount": 1,
        "MessageId": sent.message_id,
        "ContentType": "application/json",
        "Subject": "a subject",
        "Label": "a subject",
        "CorrelationId": "a correlation",
        "ApplicationProperties": properties,
        "UserProperties": properties,
    }


async def test_success_completes_and_an_exception_abandons_at_once(
    served: Host, bus: ServiceBusClient
) -> None:
    good, bad = message("fine"), message("fail")
    await send(bus, "work", good, bad)
    [lost] = served.wait_for("work_lost", lambda fact: fact["id"] == bad.message_id)
    deliveries = served.wait_for("work", lambda fact: fact["id"] == bad.message_id)
    assert [fact["delivery"] for fact in deliveries] == [1, 2, 3]
    assert deliveries[-1]["at"] - deliveries[0]["at"] < 1  # no back-off
    assert lost["properties"]["DeadLetterReason"] == "MaxDeliveryCountExceeded"
    assert lost["source"] == "work"
    assert len(served.wait_for("work", lambda fact: fact["id"] == good.message_id)) == 1
    wait_until(lambda: f"message {bad.message_id} succeeded" in served.logged(), "the dead letter is done")
    assert not {good.message_id, bad.message_id} & set(await in_queue(bus, "work"))
    dead = await in_queue(bus, "work", sub_queue=ServiceBusSubQueue.DEAD_LETTER)
    assert bad.message_id not in dead


async def test_a_returned_value_without_a_binding_fails(served: Host, bus: ServiceBusClient) -> None:
    sent = message("return")
    await send(bus, "work", sent)
    served.wait_for("work_lost", lambda fact: fact["id"] == sent.message_id)
    assert f"of message {sent.message_id} failed" in served.logged()
    assert "UnexpectedReturn" in served.logged()


async def test_a_function_that_hangs_or_ends_as_cancelled_fails(served: Host, bus: ServiceBusClient) -> None:
    hanging, cancelled = message("hang"), message("cancel")
    await send(bus, "work", hanging, cancelled)
    served.wait_for("work_lost", lambda fact: fact["id"] == cancelled.message_id)
    served.wait_for("work_lost", lambda fact: fact["id"] == hanging.message_id)
    assert "TimedOut" in served.logged()
    assert "CancelledItself" in served.logged()


async def test_the_log_tells_type_and_place_and_never_the_message(
    served: Host, bus: ServiceBusClient
) -> None:
    sent = message("fail deeper")
    await send(bus, "work", sent)
    served.wait_for("work_lost", lambda fact: fact["id"] == sent.message_id)
    [line, *_] = [
        text for text in served.logged().splitlines() if f"message {sent.message_id} failed" in text
    ]
    assert "LookupError at function_app.py:" in line
    assert "from JSONDecodeError at" in line
    assert SECRET not in served.logged()
    assert "SECRET-RETURN" not in served.logged()


async def test_what_the_app_logs_or_never_awaits_is_told_without_its_message(
    served: Host, bus: ServiceBusClient
) -> None:
    await send(bus, "work", message("fail aside"))
    wait_until(lambda: "nobody awaited: ValueError at function_app.py:" in served.logged(), "the task")
    wait_until(lambda: "\nValueError at function_app.py:" in served.logged(), "the app's own log")
    assert "logged by the app" in served.logged()
    assert SECRET not in served.logged()


async def test_no_more_run_at_once_than_host_json_allows(served: Host, bus: ServiceBusClient) -> None:
    sent = [message("sleep 0.7") for _ in range(9)]
    await send(bus, "work", *sent)
    ids = [item.message_id for item in sent]
    served.wait_for("work_done", lambda fact: fact["id"] in ids, count=9)
    running, most = set(), 0
    for fact in served.recorded():
        if fact["function"] == "work" and fact["id"] in ids:
            running.add(fact["id"])
        elif fact["function"] == "work_done":
            running.discard(fact["id"])
        most = max(most, len(running))
    assert most == 3  # maxConcurrentCalls


async def test_plain_functions_run_in_threads_side_by_side(served: Host, bus: ServiceBusClient) -> None:
    await send(bus, "threads", *(ServiceBusMessage(b"\xff\x00") for _ in range(4)))
    facts = served.wait_for("in_thread", count=4)
    assert all(fact["thread"].startswith("function") for fact in facts)
    assert all(fact["body"] == "ff00" for fact in facts)  # the trigger's data type is binary


async def test_sessions_keep_their_order_and_run_side_by_side(served: Host, bus: ServiceBusClient) -> None:
    sent = [message(str(n), session_id=f"session-{n % 3}") for n in range(9)]
    await send(bus, "ordered", *sent)
    facts = served.wait_for("in_order", count=9)
    served.wait_for("in_order_done", count=9)
    for session in ("session-0", "session-1", "session-2"):
        bodies = [int(fact["body"]) for fact in facts if fact["session"] == session]
        assert len(bodies) == 3
        assert bodies == sorted(bodies)
    # maxConcurrentSessions is 2: the third session waited until another had been idle.
    assert len({fact["session"] for fact in facts[:6]}) == 2


async def test_a_subscription_and_its_dead_letters(served: Host, bus: ServiceBusClient) -> None:
    async with bus.get_topic_sender("notices") as sender:
        await sender.send_messages([message("a notice"), message("fail")])
    assert {fact["text"] for fact in served.wait_for("notice", count=2)} == {"a notice", "fail"}
    [lost] = served.wait_for("notice_lost")
    assert lost["body"] == "fail"


async def test_a_body_that_is_no_text_is_replaced_not_refused(served: Host, bus: ServiceBusClient) -> None:
    sent = ServiceBusMessage(b"\xff\xfe{}", message_id="no-text")
    await send(bus, "work", sent)
    [told] = served.wait_for("work", lambda fact: fact["id"] == "no-text")
    assert told["body"] == "\ufffd\ufffd{}"
    json.dumps(told)


async def test_a_body_that_azure_does_not_read_is_given_back(served: Host, bus: ServiceBusClient) -> None:
    async with bus.get_queue_sender("threads") as sender:
        properties = AmqpMessageProperties(message_id="value-body")
        await sender.send_messages(AmqpAnnotatedMessage(value_body="text", properties=properties))
    line = "in_thread: message value-body has no data body"
    wait_until(lambda: served.logged().count(line) == 10, "as many deliveries as the queue allows")
    assert "value-body" in await in_queue(bus, "threads", sub_queue=ServiceBusSubQueue.DEAD_LETTER)
    assert not [fact for fact in served.recorded("in_thread") if fact["id"] == "value-body"]
