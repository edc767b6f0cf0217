"""Where the local cloud's servers listen."""

import socket
from dataclasses import dataclass, fields
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The ports to listen on, 0 for a free one."""

    blob: int = 0
    queue: int = 0
    table: int = 0
    broker: int = 0
    content_safety: int = 0
    model_server: int = 0
    host: int = 0


FIXED: Final = Ports(
    blob=10000, queue=10001, table=10002, broker=5672, content_safety=5100, model_server=5200, host=7071
)
"""What `make local` listens on: the ports the emulators and Core Tools use by default."""


def taken(ports: Ports) -> dict[str, int]:
    """The chosen ports on which another server listens already, by the service that wants them."""
    chosen = {field.name: getattr(ports, field.name) for field in fields(ports)}
    return {service: port for service, port in chosen.items() if port and not _is_free(port)}


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still winding down is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
