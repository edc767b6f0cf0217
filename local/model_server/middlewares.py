"""What every request passes: the log without text, the key check, and errors in OpenAI's shape."""

import hmac
import logging
import time
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from local.model_server.replies import ApiError

_log = logging.getLogger(__name__)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def log_without_text(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Log method, route, status and duration; never a path as it came, a query or a body."""
    began_s = time.monotonic()
    response = await handler(request)
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "(no route)"
    took_ms = (time.monotonic() - began_s) * 1000
    _log.info("%s %s %d %.0f ms", request.method, route, response.status, took_ms)
    return response


@web.middleware
async def errors_in_openai_shape(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Turn a refusal, ours or aiohttp's (no such route, body too large), into OpenAI's error body."""
    try:
        return await handler(request)
    except ApiError as error:
        return error.response()
    except web.HTTPError as error:
        allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
        return ApiError(error.status, f"{error.reason}.", headers=allow).response()


def key_check(key: str) -> Middleware:
    """Yield the middleware that refuses requests without `Authorization: Bearer <key>`."""
    expected = f"Bearer {key}".encode()

    @web.middleware
    async def check(request: web.Request, handler: _Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, expected):
            raise ApiError(401, "The key is missing or wrong.", code="invalid_api_key")
        return await handler(request)

    return check
