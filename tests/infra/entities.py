"""The Service Bus entities are those of infra/servicebus.json, every property of them."""

import json
from typing import Any, Final

from tests.infra.bicep import Choice, Declaration, Expression, Value
from tests.infra.infrastructure import Infrastructure

FILE: Final = "service-bus.bicep"
WINDOW: Final = "DuplicateDetectionHistoryTimeWindow"

DECLARATION: Final = (
    Expression("loadJsonContent('../servicebus.json')"),
    Expression("any(declaration).UserConfig.Namespaces[0]"),
)

RULE: Final = {
    "filterType": Choice("contains(subscription, 'Rules')", "CorrelationFilter", "SqlFilter"),
    "correlationFilter": Choice(
        "contains(subscription, 'Rules')",
        {"properties": Expression("subscription.Rules[0].Properties.CorrelationFilter.Properties")},
        None,
    ),
    "sqlFilter": Choice("contains(subscription, 'Rules')", None, {"sqlExpression": "1=1"}),
}


def entities_off(infra: Infrastructure) -> list[str]:
    """Where what is deployed would differ from what is declared."""
    declared = json.loads((infra.project / "infra" / "servicebus.json").read_text())
    namespace = declared["UserConfig"]["Namespaces"][0]
    variables = infra[FILE].variables
    problems = []
    if (variables.get("declaration"), variables.get("declared")) != DECLARATION:
        problems.append(f"{FILE}: reads another declaration")
    if variables.get("declaredTopic") != Expression("declared.Topics[0]") or len(namespace["Topics"]) != 1:
        problems.append(f"{FILE}: makes one topic of {len(namespace['Topics'])}")
    topic = namespace["Topics"][0]
    for name, loop, item, entities in (
        ("queues", "declared.Queues", "queue", namespace["Queues"]),
        ("topic", "", "declaredTopic", [topic]),
        ("subscriptions", "declaredTopic.Subscriptions", "subscription", topic["Subscriptions"]),
    ):
        resource = infra.the(FILE, name)
        if (
            resource.loop != loop
            or resource.condition
            or resource.body.get("name") != Expression(f"{item}.Name")
        ):
            problems.append(f"{resource}: does not make every declared one")
        problems += _properties_off(resource, item, entities)
    rules = infra.the(FILE, "rules")
    if (rules.loop, rules.body.get("name"), dict(rules.properties)) != (
        "declaredTopic.Subscriptions",
        "$Default",
        RULE,
    ):
        problems.append(f"{rules}: the filters are not the declared ones")
    for subscription in topic["Subscriptions"]:
        declared_rules = subscription.get("Rules", [])
        if len(declared_rules) > 1 or any(
            rule["Properties"]["FilterType"] != "Correlation" for rule in declared_rules
        ):
            problems.append(f"servicebus.json: {subscription['Name']} has a filter that {FILE} cannot make")
    made = sorted(str(resource.kind) for resource in infra[FILE].resources)
    if len(made) != 5:
        problems.append(f"{FILE}: makes {made}")
    return problems


def _properties_off(resource: Declaration, item: str, entities: list[dict[str, Any]]) -> list[str]:
    wanted: dict[str, Value] = {}
    for name in {name for entity in entities for name in entity["Properties"]}:
        value: Value = Expression(f"{item}.Properties.{name}")
        if name == WINDOW and item == "queue":  # a queue without duplicate detection declares none
            value = Choice("queue.Properties.RequiresDuplicateDetection", value, None)
        wanted[name[0].lower() + name[1:]] = value
    found = dict(resource.properties)
    off = sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))
    return [f"{resource}: {name} is {found.get(name)}" for name in off]
