"""The bus as the command reaches it: few tries, since a person waits."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import (
    MessagingEntityNotFoundError,
    ServiceBusAuthenticationError,
    ServiceBusAuthorizationError,
)

from client.errors import Misused, Unreachable
from client.reaching import refused
from shared.adapters.identity import credential
from shared.settings import Connection

SERVICE: Final = "Service Bus"

_FEW_TRIES: Final[Mapping[str, Any]] = {
    "retry_total": 2,
    "retry_backoff_factor": 0.2,
    "retry_backoff_max": 1,
}


def bus_client(connection: Connection) -> ServiceBusClient:
    """A client of the namespace; raises Misused where the connection string is none."""
    try:
        if connection.address:
            return ServiceBusClient(connection.address, credential(connection.client_id), **_FEW_TRIES)
        return ServiceBusClient.from_connection_string(connection.secret, **_FEW_TRIES)
    except ValueError:
        raise Misused("ServiceBus is no connection string of a Service Bus namespace.") from None


def address_of(connection: Connection) -> str:
    """Where the namespace is, without the key."""
    match = re.search(r"(?:^|;)\s*Endpoint=([^;]+)", connection.secret, re.IGNORECASE)
    return connection.address or (match[1] if match else "")


@contextmanager
def refusals(address: str) -> Iterator[None]:
    """Raise Unreachable where the namespace refuses, so that trying again is of no use."""
    try:
        yield
    except (ServiceBusAuthenticationError, ServiceBusAuthorizationError):
        raise refused(SERVICE, address) from None
    except MessagingEntityNotFoundError:
        raise Unreachable(
            f"{SERVICE} at {address} has no topic outcomes with subscriptions watchers and training."
        ) from None
