"""Reads the entities from a file in the layout of Microsoft's Service Bus emulator (Config.json)."""

import json
from pathlib import Path

from local.broker.config_fields import ConfigError, Fields
from local.broker.declarations import (
    Declarations,
    QueueDeclaration,
    SubscriptionDeclaration,
    TopicDeclaration,
)
from local.broker.filters import EVERY_MESSAGE, CorrelationFilter
from local.broker.options import QueueOptions, TopicOptions

# The limits of the service, but for the shortest lock and window: the service allows 5 s and 20 s at least,
# tests want 1 s.
_SECOND_MS = 1000
_LOCK_MOST_MS = 5 * 60 * _SECOND_MS
_WINDOW_MOST_MS = 7 * 86_400 * _SECOND_MS
_TTL_MOST_MS = 10_675_199 * 86_400 * _SECOND_MS
_WINDOW_DEFAULT_MS = 10 * 60 * _SECOND_MS
_LOCK_DEFAULT_MS = 60 * _SECOND_MS
_DELIVERIES_DEFAULT, _DELIVERIES_MOST = 10, 2000
_NAME_LONGEST, _SHORT_NAME_LONGEST = 260, 50

_SYSTEM_PROPERTIES = {
    "ContentType": "content-type",
    "CorrelationId": "correlation-id",
    "Label": "label",
    "MessageId": "message-id",
    "ReplyTo": "reply-to",
    "ReplyToSessionId": "reply-to-session-id",
    "SessionId": "session-id",
    "To": "to",
}


def load(path: Path) -> Declarations:
    """Return what the file declares; ConfigError names the place of whatever is wrong."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error
    return read(content)


def read(content: object) -> Declarations:
    """Return what the decoded content of such a file declares."""
    top = Fields(content, "Config")
    user = top.inner("UserConfig")
    top.end()
    user.value("Logging")  # of no meaning here: this broker logs to standard error
    namespaces = user.objects("Namespaces")
    user.end()
    if len(namespaces) != 1:
        raise ConfigError(f"{user.place}.Namespaces: exactly one is expected")
    [namespace] = namespaces
    namespace.name(_SHORT_NAME_LONGEST)
    queues = tuple(_queue(each) for each in namespace.objects("Queues"))
    topics = tuple(_topic(each) for each in namespace.objects("Topics"))
    namespace.end()
    both = {each.name.lower() for each in queues} & {each.name.lower() for each in topics}
    if both:
        raise ConfigError(
            f"{namespace.place}: {', '.join(sorted(both))} is declared as a queue and as a topic"
        )
    return Declarations(queues=queues, topics=topics)


def _queue(fields: Fields) -> QueueDeclaration:
    name = fields.name(_NAME_LONGEST)
    rules = fields.inner("Properties")
    fields.end()
    return QueueDeclaration(name=name, options=_queue_options(rules, duplicate_window_ms=_window_ms(rules)))


def _topic(fields: Fields) -> TopicDeclaration:
    name = fields.name(_NAME_LONGEST)
    rules = fields.inner("Properties")
    options = TopicOptions(ttl_ms=_ttl_ms(rules), duplicate_window_ms=_window_ms(rules))
    rules.end()
    subscriptions = tuple(_subscription(each) for each in fields.objects("Subscriptions"))
    fields.end()
    return TopicDeclaration(name=name, options=options, subscriptions=subscriptions)


def _subscription(fields: Fields) -> SubscriptionDeclaration:
    name = fields.name(_SHORT_NAME_LONGEST)
    options = _queue_options(fields.inner("Properties"), duplicate_window_ms=None)
    filters = tuple(_filter(each) for each in fields.objects("Rules"))
    fields.end()
    # Without a rule of its own a subscription has the rule $Default, which is true for every message.
    return SubscriptionDeclaration(name=name, options=options, filters=filters or (EVERY_MESSAGE,))


def _queue_options(rules: Fields, *, duplicate_window_ms: int | None) -> QueueOptions:
    lock_ms = rules.duration_ms("LockDuration", least_ms=_SECOND_MS, most_ms=_LOCK_MOST_MS)
    options = QueueOptions(
        lock_ms=_LOCK_DEFAULT_MS if lock_ms is None else lock_ms,
        max_deliveries=rules.number("MaxDeliveryCount", _DELIVERIES_DEFAULT, least=1, most=_DELIVERIES_MOST),
        ttl_ms=_ttl_ms(rules),
        dead_letters_expired=rules.flag("DeadLetteringOnMessageExpiration"),
        duplicate_window_ms=duplicate_window_ms,
        requires_session=rules.flag("RequiresSession"),
    )
    for key in ("ForwardTo", "ForwardDeadLetteredMessagesTo"):
        if rules.text(key):
            raise ConfigError(f"{rules.place}.{key}: forwarding is not emulated")
    rules.end()
    return options


def _ttl_ms(rules: Fields) -> int | None:
    return rules.duration_ms("DefaultMessageTimeToLive", least_ms=_SECOND_MS, most_ms=_TTL_MOST_MS)


def _window_ms(rules: Fields) -> int | None:
    window_ms = rules.duration_ms(
        "DuplicateDetectionHistoryTimeWindow", least_ms=_SECOND_MS, most_ms=_WINDOW_MOST_MS
    )
    if not rules.flag("RequiresDuplicateDetection"):
        return None
    return _WINDOW_DEFAULT_MS if window_ms is None else window_ms


def _filter(fields: Fields) -> CorrelationFilter:
    fields.rule_name(_SHORT_NAME_LONGEST)
    rules = fields.inner("Properties")
    fields.end()
    kind = rules.text("FilterType")
    if rules.value("Action") is not None:
        raise ConfigError(f"{rules.place}.Action: rule actions are not emulated")
    found = {"Correlation": _correlation, "Sql": _sql}.get(kind or "")
    if found is None:
        raise ConfigError(f"{rules.place}.FilterType: Correlation or Sql is expected")
    result = found(rules)
    rules.end()
    return result


def _sql(rules: Fields) -> CorrelationFilter:
    sql = rules.inner("SqlFilter")
    expression = sql.text("SqlExpression")
    sql.end()
    if expression is None or "".join(expression.split()) != "1=1":
        raise ConfigError(f"{sql.place}: of SQL filters only 1=1 is emulated; use a correlation filter")
    return EVERY_MESSAGE


def _correlation(rules: Fields) -> CorrelationFilter:
    wanted = rules.inner("CorrelationFilter")
    texts = {name: wanted.text(key) for key, name in _SYSTEM_PROPERTIES.items()}
    system = {name: text for name, text in texts.items() if text is not None}
    application = wanted.value("Properties")
    wanted.end()
    if not isinstance(application, dict | None):
        raise ConfigError(f"{wanted.place}.Properties: an object is expected")
    for key, value in (application or {}).items():
        if not isinstance(value, str | int | float | bool):
            raise ConfigError(f"{wanted.place}.Properties.{key}: a string, a number or a boolean is expected")
    if not system and not application:
        raise ConfigError(f"{wanted.place}: at least one property is expected")
    return CorrelationFilter(system=system, application=application or {})
