"""The settings: one frozen object, read once from the environment, every problem in one error.

No setting reaches the policy. The worst a setting can do is to make an evaluation incomplete.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from shared.errors import BadSettings
from shared.scenarios import read_added
from shared.subject import RESOURCE_PATTERN
from shared.times import DEADLINE_MAX

DEFAULT_REQUESTS_PER_S: Final = 100.0
"""Content Safety's S0 quota: 1,000 requests in 10 seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How a service is reached: by identity at `address` or, locally, by a connection string or key.

    The secret is left out of the repr.
    """

    address: str = ""
    secret: str = field(default="", repr=False)
    client_id: str = ""
    """The user-assigned identity's client id; empty for whatever identity is at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that the functions are told from outside."""

    resource: str
    region: str
    training_container: str
    training_account: str
    model_endpoints: frozenset[str]
    model_key: str = field(repr=False)
    requests_per_s: float
    deadline_max_s: float
    """An upper limit on every deadline, at most 20 hours; shorter means incomplete sooner."""
    added_scenarios: str
    """The path of a file of scenarios that a customer adds; empty for none. They can only make a model fail."""
    training_storage: Connection
    verdict_storage: Connection
    service_bus: Connection
    content_safety: Connection
    telemetry: Connection = Connection()
    """Application Insights: the secret is its connection string, empty for no telemetry at all."""

    @property
    def source(self) -> str:
        """The `source` of this deployment's CloudEvents."""
        return f"/tunegate/{self.resource}"

    def allows(self, endpoint: str) -> bool:
        """Whether a model endpoint is on the allow-list, exactly."""
        return endpoint.rstrip("/") in self.model_endpoints


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings from the environment; raises BadSettings with every problem at once."""
    reader = _Reader(environment)
    storage = reader.connection("TrainingStorage", "blobServiceUri", "serviceUri")
    settings = Settings(
        resource=reader.matching("TUNEGATE_RESOURCE", RESOURCE_PATTERN, "2 to 64 of A-Z, a-z, 0-9, -"),
        region=reader.matching("TUNEGATE_REGION", r"\A[A-Za-z0-9]{2,40}\Z", "an Azure region's name"),
        training_container=reader.matching(
            "TUNEGATE_TRAINING_CONTAINER", r"\A[a-z0-9-]{3,63}\Z", "a container's name"
        ),
        training_account=_account_of(storage),
        model_endpoints=reader.endpoints("TUNEGATE_MODEL_ENDPOINTS"),
        model_key=environment.get("TUNEGATE_MODEL_KEY", ""),
        requests_per_s=reader.number("TUNEGATE_REQUESTS_PER_SECOND", DEFAULT_REQUESTS_PER_S, 10_000),
        deadline_max_s=reader.number(
            "TUNEGATE_DEADLINE_SECONDS", DEADLINE_MAX.total_seconds(), DEADLINE_MAX.total_seconds()
        ),
        added_scenarios=reader.scenarios("TUNEGATE_ADDED_SCENARIOS"),
        training_storage=storage,
        verdict_storage=reader.connection("VerdictStorage", "tableServiceUri", "serviceUri"),
        service_bus=reader.connection("ServiceBus", "fullyQualifiedNamespace"),
        content_safety=reader.connection("ContentSafety", "endpoint"),
        telemetry=reader.telemetry(),
    )
    if reader.problems:
        raise BadSettings("The settings need mending:\n" + "\n".join(f"- {line}" for line in reader.problems))
    return settings


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def matching(self, name: str, pattern: str, wanted: str) -> str:
        value = self._environment.get(name, "")
        if not re.match(pattern, value):
            self.problems.append(f"{name} is {'not ' + wanted if value else 'missing'}.")
        return value

    def number(self, name: str, default: float, highest: float) -> float:
        text = self._environment.get(name, "")
        try:
            value = float(text) if text else default
        except ValueError:
            value = -1.0
        if not 0 < value <= highest:
            self.problems.append(f"{name} is not a number above 0 and up to {highest:g}.")
        return value

    def endpoints(self, name: str) -> frozenset[str]:
        found = [part.strip().rstrip("/") for part in self._environment.get(name, "").split(",")]
        for endpoint in filter(None, found):
            if not is_safe(endpoint):
                self.problems.append(f"{name} holds an address that is not https.")
        return frozenset(filter(None, found))

    def scenarios(self, name: str) -> str:
        path = self._environment.get(name, "")
        if path:
            try:
                read_added(Path(path))
            except OSError:
                self.problems.append(f"{name} names a file that cannot be read.")
            except ValueError as error:
                self.problems.append(f"{name} names a file that needs mending: {error}")
        return path

    def connection(self, name: str, *suffixes: str) -> Connection:
        client_id = self._environment.get(f"{name}__clientId", "")
        key = self._environment.get(name, "") or self._environment.get(f"{name}__key", "")
        for suffix in suffixes:
            address = self._environment.get(f"{name}__{suffix}", "")
            if address:
                if "://" in address and not is_safe(address):
                    self.problems.append(f"{name}__{suffix} is not an https address.")
                return Connection(address=address, secret=key, client_id=client_id)
        if not key:
            wanted = " or ".join(f"{name}__{suffix}" for suffix in suffixes)
            self.problems.append(f"{wanted} is missing (locally: {name}, a connection string).")
        return Connection(secret=key)

    def telemetry(self) -> Connection:
        """Both settings are the host's own, in its spelling: `ClientId=...;Authorization=AAD`."""
        secret = self._environment.get("APPLICATIONINSIGHTS_CONNECTION_STRING", "")
        for part in secret.split(";"):
            name, _, address = part.partition("=")
            if name.strip().lower() == "ingestionendpoint" and not is_safe(address.strip()):
                self.problems.append(
                    "APPLICATIONINSIGHTS_CONNECTION_STRING names an address that is not https."
                )
        told = self._environment.get("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "")
        named = dict(part.strip().lower().partition("=")[::2] for part in told.split(";"))
        return Connection(secret=secret, client_id=named.get("clientid", ""))


def is_safe(address: str) -> bool:
    """Whether text may travel there: over TLS, or without leaving this machine."""
    try:
        url = urlsplit(address)
    except ValueError:
        return False
    loopback = url.hostname in {"127.0.0.1", "::1", "localhost"}
    return bool(url.hostname) and url.scheme in ({"http", "https"} if loopback else {"https"})


def _account_of(storage: Connection) -> str:
    if storage.address:
        return (urlsplit(storage.address).hostname or "").partition(".")[0]
    match = re.search(r"(?:^|;)AccountName=([^;]+)", storage.secret)
    return match[1] if match else ""
