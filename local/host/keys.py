"""The host's one key: it opens every webhook and every function that is not anonymous."""

import hmac
from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Keys:
    """The key, which stands for the master key, the system keys and the function keys alike."""

    key: str

    def check(self, request: web.Request) -> None:
        """Raise 401 where the request carries neither `?code=` nor `x-functions-key` with the key."""
        given = request.query.get("code") or request.headers.get("x-functions-key") or ""
        if not hmac.compare_digest(given.encode(), self.key.encode()):
            raise web.HTTPUnauthorized(text="the key is missing or wrong")
