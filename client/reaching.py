"""Reach a service: whatever an SDK raises becomes one sentence that names the service and its address."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from client.errors import Unreachable

HINT: Final = "Check that it is up (locally: `make local`), and run the command again."


@contextmanager
def reaching(service: str, address: str) -> Iterator[None]:
    """Raise Unreachable for every error of an Azure SDK that the caller has not dealt with itself."""
    try:
        yield
    except ClientAuthenticationError:
        raise refused(service, address) from None
    except HttpResponseError as error:
        if error.status_code in {401, 403}:
            raise refused(service, address) from None
        raise Unreachable(f"{service} at {plain(address)} answered {error.status_code}.") from None
    except AzureError as error:
        heed_cancellation()
        raise away(service, address, type(error).__name__) from None


def heed_cancellation() -> None:
    """Raise CancelledError where this task was cancelled: the bus's SDK may raise an error of its own instead."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def away(service: str, address: str, why: str) -> Unreachable:
    """The error for a service that does not answer; `why` is the error's type, for whoever looks closer."""
    return Unreachable(f"{service} does not answer at {plain(address)} ({why}). {HINT}")


def refused(service: str, address: str) -> Unreachable:
    """The error for a service that does not accept who we are."""
    return Unreachable(
        f"{service} at {plain(address)} refused the credentials. Check the settings, or sign in (az login)."
    )


def plain(address: str) -> str:
    """The address without a query, which may hold a signature, or a user."""
    url = urlsplit(address)
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{url.hostname or ''}{port}{url.path}" if url.scheme else address
