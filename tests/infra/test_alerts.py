"""Every alert asks for what is measured, and says in docs/operations.md what to do."""

import re

import pytest

from tests.infra.bicep import Value
from tests.infra.infrastructure import PROJECT, Infrastructure


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
    assert len(alerts) == 6
    assert sections == [alert["name"] for alert in alerts]


def test_every_instrument_that_is_asked_for_is_one_that_is_recorded(alerts: list[dict[str, Value]]) -> None:
    asked = {str(alert["instrument"]) for alert in alerts if "instrument" in alert}
    source = (PROJECT / "shared" / "adapters" / "telemetry.py").read_text()
    assert len(asked) == 3
    assert asked <= set(re.findall(r'name="(tunegate\.[a-z_]+)"', source))
