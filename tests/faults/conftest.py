"""Clouds whose locks expire soon, with a relay before the Content Safety service."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.cloud import ENTITIES
from tests.clouds import CloudThread
from tests.faults.relay import Relay

LOCK = "PT5S"
SHORTENED = frozenset({"data-shards", "model-shards", "collections", "verdicts", "watchers"})


class FaultyCloud(CloudThread):
    """A cloud thread with its relay and the host's log."""

    relay: Relay

    def log(self) -> str:
        return (self.cloud.folder / "host.log").read_text()

    def count(self, *parts: str) -> int:
        """The lines of the host's log that hold all these parts."""
        return sum(all(part in line for part in parts) for line in self.log().splitlines())


def short_locks(folder: Path) -> Path:
    """The product's entities with locks of five seconds, but for the tallies: nobody renews a session there."""
    entities = json.loads(ENTITIES.read_text())
    [namespace] = entities["UserConfig"]["Namespaces"]
    subscriptions = [each for topic in namespace["Topics"] for each in topic["Subscriptions"]]
    for entity in (*namespace["Queues"], *subscriptions):
        if entity["Name"] in SHORTENED:
            entity["Properties"]["LockDuration"] = LOCK
    path = folder / "servicebus.json"
    path.write_text(json.dumps(entities))
    return path


@contextmanager
def faulty_cloud(
    folder: Path, *, deadline_s: float, environment: dict[str, str] | None = None, **options: Any
) -> Iterator[FaultyCloud]:
    with Relay() as relay:
        environment = environment if environment is not None else {}
        environment["TUNEGATE_DEADLINE_SECONDS"] = str(deadline_s)
        environment["ContentSafety__endpoint"] = relay.url
        extra = {"content_safety": ["--marker-tokens"], **options.pop("extra", {})}
        cloud = FaultyCloud(environment=environment, entities=short_locks(folder), extra=extra, **options)
        with cloud:
            cloud.relay = relay
            relay.upstream = cloud.settings["ContentSafety__endpoint"]
            yield cloud


@pytest.fixture(scope="package")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyCloud]:
    """A cloud whose evaluations end within half a minute."""
    with faulty_cloud(tmp_path_factory.mktemp("hasty"), deadline_s=30) as cloud:
        yield cloud
