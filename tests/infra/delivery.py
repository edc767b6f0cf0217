"""The two event subscriptions: each to its function, and from the container that the functions read."""

import ast
from typing import Final

from tests.infra.bicep import Expression
from tests.infra.infrastructure import Infrastructure, at

FILE: Final = "subscriptions.bicep"
FUNCTIONS: Final = {"uploads": "plan_data_evaluation", "completed": "plan_model_evaluation"}


def undelivered(infra: Infrastructure) -> list[str]:
    """Where an event would go to a function that is not there, or be taken from another container."""
    problems = []
    for name, function in FUNCTIONS.items():
        subscription = infra.the(FILE, name)
        properties = dict(subscription.properties)
        source = ast.parse((infra.project / "functions" / f"{function}.py").read_text())
        names = {node.value for node in ast.walk(source) if isinstance(node, ast.Constant)}
        told = at(properties, "destination.properties.resourceId")
        if function not in names or told != Expression(f"'${{app.id}}/functions/{function}'"):
            problems.append(f"{subscription}: {told} is no function, or not the one")
    if (
        infra["subscriptions.bicep"].parameters["trainingContainer"].default
        != infra["main.bicep"].variables["trainingContainer"]
    ):
        problems.append(f"{FILE}: another container than main.bicep's")
    return problems
