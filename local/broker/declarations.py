"""The entities of a namespace as they are declared, before they are built."""

from dataclasses import dataclass

from local.broker.filters import CorrelationFilter
from local.broker.options import QueueOptions, TopicOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDeclaration:
    """A queue by its name."""

    name: str
    options: QueueOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionDeclaration:
    """A subscription by its name; it gets what any of the filters matches."""

    name: str
    options: QueueOptions
    filters: tuple[CorrelationFilter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicDeclaration:
    """A topic by its name, with its subscriptions."""

    name: str
    options: TopicOptions
    subscriptions: tuple[SubscriptionDeclaration, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """All entities of the one namespace."""

    queues: tuple[QueueDeclaration, ...]
    topics: tuple[TopicDeclaration, ...]
