"""Property names against Microsoft's own models: the azure-mgmt packages, generated from the services' definitions.

They are newer than the API versions named in the templates, and know no required combinations: a name that passes
here exists, no more. Names under a free-form object (tags, app settings) are not theirs to know.
"""

import functools
import importlib
from typing import Any, Final

from tests.infra.bicep import Choice, Loop, Value
from tests.infra.infrastructure import Infrastructure

MODELS: Final = {
    "Microsoft.Authorization/roleAssignments": "authorization.RoleAssignmentCreateParameters",
    "Microsoft.CognitiveServices/accounts": "cognitiveservices.Account",
    "Microsoft.EventGrid/systemTopics": "eventgrid.SystemTopic",
    "Microsoft.EventGrid/systemTopics/eventSubscriptions": "eventgrid.EventSubscription",
    "Microsoft.EventGrid/topics": "eventgrid.Topic",
    "Microsoft.EventGrid/topics/eventSubscriptions": "eventgrid.EventSubscription",
    "Microsoft.Insights/actionGroups": "monitor.ActionGroupResource",
    "Microsoft.Insights/components": "applicationinsights.ApplicationInsightsComponent",
    "Microsoft.Insights/metricAlerts": "monitor.MetricAlertResource",
    "Microsoft.Insights/scheduledQueryRules": "monitor.ScheduledQueryRuleResource",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "msi.Identity",
    "Microsoft.Network/networkSecurityGroups": "network.NetworkSecurityGroup",
    "Microsoft.Network/privateDnsZones": "privatedns.PrivateZone",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": "privatedns.VirtualNetworkLink",
    "Microsoft.Network/privateEndpoints": "network.PrivateEndpoint",
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": "network.PrivateDnsZoneGroup",
    "Microsoft.Network/virtualNetworks": "network.VirtualNetwork",
    "Microsoft.OperationalInsights/workspaces": "loganalytics.Workspace",
    "Microsoft.ServiceBus/namespaces": "servicebus.SBNamespace",
    "Microsoft.ServiceBus/namespaces/queues": "servicebus.SBQueue",
    "Microsoft.ServiceBus/namespaces/topics": "servicebus.SBTopic",
    "Microsoft.ServiceBus/namespaces/topics/subscriptions": "servicebus.SBSubscription",
    "Microsoft.ServiceBus/namespaces/topics/subscriptions/rules": "servicebus.Rule",
    "Microsoft.Storage/storageAccounts": "storage.StorageAccountCreateParameters",
    "Microsoft.Storage/storageAccounts/blobServices": "storage.BlobServiceProperties",
    "Microsoft.Storage/storageAccounts/blobServices/containers": "storage.BlobContainer",
    "Microsoft.Storage/storageAccounts/managementPolicies": "storage.ManagementPolicy",
    "Microsoft.Storage/storageAccounts/tableServices": "storage.TableServiceProperties",
    "Microsoft.Storage/storageAccounts/tableServices/tables": "storage.Table",
    "Microsoft.Web/serverfarms": "web.AppServicePlan",
    "Microsoft.Web/sites": "web.Site",
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": "web.CsmPublishingCredentialsPoliciesEntity",
    "Microsoft.Web/sites/config/appsettings": "web.StringDictionary",
    "Microsoft.Web/sites/config/authsettingsV2": "web.SiteAuthSettingsV2",
}
"""The model of a resource type; of `Microsoft.Web/sites/config` by its name."""

BY_HAND: Final = {
    "Microsoft.Resources/resourceGroups": {"location", "tags"},
}
"""Types whose package holds no such model."""

POLYMORPHIC: Final = {
    ("endpointType", "AzureFunction"): "AzureFunctionEventSubscriptionDestination",
    ("endpointType", "StorageBlob"): "StorageBlobDeadLetterDestination",
    (
        "odata.type",
        "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
    ): "MetricAlertSingleResourceMultipleMetricCriteria",
    ("criterionType", "StaticThresholdCriterion"): "MetricCriteria",
}
"""The model an object says that it is of."""

BICEP: Final = frozenset({"name", "parent", "scope", "dependsOn"})
"""Keys of the language, not of the resource."""


def unknown_properties(infra: Infrastructure) -> list[str]:
    """Every property that no model knows, and every type without a model."""
    problems = []
    for resource in infra.resources():
        body = {key: value for key, value in resource.body.items() if key not in BICEP}
        kind = resource.kind
        if kind == "Microsoft.Web/sites/config":
            kind = f"{kind}/{resource.body.get('name')}"
        if kind in BY_HAND:
            problems += [f"{resource}: {key}" for key in body if key not in BY_HAND[kind]]
        elif kind not in MODELS:
            problems.append(f"{resource}: no model for {kind}")
        else:
            package, _, name = MODELS[kind].partition(".")
            models = importlib.import_module(f"azure.mgmt.{package}.models")
            problems += [
                f"{resource}: no property {path}" for path in _unknown(getattr(models, name), body, models)
            ]
    return problems


def _unknown(model: Any, value: Value, models: Any, path: str = "") -> list[str]:
    match value:
        case Choice():
            return _unknown(model, value.then, models, path) + _unknown(model, value.otherwise, models, path)
        case Loop():
            return _unknown(model, value.body, models, path)
        case list():
            return [found for item in value for found in _unknown(model, item, models, path)]
        case dict():
            for said in value.items():
                if isinstance(said[1], str) and said in POLYMORPHIC:
                    model = getattr(models, POLYMORPHIC[said[0], said[1]])
            known = _properties(model, models)
            return [
                found
                for key, inner in value.items()
                for found in (
                    _unknown(known[key], inner, models, f"{path}.{key}" if path else key)
                    if key in known
                    else [f"{path}.{key}" if path else key]
                )
                if known is not _FREE
            ]
    return []


class _Free(dict[str, Any]):
    """An object with any keys."""

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> Any:
        return None


_FREE: Final = _Free()


def _properties(model: Any, models: Any) -> dict[str, Any]:
    """The names a model has on the wire, with the model of each; any name where there is no model."""
    if model is None:
        return _FREE
    if isinstance(model, dict):
        return model
    if hasattr(model, "_attribute_map"):
        return _of_older(model, models)
    return {field._rest_name: _model_in(field._type) for field in model()._attr_to_rest_field.values()}


def _of_older(model: Any, models: Any) -> dict[str, Any]:
    # The older kind flattens: what it calls `properties.x` is x below properties.
    tree: dict[str, Any] = {}
    for attribute in model._attribute_map.values():
        *outer, last = attribute["key"].replace("\\.", "\0").split(".")
        level = tree
        for key in outer:
            level = level.setdefault(key.replace("\0", "."), {})
        kind = attribute["type"]
        free = kind.startswith("{")
        level[last.replace("\0", ".")] = None if free else getattr(models, kind.strip("[]"), None)
    return tree


def _model_in(reader: Any) -> Any:
    # The newer kind keeps, for each property, what would read its value: partial functions, with the model within.
    if isinstance(reader, type):
        return (
            reader
            if reader.__module__.startswith("azure.mgmt.") and hasattr(reader, "_deserialize")
            else None
        )
    if not isinstance(reader, functools.partial) or "dict" in reader.func.__name__:
        return None
    return next((found for inner in reader.args if (found := _model_in(inner)) is not None), None)
