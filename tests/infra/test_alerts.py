"""Every alert asks for what is measured, and says in docs/operations.md what to do."""

import re

import pytest

from tests.infra.bicep import Value
from tests.infra.infrastructure import PROJECT, Infrastructure, said


@pytest.fixture(scope="module")
def alerts(infra: Infrastructure) -> list[dict[str, Value]]:
    variables = infra["alerts.bicep"].variables
    return [
        alert
        for name in ("counted", "measured")
        for alert in (variables[name] if isinstance(variables[name], list) else [])
        if isinstance(alert, dict)
    ]


def test_every_alert_has_its_section(alerts: list[dict[str, Value]]) -> None:
    text = (PROJECT / "docs" / "operations.md").read_text()
    sections = re.findall(r"^## ([a-z-]+)$", text, re.MULTILINE)
    assert len(alerts) == 9
    assert sections == [alert["name"] for alert in alerts]


def test_every_instrument_that_is_asked_for_is_one_that_is_recorded(alerts: list[dict[str, Value]]) -> None:
    asked = {name for alert in alerts for name in re.findall(r'Name == "([^"]+)"', str(alert.get("query")))}
    source = (PROJECT / "shared" / "adapters" / "telemetry.py").read_text()
    assert len(asked) == 3
    assert asked <= set(re.findall(r'name="(tunegate\.[a-z_]+)"', source))


def test_every_alert_on_rows_has_the_column_that_is_added_up(alerts: list[dict[str, Value]]) -> None:
    queries = {str(alert["name"]): str(alert["query"]) for alert in alerts if "query" in alert}
    assert len(queries) == 4
    for name, query in queries.items():
        # AppMetrics has it of itself.
        assert query.startswith("AppMetrics | where Name == ") or query.endswith("| extend Sum = 1"), name


def test_no_event_can_be_lost_unseen(alerts: list[dict[str, Value]]) -> None:
    seen = {(said(alert["resource"]), alert["metric"]) for alert in alerts if "metric" in alert}
    for topic in ("uploadsTopicId", "completedTopicId"):
        assert {(topic, "DeadLetteredCount"), (topic, "DroppedEventCount")} <= seen


def test_a_workspace_with_a_cap_says_when_it_is_reached(
    infra: Infrastructure, alerts: list[dict[str, Value]]
) -> None:
    capping = infra.the("monitoring.bicep", "workspace").properties["workspaceCapping"]
    assert capping == {"dailyQuotaGb": 1}
    assert any("OverQuota" in str(alert.get("query")) for alert in alerts)
