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
    app = azure_cli.value("SERVICE_EVALUATOR_NAME")
    # Never az's own current subscription: azd's may be another.
    place = (
        "--subscription",
        azure_cli.value("AZURE_SUBSCRIPTION_ID"),
        "--resource-group",
        azure_cli.value("AZURE_RESOURCE_GROUP"),
    )
    parameters = {
        "uploadsTopicName": azure_cli.value("TUNEGATE_UPLOADS_TOPIC"),
        "completedTopicName": azure_cli.value("TUNEGATE_COMPLETED_TOPIC"),
        "functionAppName": app,
        "hostAccountName": azure_cli.value("TUNEGATE_HOST_ACCOUNT"),
    }
    _wait_for_functions(place, app, patience_s=patience_s, pause_s=pause_s)
    azure_cli.ask(
        "deployment",
        "group",
        "create",
        *place,
        "--name",
        "tunegate-subscriptions",
        "--template-file",
        str(Path(__file__).parents[1] / "subscriptions.bicep"),
        "--parameters",
        *(f"{name}={value}" for name, value in parameters.items()),
    )
    print("Event Grid calls the functions for uploads and completed trainings.")


def _wait_for_functions(place: tuple[str, ...], app: str, *, patience_s: float, pause_s: float) -> None:
    until = time.monotonic() + patience_s
    while True:
        known: set[str] = set()
        why = ""
        try:
            listed = azure_cli.attempt("functionapp", "function", "list", *place, "--name", app) or []
            known = {str(function["name"]).rpartition("/")[2] for function in listed}
        except azure_cli.AzRefused as error:
            # An app that is just starting cannot be asked yet.
            why = f"\n{error}"
        if known >= FUNCTIONS:
            return
        if time.monotonic() >= until:
            azure_cli.refuse(
                f"The app knows no {', '.join(sorted(FUNCTIONS - known))}; it has {len(known)} functions.{why}"
            )
        time.sleep(pause_s)


if __name__ == "__main__":
    main()
