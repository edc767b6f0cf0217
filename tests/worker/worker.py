"""Microsoft's worker library in a process of its own: what it said of an app and of each call."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.functions.meta import Datum
from azure.servicebus import ServiceBusReceivedMessage

from local.host.converters import as_metadata
from local.host.service_bus_metadata import body, trigger_metadata

DRIVER = Path(__file__).parent / "drive.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An invocation: a function, the trigger's value and metadata as the host sends them."""

    function: str
    value: Datum
    metadata: Mapping[str, Datum]

    def as_json(self) -> dict[str, Any]:
        return {
            "function": self.function,
            "value": _typed(self.value),
            "metadata": {name: _typed(datum) for name, datum in self.metadata.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the library said: the reason it refused the app, or its functions and how each call went."""

    refused: str | None
    functions: dict[str, list[str]]
    calls: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Worker:
    """The library, in a virtual environment."""

    python: Path

    def drive(
        self, app: Path, calls: Sequence[Call] = (), *, environment: Mapping[str, str] | None = None
    ) -> Answer:
        ended = subprocess.run(
            [self.python, DRIVER, app],
            input=json.dumps([call.as_json() for call in calls]),
            env={"PATH": "/usr/bin:/bin", **(environment or {})},
            capture_output=True,
            text=True,
            timeout=90,
        )
        assert ended.returncode == 0, ended.stderr
        return Answer(**json.loads(ended.stdout.splitlines()[-1]))


def of_event(function: str, event: Mapping[str, Any]) -> Call:
    return Call(function=function, value=Datum(json.dumps(event), "json"), metadata={})


def of_message(function: str, message: ServiceBusReceivedMessage) -> Call:
    """The call the host would make for the message."""
    return Call(
        function=function, value=body(message, binary=False), metadata=as_metadata(trigger_metadata(message))
    )


def of_text(function: str, text: str) -> Call:
    """The call for a message that holds this text and nothing else."""
    metadata = {"MessageId": "a", "DeliveryCount": 1, "UserProperties": {}, "ApplicationProperties": {}}
    return Call(function=function, value=Datum(text, "string"), metadata=as_metadata(metadata))


def _typed(datum: Datum) -> dict[str, Any]:
    return {str(datum.type): datum.value}
