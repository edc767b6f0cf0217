"""The node `$cbs`: takes tokens, and knows what a connection may use until when."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from local.broker.clock import Clock, Timer
from local.broker.requests import Request
from local.broker.tokens import Grant, TokenError, verify
from local.broker.values import Int

if TYPE_CHECKING:
    from local.broker.channel import Channel

_NODE = "$cbs"
_ACCEPTED, _BAD_REQUEST, _UNAUTHORIZED = 202, 400, 401


class Claims:
    """The grants of one connection; `on_expiry` is called when one of them is over."""

    def __init__(self, key: str, clock: Clock, on_expiry: Callable[[], None]) -> None:
        self._key = key
        self._clock = clock
        self._on_expiry = on_expiry
        self._grants: dict[str, Grant] = {}
        self._timers: dict[str, Timer] = {}

    def cover(self, path: str) -> bool:
        """Decide whether a grant that is not over covers the entity."""
        now_ms = self._clock.now_ms()
        return any(grant.expires_ms > now_ms and grant.covers(path) for grant in self._grants.values())

    def take_for(self, channel: "Channel") -> Callable[[bytes, int], None]:
        """Return what takes the requests of a channel and answers them there."""

        def take(octets: bytes, _message_format: int) -> None:
            request = Request.parse(octets)
            code, description = self._judge(request)
            answer: dict[str, object] = {"status-code": Int(code), "status-description": description}
            request.answer(channel, _NODE, answer, None)

        return take

    def close(self) -> None:
        """Forget all grants."""
        for timer in self._timers.values():
            timer.cancel()
        self._grants.clear()

    def _judge(self, request: Request) -> tuple[int, str]:
        if request.properties.get("operation") != "put-token":
            return _BAD_REQUEST, "BadRequest: put-token is the only operation."
        try:
            grant = verify(request.body, request.properties.get("name"), self._key, self._clock.now_ms())
        except TokenError as error:
            return _UNAUTHORIZED, str(error)
        self._add(grant)
        return _ACCEPTED, "Accepted"

    def _add(self, grant: Grant) -> None:
        known = self._grants.get(grant.path)
        if known is not None and known.expires_ms >= grant.expires_ms:
            return
        if grant.path in self._timers:
            self._timers[grant.path].cancel()
        self._grants[grant.path] = grant
        self._timers[grant.path] = self._clock.at(grant.expires_ms, self._on_expiry)
