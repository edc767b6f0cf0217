"""What a receiver decides about a message it has locked."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class Outcome(enum.Enum):
    """The five ends of a delivery; RELEASE hands it back as if it had not happened."""

    COMPLETE = "complete"
    ABANDON = "abandon"
    DEFER = "defer"
    DEAD_LETTER = "dead-letter"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """An outcome with the application properties to change, and for a dead letter its reason."""

    outcome: Outcome
    changes: Mapping[str, object] = field(default_factory=dict)
    reason: str | None = None
    description: str | None = None
