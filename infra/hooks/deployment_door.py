"""The second site of the function app, through which code is deployed: `open` before, `close` after.

It asks for an Entra token at all times, passwords are off; closed, it takes no connection at all. A deployment that
fails leaves it open: the next `azd deploy` closes it, and so does `python3 infra/hooks/deployment_door.py close`.
"""

import http.client
import json
import sys
import time
import urllib.error
import urllib.request

import azure_cli

ACTIONS = {"open": "Allow", "close": "Deny"}
PATIENCE_S = 300.0
PAUSE_S = 5.0


def main(arguments: list[str], *, patience_s: float = PATIENCE_S, pause_s: float = PAUSE_S) -> None:
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
    if action == "Allow":
        site = deployment_site(azure_cli.value("TUNEGATE_HOST"))
        wait_until_open(site, patience_s=patience_s, pause_s=pause_s)
    print(f"The deployment door is {arguments[0] if action == 'Allow' else 'closed'}.")


def deployment_site(host: str) -> str:
    """The address of the second site: `scm` after the first part of the app's own."""
    app, _, zone = host.partition(".")
    return f"{app}.scm.{zone}"


def wait_until_open(site: str, *, patience_s: float, pause_s: float) -> None:
    """Return once the site lets in who has no token yet; exit 1 where it does not in time.

    Azure Resource Manager answers before the site's front ends know, and they answer 403 until then, or 5xx while the
    site starts. Open, the site asks for a token: 401, or the way to a sign-in.
    """
    until = time.monotonic() + patience_s
    while (found := _found(site)) in {"403", ""} or found.startswith("5"):
        if time.monotonic() >= until:
            azure_cli.refuse(f"The deployment door is still closed: {site} answers {found or 'nothing'}.")
        time.sleep(pause_s)


def _found(site: str) -> str:
    """The status of its answer; empty where there is none."""
    try:
        with urllib.request.urlopen(site, timeout=10) as answer:  # noqa: S310 -- an output of the deployment
            return str(answer.status)
    except urllib.error.HTTPError as error:
        return str(error.code)
    except (OSError, http.client.HTTPException):
        return ""


if __name__ == "__main__":
    main(sys.argv[1:])
