"""The one door: the function app, for Event Grid and the named pipelines. Every other endpoint is private."""

from pathlib import Path
from typing import Final

from tests.infra.bicep import Choice, Declaration, Expression, Loop
from tests.infra.infrastructure import Infrastructure, at, said

PRIVATE: Final = {
    "Microsoft.Storage/storageAccounts": ("training", "host", "verdicts"),
    "Microsoft.ServiceBus/namespaces": ("serviceBus",),
    "Microsoft.CognitiveServices/accounts": ("contentSafety", "evaluation"),
    "Microsoft.EventGrid/topics": ("eventGrid",),
}
"""Types with an endpoint that is closed, and the modules that make one each."""

ENDPOINTS: Final = {
    ("training.outputs.id", "blob"),
    ("host.outputs.id", "blob"),
    ("verdicts.outputs.id", "table"),
    ("serviceBus.outputs.id", "namespace"),
    ("contentSafety.outputs.id", "account"),
    ("connectAzureOpenAI ? evaluation.outputs.id : ''", "account"),
    ("eventGrid.outputs.completedTopicId", "topic"),
}
"""The private endpoints that stand for them."""

TELEMETRY: Final = frozenset({"Microsoft.Insights/components", "Microsoft.OperationalInsights/workspaces"})
"""Open to identities from anywhere: they hold no text. Named in docs/deploy.md."""

CLOSED: Final = Choice("vnetEnabled", "Disabled", "Enabled")
DENIED: Final = Choice("vnetEnabled", "Deny", "Allow")
NAMED: Final = Choice(
    "empty(pipelineAddresses)", [], Expression("split(replace(pipelineAddresses, ' ', ''), ',')")
)
WEBHOOK: Final = "/runtime/webhooks/eventgrid"


def open_doors(infra: Infrastructure) -> list[str]:
    """Every way in but the one."""
    return _endpoints(infra) + _private(infra) + _app(infra) + _authentication(infra)


def _endpoints(infra: Infrastructure) -> list[str]:
    problems = []
    for resource in infra.resources():
        access = resource.properties.get("publicNetworkAccess")
        if resource.kind in PRIVATE:
            if access != CLOSED:
                problems.append(f"{resource}: publicNetworkAccess is {access}")
            acls = resource.properties.get("networkAcls")
            if acls is not None and at(acls, "defaultAction") != DENIED:
                problems.append(f"{resource}: its network rules let everybody in")
        elif resource.kind == "Microsoft.Web/sites":
            if str(resource) != "function-app.bicep: app":
                problems.append(f"{resource}: a second app")
        elif access is not None:
            problems.append(f"{resource}: publicNetworkAccess is {access}, and no rule covers it")
        if "ublicIPAddress" in resource.kind or "publicIPAddress" in str(resource.body):
            problems.append(f"{resource}: a public address")
    main = infra["main.bicep"]
    trusted = {
        module.name for module in main.modules if module.params.get("trustedServices") not in (None, False)
    }
    if trusted != {"host", "training"}:
        problems.append(f"main.bicep: trusted services may write to {sorted(trusted)}")
    if main.parameters["vnetEnabled"].default is not True:
        problems.append("main.bicep: the network is not private by default")
    problems += [
        f"{module}: its network does not follow the deployment's"
        for module in main.modules
        if "vnetEnabled" in infra[Path(module.kind).name].parameters
        and said(module.params.get("vnetEnabled")) != "vnetEnabled"
    ]
    return problems


def _private(infra: Infrastructure) -> list[str]:
    modules = [
        module for module in infra["main.bicep"].modules if module.kind == "modules/private-endpoint.bicep"
    ]
    problems = []
    for module in modules:
        # With the account it stands for, where that is not always made.
        wanted = "vnetEnabled && connectAzureOpenAI" if "evaluation" in _target(module) else "vnetEnabled"
        if module.condition != wanted:
            problems.append(f"{module}: is made only if {module.condition}")
    found = {(_target(module), str(module.params["groupId"])) for module in modules}
    if found != ENDPOINTS:
        problems.append(f"main.bicep: the private endpoints are {sorted(found ^ ENDPOINTS)} off")
    zones = infra["network.bicep"].variables["zoneNames"]
    for module in modules:
        if not isinstance(zones, list) or module.params["zoneName"] not in zones:
            problems.append(f"{module}: the network knows no such zone")
        if module.params["subnetId"] != Choice(
            "vnetEnabled", Expression("network.outputs.endpointsSubnetId"), ""
        ):
            problems.append(f"{module}: is not in the network's subnet")
    if infra["network.bicep"].resources and infra.the("network.bicep", "boundary").properties != {
        "securityRules": []
    }:
        problems.append("network.bicep: rules of its own")
    return problems


def _target(module: Declaration) -> str:
    target = module.params["targetId"]
    return f"{target.condition} ? {said(target.then)} : ''" if isinstance(target, Choice) else said(target)


def _app(infra: Infrastructure) -> list[str]:
    app = infra.the("function-app.bicep", "app")
    config = app.properties.get("siteConfig")
    wanted = {
        "ipSecurityRestrictionsDefaultAction": "Deny",
        "ipSecurityRestrictions": Expression("concat(eventGridRule, pipelineRules)"),
        "scmIpSecurityRestrictionsUseMain": False,
        "scmIpSecurityRestrictionsDefaultAction": "Deny",
        "scmIpSecurityRestrictions": [],
    }
    problems = [
        f"{app}: {key} is {at(config, key)}" for key, value in wanted.items() if at(config, key) != value
    ]
    if app.properties.get("virtualNetworkSubnetId") != Choice(
        "empty(subnetId)", None, Expression("subnetId")
    ):
        problems.append(f"{app}: does not leave from the network")
    variables = infra["function-app.bicep"].variables
    rules = variables["eventGridRule"]
    if not (
        isinstance(rules, list)
        and [(at(rule, "tag"), at(rule, "ipAddress"), at(rule, "action")) for rule in rules]
        == [("ServiceTag", "AzureEventGrid", "Allow")]
    ):
        problems.append("function-app.bicep: lets in more than Event Grid")
    pipelines = variables["pipelineRules"]
    if not (
        isinstance(pipelines, Loop)
        and pipelines.over == "addresses"
        and said(at(pipelines.body, "ipAddress")) == "address"
    ):
        problems.append("function-app.bicep: lets in more than the named pipelines")
    if variables["addresses"] != NAMED:
        problems.append("function-app.bicep: pipelines that nobody named")
    return problems


def _authentication(infra: Infrastructure) -> list[str]:
    asks = infra.the("function-app.bicep", "authentication")
    properties = dict(asks.properties)
    wanted = {
        "platform.enabled": True,
        "globalValidation.requireAuthentication": True,
        "globalValidation.unauthenticatedClientAction": "Return401",
        "httpSettings.requireHttps": True,
        "identityProviders.azureActiveDirectory.enabled": Expression(
            "!empty(verdictClientId) && !empty(clientIds)"
        ),
        "identityProviders.azureActiveDirectory.validation.defaultAuthorizationPolicy.allowedApplications": Expression(
            "clientIds"
        ),
    }
    problems = [
        f"{asks}: {path} is {at(properties, path)}"
        for path, value in wanted.items()
        if at(properties, path) != value
    ]
    excluded = at(properties, "globalValidation.excludedPaths")
    if not (isinstance(excluded, list) and {str(path).lower() for path in excluded} == {WEBHOOK}):
        problems.append(f"{asks}: asks for no token at {excluded}")
    return problems
