"""The rules by which the real worker accepts or refuses a function, with its reasons word for word."""

import inspect
import operator
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azure.functions._thirdparty.typing_inspect import get_args, get_origin, is_generic_type

from local.host.converters import converter_of, has_implicit_output
from local.host.functions import Function, Trigger, Value

_OUT = 1
_INOUT = 2
_UNDEFINED = 0


class FunctionLoadError(RuntimeError):
    """The worker's own error for a function it refuses."""

    def __init__(self, function: str, reason: str) -> None:
        super().__init__(f"cannot load the {function} function: {reason}")


def index(declared: Any) -> Function:
    """The function as the worker would load it; raises what the worker raises for one it refuses."""
    call = declared.get_user_function()
    name: str = declared.get_function_name()
    parameters = dict(inspect.signature(call).parameters)
    annotations = typing.get_type_hints(call)
    bindings: dict[str, Any] = {}
    return_binding: str | None = None
    explicit = implicit = False
    for binding in declared.get_bindings():
        _check_direction(name, binding)
        if binding.name == "$return":
            return_binding = return_binding if explicit else binding.type
            explicit = True
            continue
        bindings[binding.name] = binding
        if has_implicit_output(binding.type):
            implicit = True
            return_binding = return_binding if explicit else binding.type
    wants_context = _takes_context(name, parameters, bindings, annotations)
    _check_names(name, parameters, bindings)
    inputs: dict[str, Value] = {}
    outputs: dict[str, Value] = {}
    for parameter in parameters:
        value = _parameter_value(name, parameter, bindings[parameter], annotations)
        (outputs if bindings[parameter].direction == _OUT else inputs)[parameter] = value
    trigger = declared.get_trigger()
    return Function(
        name=name,
        call=call,
        directory=str(Path(inspect.getfile(call)).parent),
        trigger=Trigger(parameter=trigger.name, type=trigger.type, fields=trigger.get_dict_repr()),
        inputs=inputs,
        outputs=outputs,
        returns=_return_value(name, annotations, explicit, implicit, return_binding),
        may_return=explicit or implicit,
        wants_context=wants_context,
        is_async=inspect.iscoroutinefunction(call),
    )


def _check_direction(function: str, binding: Any) -> None:
    if binding.direction == _INOUT:
        raise FunctionLoadError(function, '"inout" bindings are not supported')
    if binding.name == "$return" and binding.direction != _OUT:
        raise FunctionLoadError(function, '"$return" binding must have direction set to "out"')


def _takes_context(
    function: str, parameters: dict[str, Any], bindings: Mapping[str, Any], annotations: Mapping[str, Any]
) -> bool:
    if "context" not in parameters or "context" in bindings:
        return False
    parameters.pop("context")
    if "context" in annotations:
        found = annotations["context"]
        if not isinstance(found, type) or found.__name__ != "Context":
            raise FunctionLoadError(
                function,
                f'the "context" parameter is expected to be of type azure.functions.Context, got "{found!r}"',
            )
    return True


def _check_names(function: str, parameters: Mapping[str, Any], bindings: Mapping[str, Any]) -> None:
    if unbound := set(parameters) - set(bindings):
        raise FunctionLoadError(
            function,
            "the following parameters are declared in Python "
            "but not in the function definition (function.json or "
            f"function decorators):  {unbound!r}",
        )
    if extra := set(bindings) - set(parameters):
        raise FunctionLoadError(
            function,
            "Extra parameters in binding definition — the following parameters "
            f"are declared as bindings but are not present in Python: {extra!r}",
        )


def _parameter_value(function: str, name: str, binding: Any, annotations: Mapping[str, Any]) -> Value:
    annotated = name in annotations
    annotation = annotations.get(name)
    is_out = annotated and _is_out(annotation)
    pytype = _inner_type(function, name, annotation) if is_out else annotation
    if annotated and not isinstance(pytype, type) and not is_generic_type(pytype):
        raise FunctionLoadError(function, f"binding {name} has invalid non-type annotation {annotation!r}")
    if binding.direction == _OUT and annotated and not is_out:
        raise FunctionLoadError(
            function,
            f'binding {name} is declared to have the "out" '
            "direction, but its annotation in Python is not a subclass of azure.functions.Out",
        )
    if binding.direction != _OUT and is_out:
        raise FunctionLoadError(
            function,
            f'binding {name} is declared to have the "in" '
            "direction in the binding decorator, but its annotation is azure.functions.Out in Python",
        )
    plain = annotated and pytype in (str, bytes) and not has_implicit_output(binding.type)
    binding_type = "generic" if plain else binding.type
    if annotated:
        found = converter_of(binding_type)
        check = found.check_output_type_annotation if is_out else found.check_input_type_annotation
        if not check(pytype):
            raise FunctionLoadError(function, _mismatch(name, binding, pytype))
    return Value(declared_type=binding.type, binding_type=binding_type, pytype=pytype)


def _mismatch(name: str, binding: Any, pytype: Any) -> str:
    # A data type that was not given is None, not the enum's "undefined": so the worker words it this way.
    if binding.data_type != _UNDEFINED:
        return (
            f'binding type "{name!r}" and dataType "{binding.type}" in '
            "the binding decorator do not match the corresponding function parameter's Python type "
            f"annotation {pytype.__name__}"
        )
    return (
        f'type of {name} binding in the binding decorator "{binding.type}" does not match its '
        f'Python annotation "{pytype.__name__}"'
    )


def _is_out(annotation: Any) -> bool:
    origin = get_origin(annotation) if is_generic_type(annotation) else None
    found = annotation if origin is None else origin
    return isinstance(found, type) and found.__name__ == "Out"


def _inner_type(function: str, name: str, annotation: Any) -> Any:
    arguments = get_args(annotation)
    if len(arguments) != 1:
        raise FunctionLoadError(function, f"binding {name} has invalid Out annotation {annotation!r}")
    inner = arguments[0]
    if isinstance(inner, tuple) and is_generic_type(inner[0]):
        return operator.getitem(inner[0], *inner[1:])
    return inner


def _return_value(
    function: str, annotations: Mapping[str, Any], explicit: bool, implicit: bool, binding_type: str | None
) -> Value | None:
    if not (explicit or implicit) or binding_type is None:
        return None
    found = annotations.get("return")
    if explicit and "return" in annotations:
        if is_generic_type(found) and getattr(get_origin(found), "__name__", "") == "Out":
            raise FunctionLoadError(function, "return annotation should not be azure.functions.Out")
        if not isinstance(found, type):
            raise FunctionLoadError(function, f"has invalid non-type return annotation {found!r}")
        if not converter_of(binding_type).check_output_type_annotation(found):
            raise FunctionLoadError(
                function,
                f'Python return annotation "{found.__name__}" does not match binding type "{binding_type}"',
            )
    return Value(declared_type=binding_type, binding_type=binding_type, pytype=found)
