"""One location, the fine-tuning resource's; nothing paired."""

import json
import re
from typing import Final

from tests.infra.bicep import Expression
from tests.infra.infrastructure import Infrastructure, at, said

GLOBAL: Final = {
    "Microsoft.Network/privateDnsZones": "a zone has no other location; it holds names and private addresses",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": "as its zone",
    "Microsoft.Insights/actionGroups": "holds the mail address of who is told",
    "Microsoft.Insights/metricAlerts": "has no other location; it holds a rule, names and numbers",
}
"""Resource types that may stand in `global`, and why."""

PLACELESS: Final = frozenset(
    {
        "Microsoft.Authorization/roleAssignments",
        "Microsoft.EventGrid/systemTopics/eventSubscriptions",
        "Microsoft.EventGrid/topics/eventSubscriptions",
        "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
        "Microsoft.ServiceBus/namespaces/queues",
        "Microsoft.ServiceBus/namespaces/topics",
        "Microsoft.ServiceBus/namespaces/topics/subscriptions",
        "Microsoft.ServiceBus/namespaces/topics/subscriptions/rules",
        "Microsoft.Storage/storageAccounts/blobServices",
        "Microsoft.Storage/storageAccounts/blobServices/containers",
        "Microsoft.Storage/storageAccounts/managementPolicies",
        "Microsoft.Storage/storageAccounts/tableServices",
        "Microsoft.Storage/storageAccounts/tableServices/tables",
        "Microsoft.Web/sites/basicPublishingCredentialsPolicies",
        "Microsoft.Web/sites/config",
    }
)
"""Resource types that stand where their parent does."""

_READ = Expression("any(toLower(replace(fineTuning.location, ' ', '')))")
_PAIRED = re.compile(
    r"'[^']*_(?:R?A?GRS|RAGZRS|GZRS)'|\bgeoDataReplication\b|\bWithinGeopair\b|\bsecondaryLocation\b"
)


def misplaced(infra: Infrastructure) -> list[str]:
    """Every location that is not the fine-tuning resource's."""
    problems = []
    for resource in infra.resources():
        location = resource.body.get("location")
        if resource.kind == "Microsoft.Resources/resourceGroups":
            right = said(location) == "runHere[location]"
        elif resource.kind in PLACELESS:
            right = location is None
        elif resource.kind in GLOBAL:
            right = location == "global"
        else:
            right = said(location) == "location"
        if not right:
            problems.append(f"{resource}: stands in {location}")
    for template in infra.templates.values():
        given = template.parameters.get("location")
        if given is not None and given.has_default:
            problems.append(f"{template.path.name}: its location has a default")
        for module in template.modules:
            location = module.params.get("location")
            wanted = _READ if module.name == "place" else Expression("place.outputs.location")
            if location is not None and location != wanted:
                problems.append(f"{module}: is told {location}")
        if _PAIRED.search(template.text):
            problems.append(f"{template.path.name}: names replication to another region")
    return problems + _regions(infra)


def _regions(infra: Infrastructure) -> list[str]:
    declared = json.loads((infra.project / "infra" / "regions.json").read_text())
    problems = []
    if infra["place.bicep"].parameters["location"].allowed != declared["regions"]:
        problems.append("place.bicep: the regions are not those of regions.json")
    here = infra["place.bicep"].variables.get("runHere")
    if here != {"'${deployment().location}'": Expression("deployment().location")}:
        problems.append("place.bicep: does not refuse to be run from elsewhere")
    # A region's name anywhere else would be a place typed twice.
    named = re.compile("'(" + "|".join(declared["regions"]) + ")'")
    problems += [
        f"{name}: names a region"
        for name, template in infra.templates.items()
        if name != "place.bicep" and named.search(template.text)
    ]
    topic = infra.the("event-grid.bicep", "completed")
    if at(dict(topic.properties), "dataResidencyBoundary") != "WithinRegion":
        problems.append(f"{topic}: may fail over to the paired region")
    return problems
