"""The target: which deployment a command talks to, and what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from msgspec import DecodeError, Struct, json

from client.errors import Misused
from shared.settings import Connection

CLOUD_FILE: Final = Path(".tunegate") / "local" / "cloud.json"
"""What a running `make local` writes, below the project's folder."""
DEFAULT_HOST: Final = "http://127.0.0.1:7071"

_STORAGE: Final = {
    "TrainingStorage": ("blobServiceUri", "serviceUri"),
    "VerdictStorage": ("tableServiceUri", "serviceUri"),
}
_BUS: Final = {"ServiceBus": ("fullyQualifiedNamespace",)}
_CONNECTIONS: Final[Mapping[str, tuple[str, ...]]] = {**_STORAGE, **_BUS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A deployment's settings, by the names the functions know them by, and where they were found.

    Each command asks for what it needs and no more: whoever only asks for a verdict needs no right but that.
    """

    settings: Mapping[str, str] = field(repr=False)
    origin: str

    @property
    def resource(self) -> str:
        return self.value("TUNEGATE_RESOURCE")

    @property
    def region(self) -> str:
        return self.value("TUNEGATE_REGION")

    @property
    def container(self) -> str:
        return self.value("TUNEGATE_TRAINING_CONTAINER")

    @property
    def training_storage(self) -> Connection:
        return self._connection("TrainingStorage")

    @property
    def verdict_storage(self) -> Connection:
        return self._connection("VerdictStorage")

    @property
    def service_bus(self) -> Connection:
        return self._connection("ServiceBus")

    @property
    def model_endpoint(self) -> str:
        """The first endpoint of the allow-list: the local stand-in trains there."""
        return self.value("TUNEGATE_MODEL_ENDPOINTS").partition(",")[0].strip().rstrip("/")

    @property
    def model_key(self) -> str:
        return self.settings.get("TUNEGATE_MODEL_KEY", "")

    @property
    def host(self) -> str:
        """The functions host's base URL; unless told, where Core Tools serve."""
        return self.settings.get("TUNEGATE_HOST", "") or DEFAULT_HOST

    @property
    def host_key(self) -> str:
        """The webhook's key; Core Tools ask for none."""
        return self.settings.get("TUNEGATE_HOST_KEY", "")

    def value(self, name: str) -> str:
        """The setting; raises Misused where it is missing or empty."""
        value = self.settings.get(name, "")
        if not value:
            raise Misused(f"The setting {name} is missing from {self.origin}.")
        return value

    def has(self, name: str) -> bool:
        return bool(self.settings.get(name))

    async def release(self) -> None:
        """Close the identities that were used; where none is, they are not even imported."""
        ids = {
            self.settings.get(f"{name}__clientId", "")
            for name, suffixes in _CONNECTIONS.items()
            if any(self.has(f"{name}__{suffix}") for suffix in suffixes)
        }
        if ids:
            from shared.adapters.identity import credential

            for client_id in ids:
                await credential(client_id).close()

    def _connection(self, name: str) -> Connection:
        for suffix in _CONNECTIONS[name]:
            if self.has(f"{name}__{suffix}"):
                return Connection(
                    address=self.value(f"{name}__{suffix}"),
                    client_id=self.settings.get(f"{name}__clientId", ""),
                )
        if not self.has(name):
            raise Misused(
                f"The setting {name}__{_CONNECTIONS[name][0]} (or {name}, a connection string) is missing from "
                f"{self.origin}."
            )
        return Connection(secret=self.value(name))


def find_target(cloud_file: Path | None, environment: Mapping[str, str], folder: Path) -> Target:
    """The file named, else the environment where it names a service, else the `make local` that runs in this
    folder or one above; raises Misused where there is none.
    """
    if cloud_file is not None:
        return read_cloud_file(cloud_file)
    if any(_names_a_service(environment, name) for name in _CONNECTIONS):
        return Target(settings=environment, origin="the environment")
    for place in (folder, *folder.parents):
        if (place / CLOUD_FILE).is_file():
            return read_cloud_file(place / CLOUD_FILE)
    raise Misused(
        "No Tunegate to talk to. Run `make local` in another terminal and this command from the same folder; "
        "or name a deployment in the environment: TrainingStorage__blobServiceUri, "
        "ServiceBus__fullyQualifiedNamespace, VerdictStorage__tableServiceUri, TUNEGATE_RESOURCE, "
        "TUNEGATE_REGION, TUNEGATE_TRAINING_CONTAINER."
    )


class _Cloud(Struct, frozen=True):
    settings: dict[str, str]


def read_cloud_file(path: Path) -> Target:
    """The target that a local cloud's file describes; raises Misused where it does not."""
    try:
        cloud = json.decode(path.read_bytes(), type=_Cloud)
    except OSError as error:
        raise Misused(f"{path} cannot be read: {error.strerror}.") from None
    except (DecodeError, UnicodeDecodeError):
        raise Misused(f'{path} does not describe a cloud: wanted is {{"settings": {{...}}}}.') from None
    return Target(settings=cloud.settings, origin=str(path))


def _names_a_service(environment: Mapping[str, str], name: str) -> bool:
    return any(environment.get(key) for key in (name, *(f"{name}__{s}" for s in _CONNECTIONS[name])))
