"""What `ports.Bus` and `ports.TallySession` promise, over the fake and over the broker.

The SDK takes half a second to open a link and longer to close one: all promises are put to the test at once, each
with an evaluation of its own, and every one is then told as a test.
"""

import asyncio
import gc
import uuid
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient

from shared.adapters.service_bus import ServiceBus
from shared.errors import SessionBusy, Unavailable
from shared.evaluation import incomplete
from shared.ids import shard_message_id
from shared.messages import CollectEvaluation, EvaluateDataShard, EvaluateModelShard, encode
from shared.outcome import Progress, encode_event, outcome_event, progress_event
from shared.ports import Bus, Delivered, TallySession
from shared.subject import TrainingFile, TunedModel
from shared.tally import DataTally, lost_data_tally
from tests.clouds import CloudThread
from tests.contract.mail import FakeMail, Mail, ServedMail, bus_at, close
from tests.fakes import FakeBus

NOW = datetime(2026, 1, 1, tzinfo=UTC)


Promise = Callable[[Mail, str], Awaitable[None]]
PROMISES: list[Promise] = []


def promise(check: Promise) -> Promise:
    """A promise to be checked with a bus and an evaluation nobody else uses."""
    PROMISES.append(check)
    return check


async def _check_all(mail: Mail) -> dict[str, BaseException | None]:
    results = await asyncio.gather(
        *(check(mail, uuid.uuid4().hex) for check in PROMISES), return_exceptions=True
    )
    return dict(zip((check.__name__ for check in PROMISES), results, strict=True))


async def _check_served(connection_string: str) -> dict[str, BaseException | None]:
    mail = ServedMail(connection_string)
    async with mail.collecting():
        return await _check_all(mail)


@pytest.fixture(scope="module")
def kept_by_the_fake() -> dict[str, BaseException | None]:
    return asyncio.run(_check_all(FakeMail()))


@pytest.fixture(scope="module")
def kept_by_the_broker(servers: CloudThread) -> dict[str, BaseException | None]:
    return asyncio.run(_check_served(servers.settings["ServiceBus"]))


FILE = TrainingFile(job="job", account="a", container="c", blob="job/f", etag="e", length=40)
MODEL = TunedModel(resource="local", job="job", attempt=0, model="m", endpoint="https://x/v1", deployment="m")


def collection(evaluation: str, round: int = 0) -> CollectEvaluation:
    return CollectEvaluation(
        evaluation=evaluation,
        round=round,
        shards=4,
        deadline_utc=NOW + timedelta(hours=1),
        policy="1",
        subject=FILE,
    )


def data_shard(evaluation: str, shard: int = 0, attempt: int = 0) -> EvaluateDataShard:
    return EvaluateDataShard(
        evaluation=evaluation, shard=shard, shards=1000, attempt=attempt, file=FILE, start=0, end=40
    )


def model_shard(evaluation: str, shard: int = 0) -> EvaluateModelShard:
    return EvaluateModelShard(
        evaluation=evaluation, shard=shard, shards=24, model=MODEL, scenarios=("x-001",)
    )


def tally(evaluation: str, shard: int = 0, texts: int = 0) -> DataTally:
    return DataTally(evaluation=evaluation, shard=shard, shard_counts=frozenset({4}), texts=texts)


@promise
async def what_is_sent_comes_as_it_was_sent(mail: Mail, evaluation: str) -> None:
    await mail.bus.send_collection(collection(evaluation))
    await mail.bus.send_shards([data_shard(evaluation)])
    await mail.bus.send_shards([model_shard(evaluation)])
    assert await mail.taken("collection", evaluation) == [encode(collection(evaluation))]
    assert await mail.taken("data", evaluation) == [encode(data_shard(evaluation))]
    assert await mail.taken("model", evaluation) == [encode(model_shard(evaluation))]


@promise
async def a_thousand_shards_all_come(mail: Mail, evaluation: str) -> None:
    """More than a batch holds."""
    shards = [data_shard(evaluation, number) for number in range(1000)]
    await mail.bus.send_shards(shards)
    came = await mail.taken("data", evaluation, after_s=2)
    assert sorted(came) == sorted(encode(shard) for shard in shards)


@promise
async def what_has_the_id_of_another_is_swallowed(mail: Mail, evaluation: str) -> None:
    for _ in range(3):
        await mail.bus.send_collection(collection(evaluation))
        await mail.bus.send_shards([data_shard(evaluation), data_shard(evaluation, 1)])
    assert len(await mail.taken("collection", evaluation)) == 1
    assert len(await mail.taken("data", evaluation)) == 2
    # Also once the first is gone.
    await mail.bus.send_collection(collection(evaluation), delay_s=0.1)
    await mail.bus.send_shards([data_shard(evaluation)])
    assert await mail.taken("collection", evaluation) == []
    assert await mail.taken("data", evaluation) == []


@promise
async def the_next_round_and_the_next_attempt_are_not_swallowed(mail: Mail, evaluation: str) -> None:
    for number in range(3):
        await mail.bus.send_collection(collection(evaluation, number))
        await mail.bus.send_shards([data_shard(evaluation, attempt=number)])
    assert len(await mail.taken("collection", evaluation)) == 3
    assert len(await mail.taken("data", evaluation)) == 3


@promise
async def a_delayed_message_comes_later(mail: Mail, evaluation: str) -> None:
    # One is due far beyond this test and one soon: only the second comes, however slow the machine is.
    await mail.bus.send_collection(collection(evaluation), delay_s=600)
    await mail.bus.send_shards([data_shard(evaluation)], delay_s=600)
    await mail.bus.send_collection(collection(evaluation, 1), delay_s=1)
    await mail.bus.send_shards([data_shard(evaluation, attempt=1)], delay_s=1)
    assert await mail.taken("collection", evaluation, after_s=3) == [encode(collection(evaluation, 1))]
    assert await mail.taken("data", evaluation, after_s=3) == [encode(data_shard(evaluation, attempt=1))]


@promise
async def an_outcome_and_each_percent_are_told_once(mail: Mail, evaluation: str) -> None:
    outcome = outcome_event(
        incomplete(evaluation=evaluation, subject=FILE, gaps=["x"]), source="/tests", time=NOW
    )
    other = outcome_event(
        incomplete(evaluation=evaluation, subject=FILE, gaps=["y"]), source="/tests", time=NOW
    )
    at = [
        progress_event(
            Progress(evaluation=evaluation, kind="data", job="job", done=done, shards=300),
            source="/tests",
            time=NOW,
        )
        for done in (3, 4, 6)
    ]
    for event in (*at, outcome, other, outcome):
        await mail.bus.publish(event)
    told = await mail.taken("event", evaluation)
    assert told == [encode_event(at[0]), encode_event(at[2]), encode_event(outcome)]


# The tallies' session.


async def gather(session: TallySession) -> list[Delivered]:
    came: list[Delivered] = []
    while batch := await session.receive(0.3):
        came.extend(batch)
    return came


@promise
async def all_tallies_of_the_evaluation_come_and_no_others(mail: Mail, evaluation: str) -> None:
    sent = [tally(evaluation, shard) for shard in range(7)]
    for each in sent:
        await mail.bus.send_tally(each)
        await mail.bus.send_tally(tally(uuid.uuid4().hex, each.shard))
    async with mail.bus.tallies(evaluation) as session:
        came = await gather(session)
    assert [each.body for each in came] == [encode(each) for each in sent]
    assert [each.message_id for each in came] == [shard_message_id(evaluation, shard) for shard in range(7)]


@promise
async def a_second_tally_under_the_same_id_comes_too(mail: Mail, evaluation: str) -> None:
    both = [tally(evaluation, texts=1), tally(evaluation, texts=2)]
    for each in both:
        await mail.bus.send_tally(each)
    async with mail.bus.tallies(evaluation) as session:
        came = await gather(session)
    assert [each.body for each in came] == [encode(each) for each in both]
    assert len({each.message_id for each in came}) == 1


@promise
async def every_session_sees_all_tallies_again_uncounted(mail: Mail, evaluation: str) -> None:
    for shard in range(5):
        await mail.bus.send_tally(tally(evaluation, shard))
    before = await mail.deliveries(evaluation)
    assert len(before) == 5
    rounds = []
    for _ in range(3):
        async with mail.bus.tallies(evaluation) as session:
            rounds.append(await gather(session))
    assert len(rounds[0]) == 5
    assert rounds[0] == rounds[1] == rounds[2]
    assert await mail.deliveries(evaluation) == before


@promise
async def a_session_sees_each_tally_once_and_what_comes_meanwhile(mail: Mail, evaluation: str) -> None:
    await mail.bus.send_tally(tally(evaluation, 0))
    async with mail.bus.tallies(evaluation) as session:
        first = await gather(session)
        await mail.bus.send_tally(tally(evaluation, 1))
        second = await gather(session)
    assert [each.message_id for each in (*first, *second)] == [f"{evaluation}:0", f"{evaluation}:1"]


@promise
async def an_evaluation_without_tallies_has_a_session_of_none(mail: Mail, evaluation: str) -> None:
    async with mail.bus.tallies(evaluation) as session:
        assert list(await session.receive(0.2)) == []


@promise
async def a_held_session_is_busy_until_it_is_given_back(mail: Mail, evaluation: str) -> None:
    await mail.bus.send_tally(tally(evaluation))
    async with mail.bus.tallies(evaluation) as session:
        assert await session.receive(1)
        with pytest.raises(SessionBusy):
            async with mail.bus.tallies(evaluation):
                pytest.fail("two hold one session")
        async with mail.bus.tallies(uuid.uuid4().hex) as other:
            assert list(await other.receive(0.1)) == []
    async with mail.bus.tallies(evaluation) as session:
        assert await session.receive(1)


@promise
async def a_session_is_given_back_by_an_error_too(mail: Mail, evaluation: str) -> None:
    await mail.bus.send_tally(tally(evaluation))
    with pytest.raises(KeyError):
        async with mail.bus.tallies(evaluation) as session:
            await session.receive(1)
            raise KeyError
    async with mail.bus.tallies(evaluation) as session:
        assert await session.receive(1)


@promise
async def senders_at_the_same_time_do_not_mix(mail: Mail, evaluation: str) -> None:
    async with asyncio.TaskGroup() as group:
        for shard in range(40):
            group.create_task(mail.bus.send_tally(lost_data_tally(evaluation, shard, 40, "dead_letter")))
    async with mail.bus.tallies(evaluation) as session:
        came = await gather(session)
    assert {each.message_id for each in came} == {f"{evaluation}:{shard}" for shard in range(40)}
    assert len(came) == 40


@pytest.mark.parametrize("bus", ["fake", "broker"])
@pytest.mark.parametrize("check", PROMISES, ids=lambda check: check.__name__)
def test_it_is_kept(request: pytest.FixtureRequest, bus: str, check: Promise) -> None:
    broken = request.getfixturevalue(f"kept_by_the_{bus}")[check.__name__]
    if broken is not None:
        raise broken


@pytest.fixture
def evaluation() -> str:
    return uuid.uuid4().hex


OPERATIONS = ("collection", "shards", "tally", "publish", "tallies")


async def operate(bus: Bus, operation: str, evaluation: str) -> None:
    match operation:
        case "collection":
            await bus.send_collection(collection(evaluation))
        case "shards":
            await bus.send_shards([data_shard(evaluation), data_shard(evaluation, 1)])
        case "tally":
            await bus.send_tally(tally(evaluation))
        case "publish":
            outcome = incomplete(evaluation=evaluation, subject=FILE, gaps=["x"])
            await bus.publish(outcome_event(outcome, source="/tests", time=NOW))
        case _:
            async with bus.tallies(evaluation):
                pytest.fail("nobody can hold this")


async def refusals(buses: dict[str, Bus], evaluation: str) -> dict[str, type[BaseException] | None]:
    """What every operation raised, all at once since each takes the SDK some seconds."""
    results = await asyncio.gather(
        *(operate(bus, operation, evaluation) for operation, bus in buses.items()), return_exceptions=True
    )
    return {
        operation: type(result) if isinstance(result, BaseException) else None
        for operation, result in zip(buses, results, strict=True)
    }


@pytest.mark.parametrize("which", ["fake", "broker"])
async def test_a_bus_that_is_away_is_unavailable(which: str, evaluation: str, nobody: int) -> None:
    if which == "fake":
        fake = FakeBus()
        fake.away = True
        buses: dict[str, Bus] = dict.fromkeys(OPERATIONS, fake)
    else:
        secret = (
            f"Endpoint=sb://127.0.0.1:{nobody};SharedAccessKeyName=RootManageSharedAccessKey;"
            "SharedAccessKey=key;UseDevelopmentEmulator=true;"
        )
        buses = {operation: bus_at(secret) for operation in OPERATIONS}
    assert await refusals(buses, evaluation) == dict.fromkeys(OPERATIONS, Unavailable)
    for bus in buses.values():
        if isinstance(bus, ServiceBus):
            await close(bus)


@pytest.fixture
def mortal() -> Iterator[CloudThread]:
    """A broker of its own, to be killed."""
    with CloudThread(parts=("broker",)) as running:
        yield running


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the SDK forgets the socket of a session that broke
async def test_a_broker_that_goes_and_comes_is_unavailable_and_then_used_again(
    mortal: CloudThread, evaluation: str
) -> None:
    """What was opened before is no hindrance: the adapter lives as long as its process."""
    bus = bus_at(mortal.settings["ServiceBus"])
    await bus.send_tally(tally(evaluation))
    with pytest.raises(Unavailable):
        async with bus.tallies(evaluation) as session:
            assert await session.receive(1)
            await asyncio.to_thread(mortal.run, mortal.cloud.kill("broker"))
            await session.receive(1)
    await asyncio.to_thread(mortal.run, mortal.cloud.start("broker"))
    await bus.send_tally(tally(evaluation, 2))
    async with bus.tallies(evaluation) as session:
        assert [each.message_id for each in await gather(session)] == [f"{evaluation}:2"]
    await close(bus)
    gc.collect()


async def test_every_event_has_a_session_and_says_what_it_is(servers: CloudThread, evaluation: str) -> None:
    """By these the subscriptions choose: without them a verdict would never be recorded."""
    bus = bus_at(servers.settings["ServiceBus"])
    for subject in (FILE, MODEL):
        outcome = incomplete(evaluation=evaluation, subject=subject, gaps=["x"])
        event = outcome_event(outcome, source="/tests", time=NOW)
        await bus.publish(
            event if subject is FILE else type(event)(**{**fields(event), "id": f"{event.id}:2"})
        )
    await close(bus)
    came: list[tuple[str, str | None, dict]] = []
    async with ServiceBusClient.from_connection_string(servers.settings["ServiceBus"]) as client:
        for name in ("verdicts", "training"):
            receiver = client.get_subscription_receiver("outcomes", name)
            async with receiver:
                for message in await received(receiver, 2 if name == "training" else 1, evaluation):
                    came.append((name, message.session_id, dict(message.application_properties or {})))
    data, model = ({b"what": b"outcome", b"kind": kind} for kind in (b"data", b"model"))
    assert came == [
        ("verdicts", evaluation, model),
        ("training", evaluation, data),
        ("training", evaluation, model),
    ]


def fields(event: object) -> dict[str, object]:
    return {name: getattr(event, name) for name in type(event).__struct_fields__}


async def received(receiver, count: int, evaluation: str) -> list[ServiceBusReceivedMessage]:
    """The first messages of the evaluation; those of other tests are settled on the way."""
    found: list[ServiceBusReceivedMessage] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            for message in await receiver.receive_messages(max_message_count=50, max_wait_time=1):
                await receiver.complete_message(message)
                if message.session_id == evaluation:
                    found.append(message)
    return found
