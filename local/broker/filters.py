"""Which messages of a topic a subscription gets."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from local.broker.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelationFilter:
    """Matches messages whose named system and application properties all equal these; none named: every message.

    Names are the ones of `Message.properties`. Equal means of one kind and equal: the text "1" is not the
    number 1, and true is not 1. Letters count with their case.
    """

    system: Mapping[str, object] = field(default_factory=dict)
    application: Mapping[str, object] = field(default_factory=dict)

    def matches(self, message: Message) -> bool:
        """Decide whether the message has every property the filter names."""
        if not all(_equal(message.properties.get(name), wanted) for name, wanted in self.system.items()):
            return False
        if not self.application:
            return True
        values = message.application_values()
        return all(_equal(values.get(name), wanted) for name, wanted in self.application.items())


EVERY_MESSAGE = CorrelationFilter()


def _equal(value: object, wanted: object) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return value == wanted
