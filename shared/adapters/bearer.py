"""Requests over HTTP with the identity's bearer token. Nothing is tried again here: the next look does."""

from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp
from azure.core.exceptions import AzureError

from shared.adapters.identity import credential
from shared.errors import Unavailable

REQUEST_S: Final = 60.0

Tokens = Callable[[str], Awaitable[str]]
"""The bearer token for a scope; raises Unavailable."""


def entra_tokens(client_id: str) -> Tokens:
    """Tokens of the user-assigned identity."""

    async def token(scope: str) -> str:
        try:
            return (await credential(client_id).get_token(scope)).token
        except AzureError as error:
            raise Unavailable(f"the identity's token: {type(error).__name__}") from None

    return token


async def sent(
    service: str, method: str, url: str, token: str, content: bytes | None, kind: str = "application/json"
) -> bytes:
    """The answer's body; raises Unavailable for a refusal, but not where there is nothing to remove."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=REQUEST_S)) as session,
            session.request(method, url, headers=headers, data=content, allow_redirects=False) as answer,
        ):
            status, body = answer.status, await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unavailable(f"{service}: {type(error).__name__}") from None
    if status >= 300 and (method, status) != ("DELETE", 404):  # what is not there is removed
        raise Unavailable(f"{service} answered {status}")
    return body
