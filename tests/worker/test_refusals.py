"""The local host refuses what Microsoft's worker refuses, for the same reason, and accepts what it accepts."""

from pathlib import Path

import pytest

from tests.host.serving import APPS, refusal, serving_host
from tests.worker.worker import Worker, of_event

REFUSED = sorted(path.name for path in (APPS / "refused").iterdir())
ACCEPTED = sorted(path.name for path in (APPS / "accepted").iterdir())
SETTINGS = {
    "ServiceBus": "Endpoint=sb://127.0.0.1:9;SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=true"
}


def test_there_are_apps_to_refuse() -> None:
    assert len(REFUSED) >= 20


@pytest.mark.parametrize("app", REFUSED)
def test_the_same_reason(worker: Worker, app: str) -> None:
    theirs = worker.drive(APPS / "refused" / app).refused
    ours = refusal(f"refused/{app}")
    assert theirs is not None
    # Each tells its own sys.path at the end, where it tells it at all.
    assert ours.partition("Current sys.path: ")[:2] == theirs.partition("Current sys.path: ")[:2]


@pytest.mark.parametrize("app", ACCEPTED)
def test_the_same_functions(worker: Worker, app: str, tmp_path: Path) -> None:
    theirs = worker.drive(APPS / "accepted" / app)
    assert theirs.refused is None
    with serving_host(f"accepted/{app}", tmp_path, SETTINGS) as host:
        assert host.facts["functions"] == sorted(theirs.functions)


def test_a_returned_value_without_a_binding_fails_there_as_here(worker: Worker) -> None:
    """Its other half is test_a_function_that_returns_a_value_fails in tests/host."""
    event = {"id": "1", "eventType": "Kind", "eventTime": "2026-11-21T02:00:00Z", "data": {}}
    said = worker.drive(APPS / "served", [of_event("event_returned", event)])
    assert said.calls == [{"ok": False, "error": "RuntimeError"}]
