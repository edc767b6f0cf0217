"""Before anything is made: the place is the fine-tuning resource's, has what is needed, and keeps its tuned models.

Sets AZURE_LOCATION, where the deployment itself is recorded. The template refuses the same, but says it less well, and
knows nothing of deployments of models.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import azure_cli

RESOURCE_ID = re.compile(
    r"\A/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/]+/providers/Microsoft\.CognitiveServices/accounts"
    r"/(?P<name>[A-Za-z0-9-]{2,64})\Z",
    re.IGNORECASE,
)
IN_REGION = frozenset({"Standard", "ProvisionedManaged"})
"""Kinds of deployment that answer in the resource's region:
https://learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/deployment-types. Global and Data Zone ones, and
Developer ones, may answer anywhere; a kind that is not known is none of these."""


def main() -> None:
    identifier = azure_cli.value("TUNEGATE_FINE_TUNING_RESOURCE_ID")
    if not RESOURCE_ID.match(identifier):
        azure_cli.refuse(
            "TUNEGATE_FINE_TUNING_RESOURCE_ID is not /subscriptions/.../resourceGroups/.../providers/"
            "Microsoft.CognitiveServices/accounts/NAME."
        )
    account = azure_cli.ask("resource", "show", "--ids", identifier)
    location = str(account["location"]).replace(" ", "").lower()
    _check_region(location)
    _check_deployments(identifier)
    chosen = os.environ.get("AZURE_LOCATION", "")
    if chosen and chosen != location:
        azure_cli.refuse(
            f"AZURE_LOCATION is {chosen}, the fine-tuning resource stands in {location}. Everything stands beside it: "
            f"azd env set AZURE_LOCATION {location}"
        )
    if not chosen:
        azure_cli.keep("AZURE_LOCATION", location)
    print(f"Everything will stand in {location}, beside {identifier.rpartition('/')[2]}.")


def _check_region(location: str) -> None:
    listed: dict[str, Any] = json.loads((Path(__file__).parents[1] / "regions.json").read_text())
    if location in listed["regions"]:
        return
    sources = "\n".join(
        f"  {what}: {source['page']} ({source['dated']})" for what, source in listed["sources"].items()
    )
    azure_cli.refuse(
        f"{location} is not listed as having all that Tunegate needs, as of {listed['read']}:\n{sources}\n"
        "If these pages list it by now, add it to infra/regions.json and infra/modules/place.bicep."
    )


def _check_deployments(identifier: str) -> None:
    deployments = azure_cli.ask(
        "rest",
        "--method",
        "get",
        "--url",
        f"https://management.azure.com{identifier}/deployments?api-version=2025-06-01",
    )
    if deployments.get("nextLink"):
        azure_cli.refuse(
            "The fine-tuning resource has more deployments than one page: they cannot all be checked."
        )
    unnamed = [str(deployment.get("name")) for deployment in deployments["value"] if not _model(deployment)]
    if unnamed:
        azure_cli.refuse(
            f"These deployments do not say which model they are of: {', '.join(unnamed)}. It may be a tuned one, so "
            "whether its answers stay in the region cannot be told. Wait until they are made, or delete them."
        )
    leaving = [
        f"{deployment['name']} ({_kind(deployment)})"
        for deployment in deployments["value"]
        # A tuned model's name holds `.ft-`: gpt-4.1-mini-2025-04-14.ft-0123456789abcdef.
        if ".ft-" in _model(deployment) and _kind(deployment) not in IN_REGION
    ]
    if leaving:
        azure_cli.refuse(
            f"These deployments of tuned models may answer outside the region: {', '.join(leaving)}. "
            "Tunegate evaluates models in their region only; deploy them as Standard, or delete them."
        )


def _model(deployment: dict[str, Any]) -> str:
    """The name of its model; empty where it says none."""
    model = (deployment.get("properties") or {}).get("model") or {}
    return str(model.get("name") or "")


def _kind(deployment: dict[str, Any]) -> str:
    return str((deployment.get("sku") or {}).get("name", "unknown"))


if __name__ == "__main__":
    main()
