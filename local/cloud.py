"""The embedded local cloud: every server of it, started in order, wired by settings, stopped together."""

import asyncio
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient

from local.alone import hold
from local.azurite.install import ROOT
from local.azurite.server import new_account_key, start_azurite
from local.ports import Ports, taken
from local.process import Server, StartFailed, start

PROJECT: Final = Path(__file__).parents[1]
ENTITIES: Final = PROJECT / "infra" / "servicebus.json"
CONTAINER: Final = "training"
TABLE: Final = "verdicts"

PARTS: Final = ("azurite", "broker", "content_safety", "model_server", "host")
"""The servers, in the order in which they need one another."""


class Occupied(RuntimeError):
    """What a cloud was told to use is in use; the text names it. Nothing was started."""


def _key() -> str:
    return secrets.token_hex(24)  # no letter that a command line could take for an option


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys of the servers, new for every cloud."""

    account: str = field(default_factory=new_account_key, repr=False)
    broker: str = field(default_factory=_key, repr=False)
    content_safety: str = field(default_factory=_key, repr=False)
    model: str = field(default_factory=_key, repr=False)
    host: str = field(default_factory=_key, repr=False)


@dataclass
class LocalCloud:
    """A whole cloud on loopback, as an async context.

    `extra` adds arguments to a part's command line (paths absolute: a part runs in `folder`); `environment`
    adds settings for the functions; `parts` leaves servers out. Everything is written below `folder`, which is
    removed at the end unless it is kept. Raises Occupied where a chosen port or the folder is in use, and
    StartFailed where a part does not come up.
    """

    folder: Path = field(default_factory=lambda: ROOT / f"run-{secrets.token_hex(4)}")
    keep: bool = False
    ports: Ports = field(default_factory=Ports)
    keys: Keys = field(default_factory=Keys)
    parts: Sequence[str] = PARTS
    extra: Mapping[str, Sequence[str]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    entities: Path = ENTITIES
    """The declaration of Service Bus entities; tests shorten its locks."""
    told: Callable[[str], None] = lambda part: None
    """Called with each part's name once it serves."""

    settings: dict[str, str] = field(default_factory=dict, init=False)
    servers: dict[str, Server] = field(default_factory=dict, init=False)

    _lock: int = field(default=-1, init=False)

    async def __aenter__(self) -> Self:
        self._occupy()
        try:
            await self._start_all()
        except StartFailed:
            self.keep = True  # the error names a log in the folder: it stays to be read
            await self._stop()
            raise
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def _start_all(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for part in self.parts:
                    if part != "host":
                        group.create_task(self.start(part))
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
        if "azurite" in self.parts:
            await self._create_storage()
        if "host" in self.parts:
            await self.start("host")

    async def start(self, part: str) -> None:
        """Start one part, on the ports it had before if it has run before."""
        if part == "azurite":
            await self._start_azurite()
        else:
            command = [sys.executable, "-m", f"local.{part}", "--with-parent", *self._arguments(part)]
            self.servers[part] = await start(
                part,
                [*command, *self.extra.get(part, ())],
                environment=self._environment_of(part),
                folder=self.folder,
            )
        self._wire(part)
        self.told(part)

    async def kill(self, part: str) -> None:
        """End a part at once, as a crash would."""
        await self.servers[part].kill()

    async def restart(self, part: str) -> None:
        """Stop a part and start it again on the port it had."""
        await self.servers[part].stop()
        await self.start(part)

    def _occupy(self) -> None:
        for service, port in taken(self.ports).items():
            raise Occupied(f"Port {port}, which the local cloud's {service} is to listen on, is in use.")
        self.folder = self.folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        # Two Azurites that write to one folder would spoil each other's data.
        lock = hold(self.folder / "lock")
        if lock is None:
            raise Occupied(f"Another local cloud runs in {self.folder}.")
        self._lock = lock

    async def _stop(self) -> None:
        # The host first: it would only complain about the others going. Only Azurite has something to save;
        # what the host is at is lost with the broker, so it is not waited for.
        for part in reversed(PARTS):
            if part in self.servers:
                await self.servers.pop(part).stop(grace_s=8.0 if part == "azurite" else 1.0)
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)

    async def _start_azurite(self) -> None:
        facts = self.servers["azurite"].facts if "azurite" in self.servers else {}
        fixed = (self.ports.blob, self.ports.queue, self.ports.table)
        named = [facts.get(name, port) for name, port in zip(("Blob", "Queue", "Table"), fixed, strict=True)]
        azurite = await start_azurite(
            self.folder,
            environment=self._environment_of("azurite"),
            ports=(named[0], named[1], named[2]),
            keep=self.keep,
            account_key=self.keys.account,
        )
        self.servers["azurite"] = azurite.server
        for name in ("TrainingStorage", "VerdictStorage", "AzureWebJobsStorage"):
            self.settings[name] = azurite.connection_string

    def _arguments(self, part: str) -> list[str]:
        port = self.servers[part].port if part in self.servers else getattr(self.ports, part)
        arguments = ["--port", str(port)]
        match part:
            case "broker":
                return [*arguments, "--config", str(self.entities.resolve()), "--key", self.keys.broker]
            case "content_safety":
                return [*arguments, "--key", self.keys.content_safety]
            case "model_server":
                return [*arguments, "--key", self.keys.model]
            case _:
                uploads = f"TrainingStorage/{CONTAINER}=plan_data_evaluation"
                return [*arguments, "--app", str(PROJECT), "--key", self.keys.host, "--uploads", uploads]

    def _wire(self, part: str) -> None:
        address = f"http://127.0.0.1:{self.servers[part].port}"
        match part:
            case "broker":
                self.settings["ServiceBus"] = (
                    f"Endpoint=sb://127.0.0.1:{self.servers[part].port};"
                    "SharedAccessKeyName=RootManageSharedAccessKey;"
                    f"SharedAccessKey={self.keys.broker};UseDevelopmentEmulator=true;"
                )
            case "content_safety":
                self.settings["ContentSafety__endpoint"] = address
                self.settings["ContentSafety__key"] = self.keys.content_safety
            case "model_server":
                self.settings["TUNEGATE_MODEL_ENDPOINTS"] = f"{address}/v1"
                self.settings["TUNEGATE_MODEL_KEY"] = self.keys.model
            case "host":
                self.settings["TUNEGATE_HOST"] = address
                self.settings["TUNEGATE_HOST_KEY"] = self.keys.host
            case _:
                self.settings["TUNEGATE_RESOURCE"] = "local"
                self.settings["TUNEGATE_REGION"] = "local"
                self.settings["TUNEGATE_TRAINING_CONTAINER"] = CONTAINER

    def _environment_of(self, part: str) -> dict[str, str]:
        """Little of this process's environment, threads kept to one so that servers share the cores, and for the
        host the functions' settings."""
        kept = {
            name: os.environ[name]
            for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")
            if name in os.environ
        }
        own = {
            "PYTHONPATH": str(PROJECT),
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(self.folder),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        return {**kept, **own, **({**self.settings, **self.environment} if part == "host" else {})}

    async def _create_storage(self) -> None:
        connection = self.settings["TrainingStorage"]
        # Without the environment's settings: a proxy of the machine's would not reach its loopback.
        async with BlobServiceClient.from_connection_string(connection, use_env_settings=False) as blobs:
            with suppress(ResourceExistsError):  # a kept folder has it already
                await blobs.create_container(CONTAINER)
        async with TableServiceClient.from_connection_string(connection, use_env_settings=False) as tables:
            await tables.create_table_if_not_exists(TABLE)

    def describe(self) -> bytes:
        """What another process needs to use this cloud, as JSON; it holds keys."""
        return msgspec.json.encode({"settings": self.settings})
