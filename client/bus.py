"""The bus as the command reaches it: few tries, since a person waits."""

import re
from collections.abc import Mapping
from typing import Any, Final

from azure.servicebus.aio import ServiceBusClient

from client.errors import Misused
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
