"""What no SDK would send: rules that the SDK keeps by itself, broken by hand, and bytes that are no AMQP."""

import asyncio
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.broker.decoding import decode
from local.broker.encoding import section
from local.broker.framing import AMQP_HEADER, SASL_HEADER, frame
from local.broker.message import BATCH_FORMAT, MAX_MESSAGE_BYTES
from local.broker.performatives import ATTACH, BEGIN, CLOSE, DETACH, FLOW, OPEN, TRANSFER
from local.broker.values import Described, UInt, ULong
from tests.broker.served import Served
from tests.broker.wire import Refused, Wire, batch, condition_of, message, performative

ACCEPTED, RELEASED = Described(ULong(0x24), []), Described(ULong(0x26), [])


async def waiting(wire: Wire, address: str, *, session: object = ...) -> int:
    """Return how many messages a receive-and-delete of everything brings."""
    handle = await wire.attach_receiver(address, session=session, deletes=True)
    wire.credit(handle, 100, drain=True)
    count = 0
    while not ((body := await wire.expect(TRANSFER, FLOW)).code == FLOW and body.fields.flag(8)):
        count += body.code == TRANSFER
    wire.send(DETACH, UInt(handle), True)
    await wire.expect(DETACH, detached=handle)
    return count


async def refused_put(served: Served, token: object, audience: str = "plain") -> int:
    """Return the status with which a token is refused."""
    async with Wire(served) as wire:
        await wire.start()
        return await wire.put_token(token, audience)


async def test_tokens_are_judged_by_name_host_audience_and_form(served: Served) -> None:
    for token in (
        served.token("plain", key="another"),
        served.token("plain", name="Listen"),
        served.token("plain", seconds=-1),
        served.token("plain", host="elsewhere.servicebus.windows.net"),
        served.token("other"),
        served.token("plai"),
        served.token("plain/more"),
        served.token("plain") + "&sr=again",
        served.token("plain").replace("se=", "se=x"),
        "SharedAccessSignature nonsense",
        "jwt",
        None,
        7,
    ):
        assert await refused_put(served, token) == 401
    assert await refused_put(served, served.token("plain")) == 202
    assert await refused_put(served, served.token("PLAIN"), "plain/$DeadLetterQueue") == 202


async def test_links_need_a_token_that_covers_their_entity(served: Served) -> None:
    async with Wire(served) as wire:
        await wire.start(served.token("plain"), "plain")
        await wire.attach_sender("plain")
        await wire.attach_sender(f"amqps://{served.host}/Plain/$management")
        await wire.attach_receiver("plain/$DeadLetterQueue")
        for address in ("other", "news/Subscriptions/all", "other/$management", "plainer"):
            with pytest.raises(Refused) as refusal:
                await wire.attach_sender(address)
            assert refusal.value.condition == "amqp:unauthorized-access"
            with pytest.raises(Refused) as refusal:
                await wire.attach_receiver(address)
            assert refusal.value.condition == "amqp:unauthorized-access"


async def test_a_link_ends_with_its_token(served: Served) -> None:
    async with Wire(served) as wire:
        await wire.start(served.token("plain", seconds=2), "plain")
        handle = await wire.attach_receiver("plain")
        detach = await wire.expect(DETACH, detached=handle)
        assert condition_of(detach.fields.value(2)) == "amqp:unauthorized-access"
        with pytest.raises(Refused):
            await wire.attach_receiver("plain")


@pytest.mark.parametrize(
    ("octets", "condition"),
    [
        (message(message_id="i" * 129), "com.microsoft:argument-out-of-range"),
        (message(message_id=b"i" * 129), "com.microsoft:argument-out-of-range"),
        (message(session_id="s" * 129), "com.microsoft:argument-out-of-range"),
        (message(message_id=""), "com.microsoft:argument-error"),
        (message(message_id=[1]), "amqp:decode-error"),
        (message(session_id=7), "amqp:decode-error"),
        (message(b"x" * MAX_MESSAGE_BYTES), "amqp:link:message-size-exceeded"),
        (message(b"x" * 3 * MAX_MESSAGE_BYTES), "amqp:link:message-size-exceeded"),
        (b"no message", "amqp:decode-error"),
        (message()[:-3], "amqp:decode-error"),
    ],
)
async def test_a_message_that_breaks_a_rule_is_rejected_alone_and_spoils_its_batch(
    served: Served, octets: bytes, condition: str
) -> None:
    async with Wire(served) as wire:
        await wire.start()
        sender = await wire.attach_sender("plain")
        with pytest.raises(Refused) as refusal:
            await wire.sent(sender, octets)
        assert refusal.value.condition == condition
        with pytest.raises(Refused) as refusal:
            await wire.sent(sender, batch(message(), octets, message()), message_format=BATCH_FORMAT)
        assert refusal.value.condition == condition
        await wire.sent(sender, message(message_id="i" * 128))
        assert await waiting(wire, "plain") == 1


async def test_a_batch_is_all_or_nothing_by_size_and_session(served: Served) -> None:
    async with Wire(served) as wire:
        await wire.start()
        sender, talker = await wire.attach_sender("plain"), await wire.attach_sender("talks")
        third = message(b"x" * (MAX_MESSAGE_BYTES // 3))
        with pytest.raises(Refused) as refusal:
            await wire.sent(sender, batch(third, third, third), message_format=BATCH_FORMAT)
        assert refusal.value.condition == "amqp:link:message-size-exceeded"
        with pytest.raises(Refused) as refusal:
            await wire.sent(talker, batch(message(session_id="s"), message()), message_format=BATCH_FORMAT)
        assert refusal.value.condition == "amqp:not-allowed"
        with pytest.raises(Refused):
            await wire.sent(sender, section(0x75, b"\x40"), message_format=BATCH_FORMAT)
        assert await waiting(wire, "plain") == 0
        assert await waiting(wire, "talks", session="s") == 0


async def test_a_session_id_that_is_too_long_or_no_string_is_refused(served: Served) -> None:
    async with Wire(served) as wire:
        await wire.start()
        for session, condition in (
            ("s" * 129, "com.microsoft:argument-out-of-range"),
            (7, "com.microsoft:argument-error"),
        ):
            with pytest.raises(Refused) as refusal:
                await wire.attach_receiver("talks", session=session)
            assert refusal.value.condition == condition


async def test_a_topic_refuses_what_a_subscription_with_sessions_could_not_keep(served: Served) -> None:
    async with Wire(served) as wire:
        await wire.start()
        sender = await wire.attach_sender("chats")
        with pytest.raises(Refused) as refusal:
            await wire.sent(sender, message())
        assert refusal.value.condition == "amqp:not-allowed"


async def test_credit_must_not_be_exceeded(served: Served) -> None:
    async with Wire(served) as wire:
        await wire.start()
        handle = await wire.attach_receiver("plain")
        wire.credit(handle, 1)
        sender = await wire.attach_sender("plain")
        for _ in range(3):
            await wire.sent(sender, message())
        await wire.delivery()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await wire.delivery()


async def test_a_release_does_not_count_and_a_lock_is_settled_once(served: Served) -> None:
    async with Wire(served) as wire:
        await wire.start()
        await wire.sent(await wire.attach_sender("plain"), message())
        handle = await wire.attach_receiver("plain")
        wire.credit(handle, 2)
        first = await wire.delivery()
        await wire.settle(first.fields.needed(1), RELEASED)
        second = await wire.delivery()
        assert delivery_count(second.payload()) == 0
        await wire.settle(second.fields.needed(1), ACCEPTED)
        assert await waiting(wire, "plain") == 0


def delivery_count(octets: bytes) -> object:
    """Return the delivery count in a message's header."""
    header, _ = decode(octets)
    assert isinstance(header, Described) and isinstance(header.value, list)
    return header.value[4]


@pytest.mark.parametrize(
    ("entity", "operation", "body", "condition"),
    [
        ("plain", "renew-lock", {"lock-tokens": [uuid4()]}, "com.microsoft:message-lock-lost"),
        ("plain", "renew-lock", {}, "com.microsoft:argument-error"),
        ("plain", "renew-lock", {"lock-tokens": ["a"]}, "com.microsoft:argument-error"),
        (
            "plain",
            "update-disposition",
            {"lock-tokens": [uuid4()], "disposition-status": "completed"},
            "com.microsoft:message-lock-lost",
        ),
        (
            "plain",
            "update-disposition",
            {"lock-tokens": [uuid4()], "disposition-status": "eaten"},
            "com.microsoft:argument-error",
        ),
        ("plain", "schedule-message", {"messages": [{"message": message()}]}, "com.microsoft:argument-error"),
        ("plain", "schedule-message", {"messages": [{"message": b"\x01"}]}, "amqp:decode-error"),
        ("plain", "get-session-state", {"session-id": "s"}, "amqp:not-allowed"),
        ("talks", "get-session-state", {"session-id": "s"}, "com.microsoft:session-lock-lost"),
        ("talks", "set-session-state", {"session-id": "s"}, "com.microsoft:session-lock-lost"),
        ("talks", "renew-session-lock", {"session-id": "s"}, "com.microsoft:session-lock-lost"),
        ("talks", "get-session-state", {"session-id": 5}, "com.microsoft:argument-error"),
        ("news", "peek-message", {"from-sequence-number": 0, "message-count": 1}, "amqp:not-allowed"),
        ("news/subscriptions/all", "schedule-message", {"messages": []}, "com.microsoft:argument-error"),
        ("plain", "add-rule", {}, "amqp:not-implemented"),
    ],
)
async def test_management_refuses(
    served: Served, entity: str, operation: str, body: dict[object, object], condition: str
) -> None:
    async with Wire(served) as wire:
        await wire.start()
        answer = await wire.request(
            f"{entity}/$management", {"operation": f"com.microsoft:{operation}"}, body
        )
        assert answer["errorCondition"] == condition
        assert answer["statusCode"] >= 400


async def test_another_connection_cannot_act_for_a_session(served: Served) -> None:
    async with Wire(served) as owner, Wire(served) as stranger:
        await owner.start()
        await stranger.start()
        await owner.attach_receiver("talks", session="s")
        for wire, status in ((owner, 200), (stranger, 410)):
            operation = {"operation": "com.microsoft:renew-session-lock"}
            answer = await wire.request("talks/$management", operation, {"session-id": "s"})
            assert answer["statusCode"] == status


async def test_the_sessions_of_a_queue_are_listed(served: Served) -> None:
    async with Wire(served) as wire:
        await wire.start()
        question = {"last-updated-time": 253_402_300_800_000, "skip": 0, "top": 10}
        operation = {"operation": "com.microsoft:get-message-sessions"}
        assert (await wire.request("talks/$management", operation, question))["statusCode"] == 204
        sender = await wire.attach_sender("talks")
        for name in "ba":
            await wire.sent(sender, message(session_id=name))
        answer = await wire.request("talks/$management", operation, question)
        assert answer["body"]["sessions-ids"].items == ("a", "b")


HANDSHAKE = SASL_HEADER + AMQP_HEADER + frame(0, performative(OPEN, "x"))
SESSION = HANDSHAKE + frame(1, performative(BEGIN, None, UInt(0), UInt(9), UInt(9)))
ATTACH_BODY = performative(ATTACH, "n", UInt(0), False, None, None, None, None)


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"AMQP\x01\x01\x00\x00",
        b"\xff" * 64,
        AMQP_HEADER + frame(0, performative(BEGIN, None, UInt(0), UInt(9), UInt(9))),
        HANDSHAKE + frame(0, performative(OPEN, "x")),
        frame(0, performative(OPEN, "x")),
        HANDSHAKE + frame(7, performative(FLOW, UInt(0), UInt(9))),
        HANDSHAKE + frame(5000, performative(BEGIN, None, UInt(0), UInt(9), UInt(9))),
        SESSION + frame(1, performative(BEGIN, None, UInt(0), UInt(9), UInt(9))),
        SESSION + frame(1, performative(FLOW, "a", "b")),
        SESSION + frame(1, performative(FLOW)),
        SESSION + frame(1, performative(ATTACH, "n", ULong(2**40), True)),
        SESSION + frame(1, performative(ATTACH, "n", UInt(4000), True)),
        SESSION + frame(1, performative(ATTACH, 5, UInt(0), True)),
        SESSION + frame(1, performative(ATTACH, "n", UInt(0), False, None, None, "s", "t")),
        SESSION + frame(1, b"\x00\x53\x14\xd0\xff\xff\xff\xff\xff\xff\xff\xff"),
        SESSION + frame(1, b"\x00" * 200),
        SESSION + frame(1, b"\x00\x53\x14\xc1\x04\x02\x45\x45"),
        SESSION + (2**31).to_bytes(4, "big") + b"\x02\x00\x00\x01",
        SESSION + frame(1, b"", kind=9),
    ],
)
async def test_what_is_no_amqp_ends_its_connection_and_nothing_else(served: Served, octets: bytes) -> None:
    async with Wire(served) as good, Wire(served) as bad:
        await good.start()
        sender = await good.attach_sender("plain")
        bad.write(octets)
        with pytest.raises((Refused, EOFError)):
            await bad.expect()
        await good.sent(sender, message())
        assert await waiting(good, "plain") == 1


async def test_an_attach_with_nothing_in_it_is_refused(served: Served) -> None:
    async with Wire(served) as wire:
        wire.write(SESSION + frame(1, ATTACH_BODY))
        detach = await wire.expect(DETACH)
        assert condition_of(detach.fields.value(2)) == "amqp:unauthorized-access"


@settings(max_examples=60)
@given(garbage=st.lists(st.tuples(st.integers(0, 0x80), st.binary(max_size=60)), min_size=1, max_size=4))
def test_garbled_frames_never_end_the_broker(shared: Served, garbage: list[tuple[int, bytes]]) -> None:
    async def play() -> None:
        async with Wire(shared) as bad:
            bad.write(SESSION)
            for code, octets in garbage:
                bad.write(frame(1, b"\x00\x53" + bytes([code]) + octets))
            bad.send(CLOSE, channel=0)
            with pytest.raises((Refused, EOFError, OSError)):
                await bad.expect()
        async with Wire(shared) as good:
            await good.start()
            await good.sent(await good.attach_sender("plain"), message())

    asyncio.run(play())
