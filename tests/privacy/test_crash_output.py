"""What a crash would print: errors with all their causes and contexts, and the reprs of what holds text."""

import json
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator

import pytest

from local.host.logs import WithoutMessages
from local.model_server import training_file
from shared import messages, outcome
from shared.adapters.chat_model import OpenAIChat
from shared.adapters.content_safety import ContentSafety
from shared.errors import TunegateError, Unavailable
from shared.evaluate_data import _ShardTexts, evaluate_data_shard
from shared.events import Event, completed_training, uploaded_file
from shared.ports import Answer, Turn
from shared.records import read_record
from shared.scoring import Budget, Scorer
from shared.settings import Connection, read_settings
from shared.shards import ByteRange, Line, ShardLines
from shared.subject import TrainingFile, TunedModel
from tests.contract.answering import answering
from tests.fakes import FakeBus, FakeClassifier, FakeClock, FakeFiles
from tests.privacy.scanner import Scanner
from tests.unit.test_events_and_settings import BLOB, ENVIRONMENT, SETTINGS, TRAINED

CANARY = "NumbatPavlovaHarmattan"
SCANNER = Scanner(CANARY)


def printed(error: BaseException) -> bytes:
    """What `logging.exception` prints of an error, its causes and what its group holds included."""
    return "".join(traceback.format_exception(error)).encode()


def parts(error: BaseException) -> Iterator[BaseException]:
    """The error, its causes, and the same of whatever its group holds."""
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is not None:
            yield each
            waiting += [each.__cause__, *(each.exceptions if isinstance(each, BaseExceptionGroup) else ())]


def told(error: BaseException) -> bytes:
    """Everything an error says: as it is printed, as a repr, and what it carries."""
    kept = [repr(part) + repr(vars(part)) + repr(part.args) for part in parts(error)]
    return printed(error) + "".join(kept).encode()


def test_the_scanner_sees_a_crash_that_tells() -> None:
    """An error that quotes, as a message, as a cause, as a context, in a group; and not one that is cut off."""
    for raising in (_quoting, _caused, _in_context, _grouped):
        with pytest.raises(Exception) as raised:
            raising()
        assert SCANNER.sees(printed(raised.value))
    with pytest.raises(KeyError) as raised:
        _cut_off()
    assert not SCANNER.sees(printed(raised.value))


def _quoting() -> None:
    raise ValueError(CANARY)


def _caused() -> None:
    raise KeyError from ValueError(CANARY)


def _in_context() -> None:
    try:
        _quoting()
    except ValueError:
        raise KeyError  # noqa: B904 -- the context is the point


def _grouped() -> None:
    raise ExceptionGroup("crashed", [ValueError(CANARY)])


def _cut_off() -> None:
    try:
        _quoting()
    except ValueError:
        raise KeyError from None


UNREADABLE = [
    f'{{"messages": [{{"role": "user", "content": "{CANARY}'.encode(),
    f'{{"messages": [{{"role": "user", "content": "{CANARY}"}}]}} {CANARY}'.encode(),
    f'{{"messages": [{{"role": "user", "content": "{CANARY}\\ud800"}}]}}'.encode(),
    f'{{"messages": [{{"role": "user", "content": "{CANARY}'.encode() + b'\xff"}]}',
    f'{{"messages": [{{"role": "user", "{CANARY}": 1, "{CANARY}": 2}}]}}'.encode(),
    f'["{CANARY}"]'.encode(),
    f'{{"messages": [{{"role": "user", "content": {CANARY}}}]}}'.encode(),
    f'{{"messages": "{CANARY}", "n": {"9" * 5000}}}'.encode(),
    json.dumps({"messages": [{"role": "user", "content": [[CANARY] * 2] * 2}]})
    .encode()
    .replace(b"[[", b"[" * 80),
]


@pytest.mark.parametrize("line", UNREADABLE)
def test_an_unreadable_line_is_not_quoted(line: bytes) -> None:
    with pytest.raises(TunegateError) as refused:
        read_record(line, first=True)
    assert not SCANNER.sees(told(refused.value))
    with pytest.raises(training_file.TrainingFileError) as refused_there:
        training_file.read(line)
    assert not SCANNER.sees(told(refused_there.value))


FOREIGN = [
    CANARY.encode(),
    f'"{CANARY}"'.encode(),
    f'{{"type": "{CANARY}", "version": 1}}'.encode(),
    f'{{"type": "evaluate-data-shard", "version": "{CANARY}"}}'.encode(),
    f'{{"type": "evaluate-data-shard", "version": 1, "{CANARY}": "{CANARY}"}}'.encode(),
    f'{{"type": "evaluate-data-shard", "version": 1, "evaluation": "{CANARY}"}}'.encode(),
    f'{{"type": "data-tally", "version": 1, "evaluation": "{"a" * 32}", "unscored": {{"{CANARY}": "x"}}}}'.encode(),
    f'{{"type": "data-tally", "version": 1, "evaluation": "{"a" * 32}", "shard": 0, "{CANARY}": 0}}'.encode(),
    f'{{"type": "Tunegate.EvaluationCompleted", "id": 1, "{CANARY}": 0}}'.encode(),
    f'{{"type": "Tunegate.EvaluationCompleted", "data": "{CANARY}"}}'.encode(),
    CANARY.encode() + b"\xff",
]


@pytest.mark.parametrize("body", FOREIGN)
def test_a_message_that_is_none_is_not_quoted(body: bytes) -> None:
    for decode in (
        lambda: messages.decode(body, messages.EvaluateDataShard),
        lambda: messages.decode(body, messages.CollectEvaluation),
        lambda: messages.decode_tally(body),
        lambda: outcome.decode_event(body),
    ):
        with pytest.raises(TunegateError) as refused:
            decode()
        assert not SCANNER.sees(told(refused.value))


@pytest.mark.parametrize("field", [*BLOB, *TRAINED, CANARY])
def test_an_event_that_is_refused_is_not_quoted(field: str) -> None:
    for kind, data, read in (
        ("Microsoft.Storage.BlobCreated", BLOB, uploaded_file),
        ("Tunegate.TrainingCompleted", TRAINED, completed_training),
    ):
        for value in (CANARY + "/\u0000", [CANARY], {CANARY: CANARY}):
            try:
                read(Event(id="e", type=kind, data={**data, field: value}), SETTINGS)
            except TunegateError as refused:
                assert not SCANNER.sees(told(refused))
            else:
                assert field not in data or field in {"api", "sequencer", "eTag", "deployment", "model"}


QUOTING: list[tuple[int, bytes]] = [
    (200, f'{{"categoriesAnalysis": [{{"category": "{CANARY}'.encode()),
    (200, f"<p>{CANARY}</p>".encode()),
    (200, f'{{"choices": "{CANARY}"}}'.encode()),
    (200, f'{{"choices": [{{"message": {{"content": ["{CANARY}"]}}}}]}}'.encode()),
    (200, CANARY.encode() + b"\xff"),
    *(
        (status, f'{{"error": {{"code": "{CANARY}", "message": "{CANARY}"}}}}'.encode())
        for status in (400, 404, 429)
    ),
    *((status, f'"{CANARY}"'.encode()) for status in (401, 413, 418, 500, 503)),
    (400, f'{{"error": {{"code": "content_filter", "message": "{CANARY}", "type": "{CANARY}"}}}}'.encode()),
]


@pytest.mark.parametrize(("status", "body"), QUOTING)
async def test_a_service_that_quotes_the_text_is_not_quoted(status: int, body: bytes) -> None:
    headers = {"Retry-After": CANARY, "x-request-id": CANARY, "x-ms-error-code": CANARY}
    async with answering(status, body, headers) as server:
        classifier = ContentSafety(Connection(address=server.url, secret="key"))
        settings = read_settings(
            {**ENVIRONMENT, "TUNEGATE_MODEL_ENDPOINTS": server.url, "TUNEGATE_MODEL_KEY": "key"}
        )
        model = TunedModel(resource="r1", job="j", attempt=0, model="m", endpoint=server.url, deployment="d")
        chat = OpenAIChat(settings)

        async def chatting() -> object:
            return await chat.answer(model, [Turn(role="user", content=CANARY)])

        async def analyzing() -> object:
            return await classifier.analyze(CANARY)

        try:
            for ask in (chatting, analyzing):
                assert not SCANNER.sees(await _told_of(ask))
        finally:
            await classifier._client.close()
            for client in chat._clients.values():
                await client.close()
        assert len(server.bodies) == 2
        assert all(SCANNER.sees(sent) for sent in server.bodies), "the text was in hand"


async def _told_of(ask: Callable[[], Awaitable[object]]) -> bytes:
    try:
        return repr(await ask()).encode()
    except TunegateError as error:
        return told(error)


async def test_a_bug_with_the_text_in_hand_is_told_by_type_and_place() -> None:
    """The host's log says where it crashed, at whatever depth of causes the text is, and whoever logs it."""
    content = f'{{"messages": [{{"role": "user", "content": "{CANARY}"}}]}}'.encode()
    bug = KeyError(CANARY)
    bug.__cause__ = ValueError(CANARY)
    file = TrainingFile(job="j", account="a", container="c", blob="j/f", etag="e", length=len(content))
    task = messages.EvaluateDataShard(
        evaluation="a" * 32, shard=0, shards=1, file=file, start=0, end=len(content)
    )
    with pytest.raises(ExceptionGroup) as crashed:
        await evaluate_data_shard(
            task,
            files=FakeFiles(content),
            classifier=FakeClassifier(errors=[bug]),
            bus=FakeBus(),
            clock=FakeClock(),
        )
    assert SCANNER.sees(printed(crashed.value)), "an ordinary log would tell it"
    info = (type(crashed.value), crashed.value, crashed.value.__traceback__)
    record = logging.LogRecord("app", logging.ERROR, __file__, 1, "it crashed", None, info)
    line = WithoutMessages("%(message)s").format(record)
    assert "ExceptionGroup at" in line
    assert not SCANNER.sees(line.encode())


async def test_what_holds_text_has_no_repr_of_it() -> None:
    line = f'{{"messages": [{{"role": "user", "content": "{CANARY}"}}], "{CANARY}": 1}}'.encode()
    record = read_record(line, first=True)
    assert record is not None
    assert len(record.texts) == 2
    lines = ShardLines(ByteRange(start=0, end=len(line)))
    [*lines.feed(line)]
    shard = _ShardTexts(lines)
    owned = Line(number=0, offset=0, content=line)
    shard.add(owned)
    clock = FakeClock()
    scorer = Scorer(FakeClassifier(), Budget(clock, until=clock.now()))
    await scorer.score_all([CANARY])
    holders = [
        record,
        record.texts,
        lines,
        owned,
        shard,
        shard.texts,
        scorer,
        Answer(text=CANARY, model="m"),
        [Turn(role="user", content=CANARY)],
        Unavailable("busy"),
    ]
    assert [type(holder).__name__ for holder in holders if SCANNER.sees(repr(holder).encode())] == []
    assert SCANNER.sees(repr([text.value for text in record.texts]).encode()), "they do hold it"
