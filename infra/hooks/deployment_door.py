"""The second site of the function app, through which code is deployed: `open` before, `close` after.

It asks for an Entra token at all times, passwords are off; closed, it takes no connection at all. A deployment that
fails leaves it open: the next `azd deploy` closes it, and so does `python3 infra/hooks/deployment_door.py close`.
"""

import json
import sys

import azure_cli

ACTIONS = {"open": "Allow", "close": "Deny"}


def main(arguments: list[str]) -> None:
    if len(arguments) != 1 or arguments[0] not in ACTIONS:
        azure_cli.refuse("usage: deployment_door.py open|close")
    action = ACTIONS[arguments[0]]
    app = (
        f"/subscriptions/{azure_cli.value('AZURE_SUBSCRIPTION_ID')}/resourceGroups/{azure_cli.value('AZURE_RESOURCE_GROUP')}"
        f"/providers/Microsoft.Web/sites/{azure_cli.value('SERVICE_EVALUATOR_NAME')}"
    )
    # https://learn.microsoft.com/rest/api/appservice/web-apps/update-configuration: what is not named stays as it is.
    answer = azure_cli.ask(
        "rest",
        "--method",
        "patch",
        "--url",
        f"https://management.azure.com{app}/config/web?api-version=2024-04-01",
        "--body",
        json.dumps({"properties": {"scmIpSecurityRestrictionsDefaultAction": action}}),
    )
    found = answer["properties"].get("scmIpSecurityRestrictionsDefaultAction")
    if found != action:
        azure_cli.refuse(f"The deployment door is {found}, not {action}.")
    print(f"The deployment door is {arguments[0] if action == 'Allow' else 'closed'}.")


if __name__ == "__main__":
    main(sys.argv[1:])
