"""The timer function: off unless its setting is there, and refused with every problem of its settings at once."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import azure.functions as func
import pytest

from functions import connect_azure_openai as function_module
from functions.connect_azure_openai import blueprint, is_connected, read_azure_openai
from local.host.ncrontab import Schedule
from shared.adapters.azure_openai import MANAGEMENT, AzureOpenAISettings
from shared.adapters.resource_manager import AzureDeployments, ResourceManager
from shared.errors import BadSettings
from shared.services import services
from tests.connector.scene import Scene
from tests.connector.standin import EVALUATION, TUNING, tokens

ENVIRONMENT = {
    "TUNEGATE_TUNING_ACCOUNT": TUNING,
    "TUNEGATE_EVALUATION_ACCOUNT": EVALUATION,
    "TUNEGATE_BASE_MODEL": "gpt-4.1-mini-2025-04-14",
    "TrainingEvents__topicEndpointUri": "https://topic.swedencentral-1.eventgrid.azure.net/api/events",
    "TrainingEvents__clientId": "00000000-0000-0000-0000-000000000002",
}

APP = {
    "TUNEGATE_RESOURCE": "contoso",
    "TUNEGATE_REGION": "swedencentral",
    "TUNEGATE_TRAINING_CONTAINER": "training",
    "TUNEGATE_MODEL_ENDPOINTS": "https://contoso-evaluation.openai.azure.com/openai/v1",
    "TrainingStorage__blobServiceUri": "https://contoso.blob.core.windows.net",
    "VerdictStorage__tableServiceUri": "https://contoso.table.core.windows.net",
    "ServiceBus__fullyQualifiedNamespace": "contoso.servicebus.windows.net",
    "ContentSafety__endpoint": "https://contoso-safety.cognitiveservices.azure.com",
}


def test_it_is_off_unless_its_setting_is_there() -> None:
    assert not is_connected({})
    assert not is_connected({**ENVIRONMENT, "TUNEGATE_TUNING_ACCOUNT": ""})
    assert is_connected(ENVIRONMENT)


@pytest.mark.parametrize("is_on", [True, False])
def test_the_app_has_it_only_where_the_setting_is(is_on: bool) -> None:
    names = "print(*(f.get_function_name() for f in function_app.app.get_functions()))"
    told = subprocess.run(
        [sys.executable, "-c", f"import function_app; {names}"],
        env={**os.environ, "TUNEGATE_TUNING_ACCOUNT": TUNING if is_on else ""},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert "plan_model_evaluation" in told
    assert ("connect_azure_openai" in told) is is_on


def test_it_is_one_timer_function() -> None:
    app = func.FunctionApp()
    app.register_functions(blueprint)
    [function] = app.get_functions()
    assert function.get_function_name() == "connect_azure_openai"
    trigger = function.get_trigger()
    assert trigger is not None
    assert trigger.type == "timerTrigger"
    # A look a moment after the last would not see what that began: docs/connector.md.
    assert trigger.schedule == "0 */5 * * * *"
    Schedule.parse(trigger.schedule)


GARBAGE = {
    "VerdictStorage": "VerdictStorage__tableServiceUri",
    "TrainingStorage": "TrainingStorage__blobServiceUri",
    "ServiceBus": "ServiceBus__fullyQualifiedNamespace",
    "APPLICATIONINSIGHTS_CONNECTION_STRING": "",
}
"""Connection strings, and what would stand in their place."""


@pytest.mark.parametrize(
    ("account", "changes", "error"),
    [
        *((account, {"TUNEGATE_BASE_MODEL": ""}, BadSettings) for account in (EVALUATION, "", "contoso")),
        (EVALUATION, {"VerdictStorage__tableServiceUri": ""}, BadSettings),
        *((EVALUATION, {name: "garbage", other: ""}, ValueError) for name, other in GARBAGE.items()),
    ],
)
async def test_settings_that_need_mending_keep_no_deployment(
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    account: str,
    changes: dict[str, str],
    error: type[Exception],
) -> None:
    for days, name in enumerate(("0" * 32, "1" * 32)):
        scene.azure.deployments[f"tunegate-{name}"] = {
            "name": f"tunegate-{name}",
            "tags": {"createdAt": (datetime.now(UTC) - timedelta(days=days)).isoformat()},
            "properties": {"provisioningState": "Succeeded"},
        }
    managers: list[ResourceManager] = []

    def manager(address: str, _: object) -> ResourceManager:
        assert address == MANAGEMENT
        managers.append(ResourceManager(scene.azure.address, tokens))
        return managers[-1]

    monkeypatch.setattr(function_module, "ResourceManager", manager)
    whole = {**APP, **ENVIRONMENT, "TUNEGATE_EVALUATION_ACCOUNT": account}
    for name, value in {**whole, **changes}.items():
        if name:
            monkeypatch.setenv(name, value)
    services.cache_clear()
    function_module._connector.cache_clear()
    with pytest.raises(error):
        await function_module.look()
    services.cache_clear()
    scene.azure.provision()
    assert len(managers) == (account == EVALUATION)
    assert len(scene.azure.deployments) == (1 if account == EVALUATION else 2)


def test_the_settings(scene: Scene) -> None:
    azure = read_azure_openai(ENVIRONMENT, scene.settings)
    assert (azure.tuning_account, azure.evaluation_account) == (TUNING, EVALUATION)
    assert azure.management == MANAGEMENT
    assert azure.capacity == 100
    assert (
        read_azure_openai({**ENVIRONMENT, "TUNEGATE_EVALUATION_CAPACITY": "7"}, scene.settings).capacity == 7
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"TUNEGATE_TUNING_ACCOUNT": "contoso"}, "TUNEGATE_TUNING_ACCOUNT is not the Azure id"),
        ({"TUNEGATE_TUNING_ACCOUNT": f"{TUNING}?x=/"}, "TUNEGATE_TUNING_ACCOUNT is not the Azure id"),
        ({"TUNEGATE_TUNING_ACCOUNT": f"{TUNING}-2"}, "is not the resource that TUNEGATE_RESOURCE names"),
        ({"TUNEGATE_EVALUATION_ACCOUNT": ""}, "TUNEGATE_EVALUATION_ACCOUNT is not"),
        (
            {"TUNEGATE_EVALUATION_ACCOUNT": f"{EVALUATION}/deployments/x"},
            "TUNEGATE_EVALUATION_ACCOUNT is not",
        ),
        ({"TUNEGATE_BASE_MODEL": ""}, "TUNEGATE_BASE_MODEL is missing"),
        ({"TUNEGATE_EVALUATION_CAPACITY": "0"}, "TUNEGATE_EVALUATION_CAPACITY is not"),
        ({"TUNEGATE_EVALUATION_CAPACITY": "1e3"}, "TUNEGATE_EVALUATION_CAPACITY is not"),
        ({"TrainingEvents__topicEndpointUri": "http://topic"}, "topicEndpointUri is missing or no https"),
    ],
)
def test_settings_that_need_mending(scene: Scene, changes: dict[str, str], told: str) -> None:
    with pytest.raises(BadSettings, match=told) as refused:
        read_azure_openai({**ENVIRONMENT, **changes}, scene.settings)
    assert str(refused.value).count("\n- ") == 1


def test_every_problem_is_told_at_once(scene: Scene) -> None:
    with pytest.raises(BadSettings) as refused:
        read_azure_openai({}, scene.settings)
    assert str(refused.value).count("\n- ") == 4


@pytest.mark.parametrize(("account", "named"), [(EVALUATION, {"source": TUNING}), (TUNING.upper(), {})])
async def test_a_model_of_another_account_is_named_with_its_source(
    account: str, named: dict[str, str]
) -> None:
    asked: list[tuple[str, str, Any]] = []

    class Manager(ResourceManager):
        async def ask(self, method: str, path: str, body: object = None) -> bytes:
            asked.append((method, path, body))
            return b""

    azure = AzureOpenAISettings(
        tuning_account=TUNING,
        evaluation_account=account,
        base_model="gpt",
        capacity=3,
        topic="",
        client_id="",
    )
    now = datetime(2026, 1, 1, tzinfo=UTC)
    await AzureDeployments(azure, Manager("", tokens)).create("name", model="tuned", job="job", now_utc=now)
    assert asked == [
        (
            "PUT",
            f"{account}/deployments/name?api-version=2024-10-01",
            {
                "sku": {"name": "Standard", "capacity": 3},
                "tags": {"tunegate-job": "job", "createdAt": "2026-01-01T00:00:00+00:00"},
                "properties": {"model": {"format": "OpenAI", "name": "tuned", "version": "1", **named}},
            },
        )
    ]
