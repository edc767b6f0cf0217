"""The two event subscriptions: to the right functions, tried again for a day, kept when nobody takes them."""

import ast
from typing import Final

from tests.infra.bicep import Expression, Value
from tests.infra.infrastructure import Infrastructure, at

FILE: Final = "subscriptions.bicep"
FUNCTIONS: Final = {"uploads": "plan_data_evaluation", "completed": "plan_model_evaluation"}
TYPES: Final = {"uploads": "Microsoft.Storage.BlobCreated", "completed": "Tunegate.TrainingCompleted"}
UNDELIVERED: Final[dict[str, Value]] = {
    "identity": {"type": "SystemAssigned"},
    "deadLetterDestination": {
        "endpointType": "StorageBlob",
        "properties": {"resourceId": Expression("hostAccount.id"), "blobContainerName": "undelivered-events"},
    },
}


def undelivered(infra: Infrastructure) -> list[str]:
    """Where an event would go to the wrong function, or be lost."""
    problems = []
    for name, function in FUNCTIONS.items():
        subscription = infra.the(FILE, name)
        wanted: dict[str, Value] = {
            "destination.endpointType": "AzureFunction",
            "destination.properties.resourceId": Expression(f"'${{app.id}}/functions/{function}'"),
            "destination.properties.maxEventsPerBatch": 1,
            "eventDeliverySchema": "CloudEventSchemaV1_0",
            "filter.includedEventTypes": [TYPES[name]],
            "retryPolicy": {"eventTimeToLiveInMinutes": 1440, "maxDeliveryAttempts": 30},
            "deadLetterWithResourceIdentity": UNDELIVERED,
        }
        problems += [
            f"{subscription}: {path} is {at(dict(subscription.properties), path)}"
            for path, value in wanted.items()
            if at(dict(subscription.properties), path) != value
        ]
        source = ast.parse((infra.project / "functions" / f"{function}.py").read_text())
        names = {node.value for node in ast.walk(source) if isinstance(node, ast.Constant)}
        if function not in names:
            problems.append(f"{subscription}: no function is called {function}")
    if (
        infra["subscriptions.bicep"].parameters["trainingContainer"].default
        != infra["main.bicep"].variables["trainingContainer"]
    ):
        problems.append(f"{FILE}: another container than main.bicep's")
    return problems
