"""The converter of a binding type: the azure-functions library's own, or the worker's generic one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from json import dumps
from typing import Any

from azure.functions.meta import Datum, get_binding_registry

from local.host.refusals import HostError


class UnconvertibleData(HostError):
    """No converter takes this value; the text names types only."""


class GenericConverter:
    """What the worker uses where the library registers no converter: text and bytes as they are."""

    @classmethod
    def check_input_type_annotation(cls, pytype: type) -> bool:
        return issubclass(pytype, (str, bytes))

    @classmethod
    def check_output_type_annotation(cls, pytype: type) -> bool:
        return issubclass(pytype, (str, bytes, bytearray))

    @classmethod
    def decode(cls, data: Datum | None, *, trigger_metadata: Mapping[str, Datum]) -> object:
        return None if data is None else data.value

    @classmethod
    def encode(cls, obj: object, *, expected_type: type | None) -> Datum:
        if isinstance(obj, str):
            return Datum(obj, "string")
        if isinstance(obj, (bytes, bytearray)):
            return Datum(bytes(obj), "bytes")
        raise UnconvertibleData(f"a binding of no known type does not take a {type(obj).__name__}")


def converter_of(binding_type: str) -> Any:
    """The converter class the worker would use for the binding type."""
    return get_binding_registry().get(binding_type) or GenericConverter


def has_implicit_output(binding_type: str) -> bool:
    """Whether a function with this binding may return a value without a $return binding."""
    found = converter_of(binding_type)
    if found is GenericConverter:
        return binding_type != "durableClient"
    return bool(getattr(found, "has_implicit_output", lambda: False)())


def as_datum(value: object) -> Datum | None:
    """The value as the host sends it: text, bytes and doubles as such, null not at all, the rest as JSON."""
    match value:
        case None:
            return None
        case str():
            return Datum(value, "string")
        case bytes():
            return Datum(value, "bytes")
        case float():
            return Datum(value, "double")
        case _:
            return Datum(dumps(value), "json")


def as_metadata(values: Mapping[str, object]) -> dict[str, Datum]:
    """Trigger metadata as the host sends it: what is null is left out."""
    converted = {name: as_datum(value) for name, value in values.items()}
    return {name: datum for name, datum in converted.items() if datum is not None}


def decoded(binding_type: str, data: Datum | None, metadata: Mapping[str, Datum]) -> object:
    """The object a function's parameter receives."""
    found = converter_of(binding_type)
    is_trigger = found is not GenericConverter and found.has_trigger_support()
    with _taking(f"{binding_type} does not take {data.type if data else None}"):
        return found.decode(data, trigger_metadata=metadata if is_trigger else {})


def encoded(binding_type: str, value: object, pytype: type | None) -> Datum:
    """What the host receives for a value a function returned or set."""
    with _taking(f"{binding_type} does not take a {type(value).__name__}"):
        datum: Datum = converter_of(binding_type).encode(value, expected_type=pytype)
    return datum


@contextmanager
def _taking(refusal: str) -> Iterator[None]:
    """Raises UnconvertibleData for what azure-functions raises where its converter does not take a value's type."""
    try:
        yield
    except NotImplementedError:
        raise UnconvertibleData(refusal) from None
