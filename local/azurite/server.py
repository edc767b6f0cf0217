"""Start Azurite on free ports of the loopback, with an account of its own."""

import asyncio
import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from local.azurite.install import install
from local.node import bring
from local.process import Facts, Server, start

ACCOUNT: Final = "tunegatelocal"
_LISTENS: Final = re.compile(
    r"Azurite (Blob|Queue|Table) service (?:is )?successfully listen\w* (?:at|on) http://127\.0\.0\.1:(\d+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Azurite:
    """A running Azurite and how to reach it."""

    server: Server
    connection_string: str = field(repr=False)


def new_account_key() -> str:
    """A storage account's key: 64 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(64)).decode()


async def start_azurite(
    folder: Path,
    *,
    environment: Mapping[str, str],
    ports: tuple[int, int, int] = (0, 0, 0),
    keep: bool = False,
    account_key: str | None = None,
) -> Azurite:
    """Azurite, serving blobs, queues and tables; `keep` holds what it stores in the folder instead of memory."""
    script = await asyncio.to_thread(install)
    node = await asyncio.to_thread(bring)
    key = account_key or new_account_key()
    command = [node.node, "-r", str(Path(__file__).parent / "parent.cjs"), str(script)]
    for service, port in zip(("blob", "queue", "table"), ports, strict=True):
        command += [f"--{service}Host", "127.0.0.1", f"--{service}Port", str(port)]
    command += ["--skipApiVersionCheck", "--disableTelemetry", "--silent"]
    command += ["--location", str(folder / "azurite")] if keep else ["--inMemoryPersistence"]
    server = await start(
        "azurite",
        command,
        # Our own account: the well-known one is the same on every machine.
        environment={**environment, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{key}"},
        folder=folder,
        ready=_Listening(),
    )
    addresses = ";".join(
        f"{service}Endpoint=http://127.0.0.1:{server.facts[service]}/{ACCOUNT}"
        for service in ("Blob", "Queue", "Table")
    )
    return Azurite(
        server=server,
        connection_string=f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={key};{addresses};",
    )


class _Listening:
    """Ready once all three services have said on which port they listen."""

    def __init__(self) -> None:
        self._ports: Facts = {}

    def __call__(self, line: str) -> Facts | None:
        match = _LISTENS.search(line)
        if match:
            self._ports[match[1]] = int(match[2])
        return {**self._ports, "port": self._ports["Blob"]} if len(self._ports) == 3 else None
