"""The host's one key: it opens every webhook and every function that is not anonymous."""

import hmac
from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Keys:
    """The key, which stands for the master key, the system keys and the function keys alike."""

    key: str

    def check(self, request: web.Request) -> None:
        """Raise 401 where the header `x-functions-key`, or `?code=` without such a header, is not the key."""
        given = request.headers.get("x-functions-key", request.query.get("code", ""))
        if not hmac.compare_digest(given.encode(), self.key.encode()):
            raise web.HTTPUnauthorized(text="the key is missing or wrong")
