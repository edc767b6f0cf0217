"""The node `<entity>/$management`: what the SDKs ask for by request instead of by link."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from local.broker.clock import Clock
from local.broker.encoding import ARRAY_OF_LONG, ARRAY_OF_STRING, ARRAY_OF_TIMESTAMP
from local.broker.errors import (
    ARGUMENT,
    DECODE_ERROR,
    MESSAGE_NOT_FOUND,
    NOT_ALLOWED,
    NOT_IMPLEMENTED,
    BrokerError,
    DecodeError,
    session_lock_lost,
)
from local.broker.message import MAX_MESSAGE_BYTES, Message, size_exceeded
from local.broker.queue import Queue
from local.broker.requests import Arguments, Request
from local.broker.sessions import Session, Sessions
from local.broker.settlement import Outcome, Settlement
from local.broker.states import property_changes
from local.broker.topic import Topic
from local.broker.values import Array, Int, Symbol, Timestamp

if TYPE_CHECKING:
    from local.broker.channel import Channel

_PREFIX = "com.microsoft:"
_YEAR_10000_MS = 253_402_300_800_000  # what the SDK sends for "whenever updated"
_PEEK_MOST = 250
_OUTCOMES = {
    "completed": Outcome.COMPLETE,
    "abandoned": Outcome.ABANDON,
    "defered": Outcome.DEFER,  # spelled as the protocol spells it
    "suspended": Outcome.DEAD_LETTER,
}
_NO_CONTENT = None


class Management:
    """Answers the requests of one connection about one entity."""

    def __init__(self, entity: Queue | Topic, node: str, holder: object, clock: Clock) -> None:
        self._entity = entity
        self._node = node
        self._holder = holder
        self._clock = clock
        self._operations: dict[str, Callable[[Arguments], dict[str, object] | None]] = {
            "schedule-message": self._schedule,
            "cancel-scheduled-message": self._cancel,
            "peek-message": self._peek,
            "renew-lock": self._renew_locks,
            "receive-by-sequence-number": self._receive_deferred,
            "update-disposition": self._settle,
            "get-session-state": self._get_state,
            "set-session-state": self._set_state,
            "renew-session-lock": self._renew_session,
            "get-message-sessions": self._list_sessions,
        }

    def take_for(self, channel: "Channel") -> Callable[[bytes, int], None]:
        """Return what takes the requests of a channel and answers them there."""

        def take(octets: bytes, _message_format: int) -> None:
            request = Request.parse(octets)
            properties, body = self._answer(request)
            request.answer(channel, self._node, properties, body)

        return take

    def _answer(self, request: Request) -> tuple[dict[str, object], object]:
        name = str(request.properties.get("operation"))
        operation = self._operations.get(name.removeprefix(_PREFIX)) if name.startswith(_PREFIX) else None
        try:
            if operation is None:
                raise BrokerError(NOT_IMPLEMENTED, "This management operation is not implemented.", 501)
            body = operation(Arguments(request.body))
        except BrokerError as refusal:
            return _status(refusal.status, refusal.description, refusal.condition), {}
        except DecodeError as refusal:
            return _status(400, str(refusal), DECODE_ERROR), {}
        if body is _NO_CONTENT:
            return _status(204, "No Content", MESSAGE_NOT_FOUND), {}
        return _status(200, "OK", None), body

    @property
    def _queue(self) -> Queue:
        if isinstance(self._entity, Topic):
            raise BrokerError(NOT_ALLOWED, "A topic has no messages of its own: ask a subscription.")
        return self._entity

    @property
    def _sessions(self) -> Sessions:
        if self._queue.sessions is None:
            raise BrokerError(NOT_ALLOWED, f"'{self._queue.path}' has no sessions.")
        return self._queue.sessions

    def _session(self, arguments: Arguments) -> Session:
        return self._sessions.held(arguments.text("session-id"), self._holder)

    def _session_if_required(self, arguments: Arguments) -> Session | None:
        return None if self._queue.sessions is None else self._session(arguments)

    def _schedule(self, arguments: Arguments) -> dict[str, object]:
        encoded = arguments.messages()
        size = sum(map(len, encoded))
        if size > MAX_MESSAGE_BYTES:
            raise size_exceeded(size)
        messages = [Message.parse(each) for each in encoded]
        if any(message.scheduled_ms is None for message in messages):
            raise BrokerError(ARGUMENT, "A scheduled message has no time to be enqueued at.")
        self._entity.check_sender()
        return {"sequence-numbers": Array(ARRAY_OF_LONG, tuple(self._entity.accept(messages)))}

    def _cancel(self, arguments: Arguments) -> dict[str, object]:
        self._entity.cancel(arguments.numbers("sequence-numbers"))
        return {}

    def _peek(self, arguments: Arguments) -> dict[str, object] | None:
        session_id = arguments.optional_text("session-id")
        limit = max(0, min(arguments.number("message-count"), _PEEK_MOST))
        found: list[object] = []
        size = 0
        for stored in self._queue.peek(arguments.number("from-sequence-number"), limit, session_id):
            octets = stored.encode(peeked=True)
            size += len(octets)
            if found and size > MAX_MESSAGE_BYTES:  # the client asks again from where this answer ends
                break
            found.append({"message": octets})
        return {"messages": found} if found else _NO_CONTENT

    def _renew_locks(self, arguments: Arguments) -> dict[str, object]:
        tokens = arguments.tokens("lock-tokens")
        for token in tokens:
            self._queue.locked(token)
        return {"expirations": Array(ARRAY_OF_TIMESTAMP, tuple(self._queue.renew(token) for token in tokens))}

    def _receive_deferred(self, arguments: Arguments) -> dict[str, object]:
        session = self._session_if_required(arguments)
        delete = arguments.number("receiver-settle-mode") == 0
        numbers = arguments.numbers("sequence-numbers")
        messages: list[object] = []
        for stored in self._queue.receive_deferred(numbers, delete=delete, session=session):
            entry: dict[str, object] = {"message": stored.encode(with_token=True)}
            if stored.lock is not None:
                entry["lock-token"] = stored.lock.token
            messages.append(entry)
        return {"messages": messages}

    def _settle(self, arguments: Arguments) -> dict[str, object]:
        outcome = _OUTCOMES.get(arguments.text("disposition-status"))
        if outcome is None:
            raise BrokerError(ARGUMENT, "A disposition status of this kind is not known.")
        settlement = Settlement(
            outcome=outcome,
            changes=property_changes(arguments.mapping("properties-to-modify")),
            reason=arguments.optional_text("deadletter-reason"),
            description=arguments.optional_text("deadletter-description"),
        )
        tokens = arguments.tokens("lock-tokens")
        session = self._session_if_required(arguments)
        for token in tokens:
            stored = self._queue.locked(token)
            if session is not None and stored not in session.messages:
                raise session_lock_lost(session.id)
        for token in tokens:
            self._queue.settle(token, settlement)
        return {}

    def _get_state(self, arguments: Arguments) -> dict[str, object]:
        return {"session-state": self._session(arguments).state}

    def _set_state(self, arguments: Arguments) -> dict[str, object]:
        state = arguments.optional_binary("session-state")
        if state is not None and len(state) > MAX_MESSAGE_BYTES:
            raise size_exceeded(len(state))
        self._sessions.set_state(self._session(arguments), state)
        return {}

    def _renew_session(self, arguments: Arguments) -> dict[str, object]:
        return {"expiration": Timestamp(self._sessions.renew(self._session(arguments)))}

    def _list_sessions(self, arguments: Arguments) -> dict[str, object] | None:
        updated_ms = arguments.number("last-updated-time")
        skip, top = max(0, arguments.number("skip")), max(0, arguments.number("top"))
        ids = self._sessions.ids(None if updated_ms >= _YEAR_10000_MS else updated_ms)[skip : skip + top]
        if not ids:
            return _NO_CONTENT
        return {"skip": Int(skip + len(ids)), "sessions-ids": Array(ARRAY_OF_STRING, tuple(ids))}


def _status(code: int, description: str, condition: str | None) -> dict[str, object]:
    status: dict[str, object] = {"statusCode": Int(code), "statusDescription": description}
    if condition is not None:
        status["errorCondition"] = Symbol(condition)
    return status
