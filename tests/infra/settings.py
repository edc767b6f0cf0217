"""Every app setting that the code or the host reads is set, and no other."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from shared.errors import BadSettings
from shared.settings import Connection, Settings, read_settings
from tests.infra.bicep import Choice, Expression, Value
from tests.infra.infrastructure import Infrastructure

HOST: Final = {
    "AzureWebJobsStorage__blobServiceUri": "https://learn.microsoft.com/azure/azure-functions/functions-reference",
    "AzureWebJobsStorage__credential": "https://learn.microsoft.com/azure/azure-functions/functions-reference",
    "AzureWebJobsStorage__clientId": "https://learn.microsoft.com/azure/azure-functions/functions-reference",
    "APPLICATIONINSIGHTS_CONNECTION_STRING": "https://learn.microsoft.com/azure/azure-functions/functions-app-settings",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "https://learn.microsoft.com/azure/azure-functions/functions-app-settings",
}
"""What the host itself reads, and where that is said."""

TRIGGER: Final = ("fullyQualifiedNamespace", "credential", "clientId")
"""What the host reads of a Service Bus trigger's connection."""

LOCAL_ONLY: Final = {
    "TUNEGATE_MODEL_KEY": "in Azure the identity's token is used",
    "ServiceBus": "a connection string",
    "ServiceBus__key": "a key",
    "ContentSafety": "a connection string",
    "ContentSafety__key": "a key",
    "TrainingStorage": "a connection string",
    "TrainingStorage__key": "a key",
    "TrainingStorage__serviceUri": "the other name of TrainingStorage__blobServiceUri",
    "VerdictStorage": "a connection string",
    "VerdictStorage__key": "a key",
    "VerdictStorage__serviceUri": "the other name of VerdictStorage__tableServiceUri",
}
"""What the code asks for and a deployment must not set."""

READERS: Final = frozenset({"read_settings", "read_azure_openai", "is_connected"})
"""The functions that may be handed the whole environment."""

SAMPLES: Final = {
    "identityClientId": "11111111-2222-3333-4444-555555555555",
    "componentConnection": "InstrumentationKey=0;IngestionEndpoint=https://telemetry.example",
    "hostBlobUri": "https://sthostabc.blob.core.windows.net/",
    "trainingBlobUri": "https://sttrainabc.blob.core.windows.net/",
    "verdictsTableUri": "https://stverdictabc.table.core.windows.net/",
    "serviceBusHost": "sb-tunegate-abc.servicebus.windows.net",
    "contentSafetyEndpoint": "https://cs-tunegate-abc.cognitiveservices.azure.com/",
    "resourceName": "my-foundry",
    "location": "swedencentral",
    "trainingContainer": "training",
    "modelEndpoints": "https://my-foundry.openai.azure.com/openai/v1",
    "requestsPerSecond": "100",
    "deadlineSeconds": "72000",
    "addedScenarios": "",
    "tuningAccount": "",
    "evaluationAccount": "",
    "baseModel": "",
    "evaluationCapacity": "100",
    "completedEndpoint": "https://egt-completed-abc.swedencentral-1.eventgrid.azure.net/api/events",
}
"""What the parameters of function-app.bicep would hold."""


class _Asked(Mapping[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, held: Mapping[str, str]) -> None:
        self._held = held
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return self._held[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


def settings_off(infra: Infrastructure) -> list[str]:
    """Settings that are missing, that nobody reads, that hold a secret, or that switch the connector on."""
    declared = infra.the("function-app.bicep", "settings").properties
    problems = []
    held: dict[str, str] = {}
    for name, value in declared.items():
        filled = _filled(value)
        if filled is None:
            problems.append(f"function-app.bicep: {name} is {value}, whose value no check knows")
        held[name] = filled or ""
    literal, past = _environment(infra.project)
    read = (
        _asked()
        | literal
        | set(HOST)
        | {f"{name}__{part}" for name in _connections(infra.project) for part in TRIGGER}
    )
    problems += [
        f"function-app.bicep: {name} is not set" for name in sorted(read - set(LOCAL_ONLY) - set(held))
    ]
    problems += [f"function-app.bicep: nobody reads {name}" for name in sorted(set(held) - read)]
    problems += [
        f"function-app.bicep: {name}: {LOCAL_ONLY[name]}" for name in sorted(set(held) & set(LOCAL_ONLY))
    ]
    module = infra.the("main.bicep", "functionApp")
    # Off unless it is asked for: without an account to watch there is no connector.
    if (
        module.params.get("tuningAccount")
        != Choice("connectAzureOpenAI", Expression("fineTuningResourceId"), "")
        or infra["main.bicep"].parameters["connectAzureOpenAI"].default is not False
    ):
        problems.append(f"{module}: the connector is on")
    return problems + _as_read(held) + past


def _filled(value: Value) -> str | None:
    if isinstance(value, str):
        return value
    if not isinstance(value, Expression):
        return None
    if value.text in SAMPLES:
        return SAMPLES[value.text]
    text = value.text.strip("'")
    for name, sample in SAMPLES.items():
        text = text.replace(f"${{{name}}}", sample)
    return None if "${" in text or text == value.text else text


def _asked() -> set[str]:
    """The names that `read_settings` asks for, with an address for every connection and without."""
    names: set[str] = set()
    for held in ({}, {f"{name}__clientId": "x" for name in ("ServiceBus",)}):
        asked = _Asked(held)
        try:
            read_settings(asked)
        except BadSettings:
            names |= asked.names
    return names


def _as_read(held: Mapping[str, str]) -> list[str]:
    try:
        settings = read_settings(held)
    except BadSettings as error:
        return [f"function-app.bicep: {line}" for line in str(error).splitlines()[1:]]
    return [
        f"function-app.bicep: {name} is not reached by the deployment's identity"
        for name, connection in _connected(settings).items()
        if not connection.address or connection.secret or connection.client_id != SAMPLES["identityClientId"]
    ]


def _connected(settings: Settings) -> dict[str, Connection]:
    return {
        "TrainingStorage": settings.training_storage,
        "VerdictStorage": settings.verdict_storage,
        "ServiceBus": settings.service_bus,
        "ContentSafety": settings.content_safety,
    }


def _deployed(project: Path) -> Iterator[Path]:
    yield project / "function_app.py"
    for folder in ("functions", "shared"):
        yield from sorted((project / folder).rglob("*.py"))


def _connections(project: Path) -> set[str]:
    """The connections that triggers name."""
    return {
        str(keyword.value.value)
        for path in _deployed(project)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.keyword) and (keyword := node).arg == "connection"
        if isinstance(keyword.value, ast.Constant)
    }


def _environment(project: Path) -> tuple[set[str], list[str]]:
    """The names that the code asks the environment for by literal, and where it looks at it in any other way."""
    names: set[str] = set()
    problems = []
    for path in _deployed(project):
        tree = ast.parse(path.read_text())
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        accounted: set[ast.AST] = set()
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(value=held, attr="get"), args=[asked, *_]) if (
                    _is_environment(held)
                ):
                    accounted.add(held)
                    names |= {str(name) for name in [_literal(asked, constants)] if name}
                case ast.Subscript(value=held, slice=asked, ctx=ast.Load()) if _is_environment(held):
                    accounted.add(held)
                    names |= {str(name) for name in [_literal(asked, constants)] if name}
                case ast.Subscript(value=held, ctx=ast.Store()) if _is_environment(held):
                    accounted.add(held)  # written, not read
                case ast.Call(func=ast.Name(id=called), args=[held, *_]) if called in READERS:
                    accounted.add(held)
        loose = [
            node
            for node in ast.walk(tree)
            if (isinstance(node, ast.Attribute) and node.attr in _NAMES and node not in accounted)
            or (isinstance(node, ast.alias) and node.name in _NAMES)
        ]
        if loose:
            problems.append(f"{path.relative_to(project)}: looks at the environment in a way no check knows")
    return names, problems


_NAMES: Final = frozenset({"environ", "environb", "getenv", "getenvb"})


def _is_environment(node: ast.AST) -> bool:
    return (isinstance(node, ast.Name) and node.id == "environment") or (
        isinstance(node, ast.Attribute) and node.attr == "environ"
    )


def _literal(node: ast.AST, constants: Mapping[str, object]) -> object:
    if isinstance(node, ast.Constant):
        return node.value
    return constants.get(node.id) if isinstance(node, ast.Name) else None
