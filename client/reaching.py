"""Reach a service: whatever an SDK raises becomes one sentence that names the service and its address."""

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
    except AzureError:
        raise away(service, address) from None


def away(service: str, address: str) -> Unreachable:
    """The error for a service that does not answer."""
    return Unreachable(f"{service} does not answer at {plain(address)}. {HINT}")


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
