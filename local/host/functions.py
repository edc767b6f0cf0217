"""A function of the app as the worker's registry knows it, once it has passed all the worker's rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """How a parameter or a return value is converted: by a binding type's converter, for a Python type.

    `declared_type` is the binding's own type, where plain text takes the generic converter.
    """

    declared_type: str
    binding_type: str
    pytype: type | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """The trigger's declaration: its parameter, its type and its fields by their function.json names."""

    parameter: str
    type: str
    fields: Mapping[str, object]

    def text(self, field: str) -> str:
        """The field as text, empty where it was not given."""
        value = self.fields.get(field)
        value = value.value if isinstance(value, Enum) else value
        return "" if value is None else str(value)

    def texts(self, field: str) -> tuple[str, ...]:
        """The field's items as text, none where it was not given."""
        value = self.fields.get(field)
        items = value if isinstance(value, (list, tuple)) else ()
        return tuple(str(item.value if isinstance(item, Enum) else item) for item in items)

    def flag(self, field: str) -> bool:
        """The field as a yes or no; not given means no."""
        return self.text(field).lower() == "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function that the real worker would load."""

    name: str
    call: Callable[..., Any]
    directory: str
    trigger: Trigger
    inputs: Mapping[str, Value]
    outputs: Mapping[str, Value]
    returns: Value | None
    may_return: bool
    wants_context: bool
    is_async: bool
