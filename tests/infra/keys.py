"""No key, no SAS, no local authentication; TLS 1.2 at least; and no type of resource that nobody has thought about."""

import re
from typing import Final

from tests.infra.bicep import Value
from tests.infra.infrastructure import Infrastructure, at
from tests.infra.places import GLOBAL, PLACELESS

KEYLESS: Final[dict[str, dict[str, Value]]] = {
    "Microsoft.Storage/storageAccounts": {
        "allowSharedKeyAccess": False,
        "allowBlobPublicAccess": False,
        "allowCrossTenantReplication": False,
        "defaultToOAuthAuthentication": True,
        "minimumTlsVersion": "TLS1_2",
        "supportsHttpsTrafficOnly": True,
    },
    "Microsoft.ServiceBus/namespaces": {"disableLocalAuth": True, "minimumTlsVersion": "1.2"},
    "Microsoft.CognitiveServices/accounts": {"disableLocalAuth": True},
    "Microsoft.EventGrid/topics": {"disableLocalAuth": True, "minimumTlsVersionAllowed": "1.2"},
    "Microsoft.Insights/components": {"DisableLocalAuth": True},
    "Microsoft.OperationalInsights/workspaces": {"features.disableLocalAuth": True},
    "Microsoft.Web/sites": {
        "httpsOnly": True,
        "siteConfig.minTlsVersion": "1.2",
        "siteConfig.scmMinTlsVersion": "1.2",
        "siteConfig.ftpsState": "Disabled",
    },
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": {"allow": False},
}
"""What a resource of a type has to say."""

NOTHING_TO_OPEN: Final = frozenset(
    {
        "Microsoft.EventGrid/systemTopics",
        "Microsoft.Insights/scheduledQueryRules",
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "Microsoft.Network/networkSecurityGroups",
        "Microsoft.Network/privateEndpoints",
        "Microsoft.Network/virtualNetworks",
        "Microsoft.Resources/resourceGroups",
        "Microsoft.Web/serverfarms",
    }
)
"""Types that have neither keys nor an endpoint of their own."""

_KEYS: Final = re.compile(
    r"\blist(?:Keys|AccountSas|ServiceSas|Secrets|Credentials)?\s*\(|\.list\w+\(|authorizationRules|SharedAccessKey|AccountKey"
    r"|@secure|securestring",
    re.IGNORECASE,
)


def keys_in_use(infra: Infrastructure) -> list[str]:
    """Every way in by a key, and every type of resource that no rule here covers."""
    problems = []
    known = {*KEYLESS, *NOTHING_TO_OPEN, *PLACELESS, *GLOBAL}
    for resource in infra.resources():
        if resource.kind not in known:
            problems.append(f"{resource}: {resource.kind}, which no rule covers")
        for path, wanted in KEYLESS.get(resource.kind, {}).items():
            found = at(dict(resource.properties), path)
            if found != wanted:
                problems.append(f"{resource}: {path} is {found}")
    policies = [
        resource.body.get("name")
        for resource in infra.resources("Microsoft.Web/sites/basicPublishingCredentialsPolicies")
    ]
    if sorted(map(str, policies)) != ["ftp", "scm"]:
        problems.append(f"function-app.bicep: passwords are off for {policies}")
    for name, template in infra.templates.items():
        code = "\n".join(
            line.partition("//")[0] if "://" not in line else line for line in template.text.splitlines()
        )
        if found := _KEYS.search(code):
            problems.append(f"{name}: {found[0]}")
    return problems
