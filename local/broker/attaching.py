"""Decides what a new link is: a sender, a receiver, a session's receiver, or a way to a node; or why it is none."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from local.broker.decoding import decode, list_items
from local.broker.encoding import encode, encode_list
from local.broker.entities import path_of
from local.broker.errors import ARGUMENT, NOT_ALLOWED, NOT_IMPLEMENTED, UNAUTHORIZED, BrokerError
from local.broker.links import IncomingLink, ReplyLink
from local.broker.management import Management
from local.broker.message import MAX_MESSAGE_BYTES, unpack
from local.broker.performatives import ATTACH, DETACH, Attach, error, performative
from local.broker.queue import Queue
from local.broker.receiver import Receiver
from local.broker.sessions import Session
from local.broker.topic import Topic
from local.broker.values import Described, Raw, Symbol, UByte, UInt, ULong

if TYPE_CHECKING:
    from local.broker.channel import Channel

_CBS = "$cbs"
_MANAGEMENT_SUFFIX = "/$management"
_SESSION_FILTER = "com.microsoft:session-filter"
_TIMEOUT = "com.microsoft:timeout"
_SESSION_PATIENCE_MS = 60_000
_PATIENCE_MOST_MS = 24 * 3600 * 1000
_TICKS_TO_1970 = 621_355_968_000_000_000  # .NET counts 100 ns since the year 1
_SETTLED, _FILTER_AT = 1, 7
_NULL = b"\x40"


def open_link(channel: "Channel", attach: Attach) -> None:
    """Answer an attach with a link or, with a null terminus and a detach, with the reason against it."""
    try:
        if attach.client_sends:
            _open_sender(channel, attach)
        else:
            _open_receiver(channel, attach)
    except BrokerError as refusal:
        _refuse(channel, attach, refusal)


def _refuse(channel: "Channel", attach: Attach, refusal: BrokerError) -> None:
    # Without the null the SDK takes the link for opened, and hears of the refusal only at its next call.
    if attach.client_sends:
        _answer(channel, attach, target=_NULL)
    else:
        _answer(channel, attach, source=_NULL)
    why = error(refusal.condition, refusal.description)
    channel.send(performative(DETACH, UInt(attach.handle), True, why))


def _answer(
    channel: "Channel",
    attach: Attach,
    *,
    source: bytes | None = None,
    target: bytes | None = None,
    properties: dict[object, object] | None = None,
) -> None:
    channel.send(
        performative(
            ATTACH,
            attach.name,
            UInt(attach.handle),
            attach.client_sends,
            UByte(min(attach.send_mode, 2)),
            UByte(min(attach.receive_mode, 1)),
            Raw(attach.source.octets if source is None else source),
            Raw(attach.target.octets if target is None else target),
            None,
            None,
            None if attach.client_sends else UInt(0),
            ULong(MAX_MESSAGE_BYTES),
            None,
            None,
            properties,
        )
    )


def _authorized(channel: "Channel", address: str) -> str:
    path = path_of(address).removesuffix(_MANAGEMENT_SUFFIX)
    if path != _CBS and not channel.connection.may_use(path):
        raise BrokerError(UNAUTHORIZED, f"Unauthorized access. A valid token for '{path}' is required.")
    return path


def _open_sender(channel: "Channel", attach: Attach) -> None:
    if attach.target.is_coordinator:
        raise BrokerError(NOT_IMPLEMENTED, "Transactions are not implemented.")
    address = attach.target.address or ""
    path = _authorized(channel, address)
    connection = channel.connection
    if path == _CBS:
        link = IncomingLink(channel, attach.handle, "", connection.cbs.take_for(channel))
    else:
        entity = connection.broker.entities.find(path)
        if path_of(address).endswith(_MANAGEMENT_SUFFIX):
            node = Management(entity, path_of(address), connection, connection.broker.clock)
            link = IncomingLink(channel, attach.handle, path, node.take_for(channel))
        else:
            link = IncomingLink(channel, attach.handle, path, _store_in(entity))
    channel.add(link)
    _answer(channel, attach)
    link.grant()


def _store_in(entity: Queue | Topic) -> Callable[[bytes, int], None]:
    entity.check_sender()

    def take(octets: bytes, message_format: int) -> None:
        entity.accept(unpack(octets, message_format))

    return take


def _open_receiver(channel: "Channel", attach: Attach) -> None:
    address = attach.source.address or ""
    path = _authorized(channel, address)
    if path == _CBS or path_of(address).endswith(_MANAGEMENT_SUFFIX):
        if path != _CBS:
            channel.connection.broker.entities.find(path)
        channel.add(ReplyLink(channel, attach.handle, path, address, attach.target.address))
        _answer(channel, attach)
        return
    queue = channel.connection.broker.entities.find(path)
    if isinstance(queue, Topic):
        raise BrokerError(
            NOT_ALLOWED, f"The topic '{queue.path}' has no messages to receive: use a subscription."
        )
    wants_session = _SESSION_FILTER in attach.source.filters
    if wants_session and queue.sessions is None:
        raise BrokerError(
            NOT_ALLOWED,
            "A sessionful message receiver cannot be created on an entity that does not require sessions.",
        )
    if queue.sessions is not None and not wants_session:
        raise BrokerError(
            NOT_ALLOWED,
            "It is not possible for an entity that requires sessions to create a non-sessionful message receiver.",
        )

    def answer(session: Session | None) -> None:
        if session is None:
            _answer(channel, attach)
        else:
            ticks = session.locked_until_ms * 10_000 + _TICKS_TO_1970
            _answer(
                channel,
                attach,
                source=_with_session(attach.source.octets, session.id),
                properties={Symbol("com.microsoft:locked-until-utc"): ticks},
            )

    def refuse(refusal: BrokerError) -> None:
        channel.forget(receiver)
        _refuse(channel, attach, refusal)

    receiver = Receiver(
        channel, attach.handle, path, queue, deletes=attach.send_mode == _SETTLED, answer=answer
    )
    if not wants_session:
        receiver.open_plain()
    elif (session_id := _session_id(attach)) is not None:
        receiver.open_session(session_id)
    else:
        receiver.open_next_session(_patience_ms(attach), refuse)
    channel.add(receiver)


def _session_id(attach: Attach) -> str | None:
    wanted = attach.source.filters[_SESSION_FILTER]
    if isinstance(wanted, Described):
        wanted = wanted.value
    if isinstance(wanted, str | None):
        return wanted
    raise BrokerError(ARGUMENT, "A session id is a string.")


def _patience_ms(attach: Attach) -> int:
    wanted = attach.properties.get(_TIMEOUT, _SESSION_PATIENCE_MS)
    if isinstance(wanted, int) and 0 <= wanted <= _PATIENCE_MOST_MS:
        return wanted
    raise BrokerError(ARGUMENT, "The time to wait for a session is not a time.")


def _with_session(source: bytes, session_id: str) -> bytes:
    _, list_at = decode(source, 1)
    items = list_items(source, list_at)
    items += [_NULL] * (_FILTER_AT + 1 - len(items))
    items[_FILTER_AT] = encode({Symbol(_SESSION_FILTER): session_id})
    return source[:list_at] + encode_list(items)
