"""Who may touch what: the role assignments, the table in docs/permissions.md and the list of role ids agree."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.infra.bicep import Declaration, UnreadableBicep
from tests.infra.infrastructure import Infrastructure, said

KNOWN: Final[dict[str, str]] = {
    role["id"]: role["name"]
    for role in json.loads((Path(__file__).parent / "known_roles.json").read_text())["roles"]
}
"""The built-in roles that may be given, by id."""

WHO: Final = {
    "identity.outputs.principalId": "the functions",
    "eventGrid.outputs.uploadsPrincipalId": "the uploads topic",
    "eventGrid.outputs.completedPrincipalId": "the completed topic",
}
"""Who stands behind a principal that main.bicep hands on."""

WHAT: Final = {
    "roles.bicep: training": "container `training`",
    "roles.bicep: hostAccount": "the host's storage account",
    "roles.bicep: undeliveredEvents": "container `undelivered-events`",
    "roles.bicep: verdicts": "table `verdicts`",
    "roles.bicep: serviceBus": "the Service Bus namespace",
    "roles.bicep: contentSafety": "the Content Safety account",
    "roles.bicep: component": "Application Insights",
    "roles.bicep: completedTopic": "the completed topic",
    "roles.bicep: evaluation": "the evaluation account",
    "model-access.bicep: fineTuning": "the fine-tuning resource",
}
"""The docs' words for a scope."""

SCOPES: Final = {
    "roles.bicep: training": "Microsoft.Storage/storageAccounts/blobServices/containers",
    "roles.bicep: hostAccount": "Microsoft.Storage/storageAccounts",
    "roles.bicep: undeliveredEvents": "Microsoft.Storage/storageAccounts/blobServices/containers",
    "roles.bicep: verdicts": "Microsoft.Storage/storageAccounts/tableServices/tables",
    "roles.bicep: serviceBus": "Microsoft.ServiceBus/namespaces",
    "roles.bicep: contentSafety": "Microsoft.CognitiveServices/accounts",
    "roles.bicep: component": "Microsoft.Insights/components",
    "roles.bicep: completedTopic": "Microsoft.EventGrid/topics",
    "roles.bicep: evaluation": "Microsoft.CognitiveServices/accounts",
    "model-access.bicep: fineTuning": "Microsoft.CognitiveServices/accounts",
}
"""What a scope must be: a container is no account."""

CONNECTED: Final = ("connected", "connectAzureOpenAI", "the functions")
"""The one condition of a grant: a module's parameter, what main.bicep hands it, and whom it concerns."""

_GUID: Final = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
_ROW: Final = re.compile(r"^\| ([^|]+) \| \[([^|\]]+)\]\([^|)]+\) \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A line of the table."""

    who: str
    role: str
    what: str

    def __str__(self) -> str:
        return f"{self.who}: {self.role} on {self.what}"


def given(infra: Infrastructure) -> list[Grant]:
    """What the templates grant; raises UnreadableBicep where an assignment is written in another way."""
    assignments = list(infra.resources("Microsoft.Authorization/roleAssignments"))
    return sorted(_grant(infra, assignment) for assignment in assignments)


def told(infra: Infrastructure) -> list[Grant]:
    """What the docs say is granted by the deployment."""
    text = (infra.project / "docs" / "permissions.md").read_text()
    table = text.partition("<!-- granted -->")[2].partition("<!-- /granted -->")[0]
    return sorted(Grant(*(cell.strip() for cell in row)) for row in _ROW.findall(table))


def wrong_roles(infra: Infrastructure) -> list[str]:
    """Where the grants are not those of the table, or a role is none of the list."""
    try:
        granted = given(infra)
    except UnreadableBicep as error:
        return [str(error)]
    written = told(infra)
    problems = [f"granted, and not in the docs: {grant}" for grant in granted if grant not in written]
    problems += [f"in the docs, and not granted: {grant}" for grant in written if grant not in granted]
    if len(granted) != len(set(granted)):
        problems.append("the same is granted twice")
    for name, template in infra.templates.items():
        problems += [
            f"{name}: {found} is no known role"
            for found in _GUID.findall(template.text)
            if found not in KNOWN
        ]
        if "Microsoft.Authorization/roleDefinitions@" in template.text:
            problems.append(f"{name}: a role of our own")
    return problems


def _grant(infra: Infrastructure, assignment: Declaration) -> Grant:
    template = infra[assignment.file.name]
    properties = assignment.properties
    role = said(properties.get("roleDefinitionId"))
    form = re.fullmatch(
        r"subscriptionResourceId\('Microsoft\.Authorization/roleDefinitions', roleIds\.(\w+)\)", role
    )
    ids = template.variables.get("roleIds")
    identifier = ids.get(form[1]) if form and isinstance(ids, dict) else None
    principal = said(properties.get("principalId"))
    scope = f"{assignment.file.name}: {said(assignment.body.get('scope'))}"
    whole = set(properties) == {"principalId", "principalType", "roleDefinitionId"} and not assignment.loop
    if form is None or not isinstance(identifier, str) or not principal or scope not in WHAT or not whole:
        raise UnreadableBicep(f"{assignment}: an assignment in no known form")
    target = infra.the(*scope.split(": "))
    if target.kind != SCOPES[scope] or not target.existing:
        raise UnreadableBicep(f"{assignment}: its scope is a {target.kind}")
    if said(assignment.body.get("name")) != f"guid({target.name}.id, {principal}, roleIds.{form[1]})":
        raise UnreadableBicep(f"{assignment}: its name does not follow from what it grants")
    caller = next(
        module for module in infra["main.bicep"].modules if module.kind.endswith(assignment.file.name)
    )
    who = WHO.get(said(caller.params.get(principal)))
    if who is None or properties.get("principalType") != "ServicePrincipal":
        raise UnreadableBicep(f"{assignment}: nobody known")
    if assignment.condition:
        if (assignment.condition, said(caller.params.get("connected")), who) != CONNECTED:
            raise UnreadableBicep(f"{assignment}: is granted only if {assignment.condition}")
        who = "the functions, with the connector"
    return Grant(who, KNOWN.get(identifier, identifier), WHAT[scope])
