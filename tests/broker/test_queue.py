"""The rules of queues, sessions and topics, with time moved by hand."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.broker.errors import BrokerError
from local.broker.filters import CorrelationFilter
from local.broker.options import QueueOptions, TopicOptions
from local.broker.queue import Queue
from local.broker.settlement import Outcome, Settlement
from local.broker.stored import State, Stored
from local.broker.topic import Subscription, Topic
from tests.broker.hand import HandClock, Notes, parsed

COMPLETE, ABANDON, RELEASE = (
    Settlement(outcome=each) for each in (Outcome.COMPLETE, Outcome.ABANDON, Outcome.RELEASE)
)
DEFER, BURY = Settlement(outcome=Outcome.DEFER), Settlement(outcome=Outcome.DEAD_LETTER, reason="r")


def token(stored: Stored) -> uuid.UUID:
    """Return the token of the lock on the message."""
    assert stored.lock is not None
    return stored.lock.token


def queue(**options: Any) -> tuple[Queue, HandClock]:
    """Return a queue and the clock it goes by."""
    clock = HandClock()
    return Queue("q", QueueOptions(**options), clock), clock


def dead_reasons(one: Queue) -> list[object]:
    """Return why the dead letters are dead."""
    assert one.dead_letters is not None
    return [each.message.application_values()["DeadLetterReason"] for each in one.dead_letters.peek(0, 100)]


def test_order_is_kept_and_receivers_take_turns() -> None:
    one, clock = queue()
    first, second = Notes(), Notes(credit=1)
    one.attach(first)
    one.attach(second)
    one.accept([parsed(bytes([each])) for each in b"abcd"])
    clock.pass_ms()
    assert (first.bodies(), second.bodies()) == ([b"a", b"c", b"d"], [b"b"])


def test_what_comes_back_comes_before_what_is_newer() -> None:
    one, clock = queue()
    taker = Notes(credit=2)
    one.attach(taker)
    one.accept([parsed(bytes([each])) for each in b"abc"])
    clock.pass_ms()
    one.settle(token(taker.got[1]), ABANDON)
    one.settle(token(taker.got[0]), RELEASE)
    taker.credit = 3
    one.wake()
    clock.pass_ms()
    assert taker.bodies() == [b"a", b"b", b"a", b"b", b"c"]
    assert [each.delivery_count for each in taker.got[2:]] == [0, 1, 0]


def test_a_lock_expires_at_its_time_counts_and_loses_its_token() -> None:
    one, clock = queue(lock_ms=1000, max_deliveries=2)
    taker = Notes()
    one.attach(taker)
    one.accept([parsed()])
    clock.pass_ms(999)
    lost = token(taker.got[0])
    assert len(taker.got) == 1
    clock.pass_ms(1)
    assert len(taker.got) == 2 and taker.got[1].delivery_count == 1
    for act in (lambda: one.settle(lost, COMPLETE), lambda: one.renew(lost)):
        with pytest.raises(BrokerError, match="lock supplied is invalid"):
            act()
    clock.pass_ms(1000)
    assert len(taker.got) == 2
    assert dead_reasons(one) == ["MaxDeliveryCountExceeded"]


def test_a_renewed_lock_lasts_the_full_time_from_then() -> None:
    one, clock = queue(lock_ms=1000)
    taker = Notes()
    one.attach(taker)
    one.accept([parsed()])
    clock.pass_ms(900)
    assert one.renew(token(taker.got[0])) == clock.now_ms() + 1000
    clock.pass_ms(999)
    one.settle(token(taker.got[0]), COMPLETE)
    clock.pass_ms(5000)
    assert one.peek(0, 10) == [] and len(taker.got) == 1


def test_a_receiver_that_leaves_does_not_unlock() -> None:
    one, clock = queue(lock_ms=1000)
    leaver, stayer = Notes(), Notes()
    one.attach(leaver)
    one.accept([parsed()])
    clock.pass_ms()
    one.detach(leaver)
    one.attach(stayer)
    clock.pass_ms(999)
    assert stayer.got == []
    clock.pass_ms(1)
    assert [each.delivery_count for each in stayer.got] == [1]


@pytest.mark.parametrize(
    ("own", "default", "lives_ms"), [(500, 900, 500), (900, 500, 500), (None, 500, 500), (500, None, 500)]
)
@pytest.mark.parametrize("buries", [False, True])
def test_the_shorter_time_to_live_counts(
    own: int | None, default: int | None, lives_ms: int, buries: bool
) -> None:
    one, clock = queue(ttl_ms=default, dead_letters_expired=buries)
    one.accept([parsed(ttl_ms=own)])
    clock.pass_ms(lives_ms - 1)
    assert len(one.peek(0, 1)) == 1
    clock.pass_ms(1)
    assert one.peek(0, 1) == []
    assert dead_reasons(one) == (["TTLExpiredException"] if buries else [])


def test_a_locked_message_may_be_completed_after_its_time_but_does_not_come_back() -> None:
    one, clock = queue(ttl_ms=500, lock_ms=10_000)
    taker = Notes()
    one.attach(taker)
    one.accept([parsed(), parsed()])
    clock.pass_ms(600)
    one.settle(token(taker.got[0]), COMPLETE)
    one.settle(token(taker.got[1]), ABANDON)
    clock.pass_ms()
    assert one.peek(0, 10) == [] and len(taker.got) == 2


def test_a_deferred_message_is_had_only_by_number_and_expires_too() -> None:
    one, clock = queue(ttl_ms=5000)
    taker = Notes()
    one.attach(taker)
    one.accept([parsed()])
    clock.pass_ms()
    [deferred] = taker.got
    one.settle(token(deferred), DEFER)
    clock.pass_ms(100)
    assert len(taker.got) == 1 and deferred.state is State.DEFERRED
    one.receive_deferred([deferred.sequence], delete=False, session=None)
    with pytest.raises(BrokerError, match="does not exist"):
        one.receive_deferred([deferred.sequence], delete=False, session=None)
    one.settle(token(deferred), ABANDON)
    clock.pass_ms()
    assert deferred.state is State.DEFERRED and len(taker.got) == 1
    clock.pass_ms(5000)
    assert one.peek(0, 10) == []


def test_the_window_of_duplicates_ends_and_a_cancelled_id_stays_taken() -> None:
    one, clock = queue(duplicate_window_ms=1000)
    first = one.accept([parsed(message_id="a"), parsed(message_id="a")])
    assert len(set(first)) == 2 and len(one.peek(0, 10)) == 1
    later = replace(parsed(message_id="b"), scheduled_ms=clock.now_ms() + 500)
    one.cancel(one.accept([later]))
    clock.pass_ms(1000)
    one.accept([parsed(message_id="a"), parsed(message_id="b")])
    assert len(one.peek(0, 10)) == 1
    clock.pass_ms(1)
    one.accept([parsed(message_id="a"), parsed(message_id="b"), parsed(message_id="a")])
    assert len(one.peek(0, 10)) == 3


def test_a_scheduled_message_waits_and_its_time_to_live_begins_then() -> None:
    one, clock = queue(ttl_ms=1000)
    taker = Notes(deletes=True)
    one.attach(taker)
    [number] = one.accept([replace(parsed(), scheduled_ms=clock.now_ms() + 5000)])
    clock.pass_ms(4999)
    assert taker.got == [] and one.peek(0, 1)[0].state is State.SCHEDULED
    clock.pass_ms(1)
    [stored] = taker.got
    assert stored.sequence > number == stored.enqueued_sequence
    assert stored.expires_ms == clock.now_ms() + 1000
    with pytest.raises(BrokerError):
        one.cancel([number])


def test_dead_letters_have_no_limit_and_cannot_be_buried_again() -> None:
    one, clock = queue(lock_ms=1000, ttl_ms=60_000)
    taker, undertaker = Notes(), Notes()
    one.attach(taker)
    one.accept([parsed()])
    clock.pass_ms()
    one.settle(token(taker.got[0]), BURY)
    assert one.dead_letters is not None
    one.dead_letters.attach(undertaker)
    clock.pass_ms(100_000)
    assert undertaker.got[-1].delivery_count == len(undertaker.got) - 1 > 50
    with pytest.raises(BrokerError, match="dead-lettered again"):
        one.dead_letters.settle(token(undertaker.got[-1]), BURY)
    one.dead_letters.settle(token(undertaker.got[-1]), COMPLETE)
    with pytest.raises(BrokerError, match="takes no messages"):
        one.dead_letters.accept([parsed()])


def talks(**options: Any) -> tuple[Queue, HandClock]:
    """Return a queue with sessions."""
    return queue(requires_session=True, **options)


def accept_session(one: Queue, name: str, taker: Notes) -> None:
    """Give the receiver the session."""
    assert one.sessions is not None
    taker.session = one.sessions.accept(name, taker)
    one.wake()


def test_a_session_is_one_receivers_and_closing_it_does_not_count() -> None:
    one, clock = talks(max_deliveries=2)
    one.accept([parsed(bytes([each]), session_id=chr(each % 2)) for each in range(4)])
    for _ in range(5):
        taker = Notes()
        accept_session(one, "\x00", taker)
        clock.pass_ms()
        assert taker.bodies() == [b"\x00", b"\x02"]
        with pytest.raises(BrokerError, match="cannot be accepted"):
            accept_session(one, "\x00", Notes())
        one.detach(taker)
        clock.pass_ms()
    assert [each.delivery_count for each in one.peek(0, 10)] == [0, 0, 0, 0]


def test_a_session_lock_that_expires_counts_for_what_was_not_settled() -> None:
    one, clock = talks(lock_ms=1000, max_deliveries=2)
    one.accept([parsed(session_id="s") for _ in range(3)])
    for _ in range(2):
        taker = Notes(credit=2)
        accept_session(one, "s", taker)
        clock.pass_ms(999)
        assert not taker.lost
        lost = token(taker.got[0])
        clock.pass_ms(1)
        assert taker.lost
        with pytest.raises(BrokerError, match="session lock has expired"):
            one.settle(lost, COMPLETE)
    assert [each.delivery_count for each in one.peek(0, 10)] == [0]
    assert dead_reasons(one) == ["MaxDeliveryCountExceeded"] * 2


def test_renewing_a_session_carries_the_locks_of_its_messages_along() -> None:
    one, clock = talks(lock_ms=1000)
    one.accept([parsed(session_id="s")])
    taker = Notes()
    accept_session(one, "s", taker)
    clock.pass_ms(900)
    assert one.sessions is not None and taker.session is not None
    until_ms = one.sessions.renew(taker.session)
    assert taker.got[0].lock is not None and taker.got[0].lock.until_ms == until_ms == clock.now_ms() + 1000
    with pytest.raises(BrokerError, match="session's lock"):
        one.renew(token(taker.got[0]))
    clock.pass_ms(999)
    one.settle(token(taker.got[0]), COMPLETE)


def test_an_unfinished_session_does_not_starve_the_others() -> None:
    one, clock = talks()
    one.accept([parsed(session_id=name) for name in "abc"])
    assert one.sessions is not None
    seen = []
    for _ in range(6):
        taker = Notes()
        one.sessions.wait(taker)
        one.wake()
        clock.pass_ms()
        assert taker.session is not None
        seen.append(taker.session.id)
        one.detach(taker)
    assert seen == list("abcabc")


def test_a_waiting_receiver_gets_a_session_when_its_message_is_due() -> None:
    one, clock = talks()
    assert one.sessions is not None
    taker = Notes()
    one.sessions.wait(taker)
    one.accept([replace(parsed(session_id="s"), scheduled_ms=clock.now_ms() + 1000)])
    clock.pass_ms(999)
    assert taker.session is None
    clock.pass_ms(1)
    assert taker.session is not None and len(taker.got) == 1


def test_session_state_outlives_the_messages_and_nothing_else_stays() -> None:
    one, clock = talks()
    sessions = one.sessions
    assert sessions is not None
    one.accept([parsed(session_id=name) for name in ("kept", "gone")])
    for name, state in (("kept", b"state"), ("gone", None)):
        taker = Notes(deletes=True)
        accept_session(one, name, taker)
        assert taker.session is not None
        sessions.set_state(taker.session, state)
        clock.pass_ms()
        one.detach(taker)
    assert sessions.ids(None) == ["kept"]
    taker = Notes()
    accept_session(one, "kept", taker)
    assert taker.session is not None and taker.session.state == b"state"


def topic(
    *filters: CorrelationFilter, options: QueueOptions, **rules: Any
) -> tuple[Topic, list[Queue], HandClock]:
    """Return a topic with a subscription for each filter."""
    clock = HandClock()
    queues = [Queue(f"t/Subscriptions/{at}", options, clock) for at, _ in enumerate(filters)]
    subscriptions = [
        Subscription(queue=one, filters=(each,)) for one, each in zip(queues, filters, strict=True)
    ]
    return Topic("t", TopicOptions(**rules), subscriptions, clock), queues, clock


@pytest.mark.parametrize(
    ("own", "of_topic", "of_subscription"), [(5, 9, 9), (9, 5, 9), (9, 9, 5), (None, 5, None)]
)
def test_the_shortest_of_three_times_to_live_counts(
    own: int | None, of_topic: int | None, of_subscription: int | None
) -> None:
    one, [sub], clock = topic(
        CorrelationFilter(), options=QueueOptions(ttl_ms=of_subscription), ttl_ms=of_topic
    )
    one.accept([parsed(ttl_ms=own)])
    clock.pass_ms(4)
    assert len(sub.peek(0, 1)) == 1
    clock.pass_ms(1)
    assert sub.peek(0, 1) == []


def test_a_topic_swallows_duplicates_before_its_subscriptions_also_scheduled_ones() -> None:
    everything = CorrelationFilter()
    one, subs, clock = topic(everything, everything, options=QueueOptions(), duplicate_window_ms=60_000)
    later = replace(parsed(message_id="b"), scheduled_ms=clock.now_ms() + 1000)
    numbers = one.accept(
        [parsed(message_id="a"), parsed(message_id="a"), later, parsed(message_id="b"), later]
    )
    assert len(set(numbers)) == 5
    assert [len(sub.peek(0, 10)) for sub in subs] == [1, 1]
    clock.pass_ms(1000)
    assert [len(sub.peek(0, 10)) for sub in subs] == [2, 2]


@pytest.mark.parametrize(
    ("value", "wanted", "same"),
    [("1", "1", True), ("1", 1, False), (1, 1, True), (True, 1, False), (1, True, False), ("a", "A", False)],
)
def test_a_filter_compares_kind_and_case(value: object, wanted: object, same: bool) -> None:
    one = parsed().with_application_properties({"p": value})
    assert CorrelationFilter(application={"p": wanted}).matches(one) is same
    assert not CorrelationFilter(application={"p": wanted, "q": 1}).matches(one)


@given(st.lists(st.sampled_from(["send", "take", *Outcome, "wait"]), max_size=60))
def test_no_message_is_ever_lost_or_doubled(steps: list[object]) -> None:
    one, clock = queue(lock_ms=1000, max_deliveries=3)
    taker = Notes(credit=0)
    one.attach(taker)
    sent = completed = 0
    for step in steps:
        held = [each for each in taker.got if each.lock is not None]
        if step == "send":
            one.accept([parsed(b"%d" % sent)])
            sent += 1
        elif step == "take":
            taker.credit += 1
            one.wake()
        elif step == "wait":
            clock.pass_ms(400)
        elif held and isinstance(step, Outcome):
            one.settle(token(held[0]), Settlement(outcome=step))
            completed += step is Outcome.COMPLETE
        clock.pass_ms()
        assert one.dead_letters is not None
        here, dead = one.peek(0, 1000), one.dead_letters.peek(0, 1000)
        bodies = [each.message.body_octets for each in (*here, *dead)]
        assert len(bodies) == len(set(bodies)) == sent - completed
        assert all(each.delivery_count < 3 or each.state is State.DEFERRED for each in here)
