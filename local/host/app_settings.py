"""The app's settings, from the environment: names in percent signs, and the connections that triggers name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from azure.core.credentials_async import AsyncTokenCredential

from local.host.refusals import Refused

_PLACEHOLDER = re.compile(r"%([^%]*)%")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where a service is: a connection string, or an address to be reached with the machine's own identity."""

    connection_string: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class AppSettings:
    """The settings a function app is given."""

    values: Mapping[str, str]

    def resolved(self, text: str) -> str:
        """The text with each %Setting% replaced; raises Refused where a setting is missing."""

        def value(match: re.Match[str]) -> str:
            if match[1] not in self.values:
                raise Refused(f"'%{match[1]}%' does not resolve to a value.")
            return self.values[match[1]]

        return _PLACEHOLDER.sub(value, text)

    def connection(self, name: str, *address_settings: str) -> Connection:
        """The connection `name`: the setting itself, or name__<one of the address settings>."""
        if found := self.values.get(name):
            return Connection(connection_string=found)
        for suffix in address_settings:
            if found := self.values.get(f"{name}__{suffix}"):
                return Connection(address=found)
        wanted = " or ".join([name, *(f"{name}__{suffix}" for suffix in address_settings)])
        raise Refused(f"connection '{name}' is missing or empty: no setting {wanted}")


def identity() -> AsyncTokenCredential:
    """The machine's own identity; imported here because a local cloud needs none, and the import is slow."""
    from azure.identity.aio import DefaultAzureCredential

    return DefaultAzureCredential()
