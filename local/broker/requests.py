"""Requests to a node of the broker, and the answers to them."""

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

from local.broker.decoding import decode, list_items
from local.broker.encoding import encode, encode_list, section
from local.broker.errors import ARGUMENT, BrokerError, DecodeError
from local.broker.message import APPLICATION_PROPERTIES, PROPERTIES, VALUE, sections
from local.broker.values import Array

if TYPE_CHECKING:
    from local.broker.channel import Channel

_Kind = TypeVar("_Kind")

_NULL = b"\x40"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for; `message_id` stays as it came, for the answer must repeat it to the bit."""

    message_id: bytes
    reply_to: str | None
    properties: dict[object, object]
    body: object

    @classmethod
    def parse(cls, octets: bytes) -> Self:
        """Return the request of a message."""
        message_id, reply_to, body = _NULL, None, None
        properties: dict[object, object] = {}
        for code, _, value_at, _ in sections(octets):
            if code == PROPERTIES:
                items = list_items(octets, value_at)
                message_id = items[0] if items else _NULL
                reply_to = decode(items[4])[0] if len(items) > 4 else None
            elif code == APPLICATION_PROPERTIES:
                value, _ = decode(octets, value_at)
                properties = value if isinstance(value, dict) else {}
            elif code == VALUE:
                body, _ = decode(octets, value_at)
        if not isinstance(reply_to, str | None):
            raise DecodeError("an address to reply to that is no string")
        return cls(message_id=message_id, reply_to=reply_to, properties=properties, body=body)

    def answer(self, channel: "Channel", node: str, properties: dict[str, object], body: object) -> None:
        """Send the answer on the link that it is asked for on; without such a link nobody waits for it."""
        octets = (
            section(PROPERTIES, encode_list([_NULL] * 5 + [self.message_id]))
            + section(APPLICATION_PROPERTIES, encode(properties))
            + section(VALUE, encode(body))
        )
        at_node = [link for link in channel.reply_links() if link.node == node]
        named = [link for link in at_node if self.reply_to is not None and link.target == self.reply_to]
        for link in (named or at_node)[-1:]:
            link.reply(octets)


class Arguments:
    """The map in a request's body, by kind; what is missing or of another kind is an argument-error."""

    def __init__(self, body: object) -> None:
        self._values = body if isinstance(body, dict) else {}

    def number(self, key: str) -> int:
        """Return a whole number."""
        return self._checked(key, int)

    def text(self, key: str) -> str:
        """Return a string."""
        return self._checked(key, str)

    def optional_text(self, key: str) -> str | None:
        """Return a string, None without it."""
        return None if self._values.get(key) is None else self.text(key)

    def optional_binary(self, key: str) -> bytes | None:
        """Return bytes, None without them."""
        return None if self._values.get(key) is None else self._checked(key, bytes)

    def mapping(self, key: str) -> dict[object, object]:
        """Return a map, an empty one without it."""
        return {} if self._values.get(key) is None else self._checked(key, dict)

    def numbers(self, key: str) -> list[int]:
        """Return whole numbers, at least one."""
        return self._several(key, int)

    def tokens(self, key: str) -> list[uuid.UUID]:
        """Return lock tokens, at least one."""
        return self._several(key, uuid.UUID)

    def messages(self) -> list[bytes]:
        """Return the encoded messages of a list of maps, at least one."""
        return [Arguments(each)._checked("message", bytes) for each in self._several("messages", dict)]

    def _checked(self, key: str, kind: type[_Kind]) -> _Kind:
        value = self._values.get(key)
        if isinstance(value, kind) and not isinstance(value, bool):
            return value
        raise BrokerError(ARGUMENT, f"'{key}' is missing or of another kind.")

    def _several(self, key: str, kind: type[_Kind]) -> list[_Kind]:
        value = self._values.get(key)
        items = list(value.items) if isinstance(value, Array) else value
        if isinstance(items, list) and items:
            found = [each for each in items if isinstance(each, kind)]
            if len(found) == len(items):
                return found
        raise BrokerError(ARGUMENT, f"'{key}' is missing, empty or of another kind.")
