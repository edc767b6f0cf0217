"""After the code: tell Event Grid which functions to call. Done again it changes nothing.

A function that has just been deployed may take minutes to be known, and Event Grid refuses a subscription until it is:
so this asks, and waits, before it subscribes.
"""

import time
from pathlib import Path

import azure_cli

FUNCTIONS = frozenset({"plan_data_evaluation", "plan_model_evaluation"})
PATIENCE_S = 600.0
PAUSE_S = 15.0


def main(*, patience_s: float = PATIENCE_S, pause_s: float = PAUSE_S) -> None:
    group, app = azure_cli.value("AZURE_RESOURCE_GROUP"), azure_cli.value("SERVICE_EVALUATOR_NAME")
    parameters = {
        "uploadsTopicName": azure_cli.value("TUNEGATE_UPLOADS_TOPIC"),
        "completedTopicName": azure_cli.value("TUNEGATE_COMPLETED_TOPIC"),
        "functionAppName": app,
        "hostAccountName": azure_cli.value("TUNEGATE_HOST_ACCOUNT"),
    }
    _wait_for_functions(group, app, patience_s=patience_s, pause_s=pause_s)
    azure_cli.ask(
        "deployment",
        "group",
        "create",
        "--resource-group",
        group,
        "--name",
        "tunegate-subscriptions",
        "--template-file",
        str(Path(__file__).parents[1] / "subscriptions.bicep"),
        "--parameters",
        *(f"{name}={value}" for name, value in parameters.items()),
    )
    print("Event Grid calls the functions for uploads and completed trainings.")


def _wait_for_functions(group: str, app: str, *, patience_s: float, pause_s: float) -> None:
    until = time.monotonic() + patience_s
    while True:
        known = {
            str(function["name"]).rpartition("/")[2]
            for function in azure_cli.ask(
                "functionapp", "function", "list", "--resource-group", group, "--name", app
            )
        }
        if known >= FUNCTIONS:
            return
        if time.monotonic() >= until:
            azure_cli.refuse(
                f"The app knows no {', '.join(sorted(FUNCTIONS - known))}; it has {len(known)} functions."
            )
        time.sleep(pause_s)


if __name__ == "__main__":
    main()
