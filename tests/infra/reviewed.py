"""Every value of every template is one that somebody has read: those in reviewed/, a file for each template.

Nothing writes these files: who means to change a value reads its reference page, and changes it in both places.
"""

import functools
import re
from pathlib import Path
from typing import Any, Final

import yaml

from tests.infra.bicep import Choice, Declaration, Expression, Loop, Parameter, Template, Value
from tests.infra.infrastructure import Infrastructure

FOLDER: Final = Path(__file__).parent / "reviewed"

ROLES: Final = "Microsoft.Authorization/roleAssignments"
"""Compared whole with the table in docs/permissions.md: roles.py."""

ENTITIES: Final = frozenset(
    {
        "Microsoft.ServiceBus/namespaces/queues",
        "Microsoft.ServiceBus/namespaces/topics",
        "Microsoft.ServiceBus/namespaces/topics/subscriptions",
    }
)
"""Their properties are compared whole with infra/servicebus.json: entities.py."""

ELSEWHERE: Final = frozenset({"location", "roleIds"})
"""The regions are compared with infra/regions.json (places.py), the ids of roles with the same table (roles.py)."""

GROUP: Final = Expression("resourceGroup(groupName)")
UNSAID: Final = (("scope", GROUP), ("location", Expression("location")), ("tags", Expression("tags")))
"""What is not written down: where nearly everything stands, and its tags."""

HANDED: Final = {"location": Expression("place.outputs.location")}
"""Nor are a module's parameters that are handed on under their own name; this one has another, everywhere."""

_INTERPOLATED: Final = re.compile(r"'([^']*)'")


def unreviewed(infra: Infrastructure) -> list[str]:
    """Where a template says more, less or something else than what was read."""
    files = {f"{path.stem}.bicep" for path in FOLDER.glob("*.yaml")}
    problems = [f"{name}: is gone" for name in sorted(files - set(infra.templates))]
    return problems + [line for template in infra.templates.values() for line in differences(template)]


def differences(template: Template) -> list[str]:
    """What a template's values are, and what they were when somebody read them."""
    read, found = _read(template.path.stem), _flat(plain(template))
    return [
        f"{template.path.name}: {where} is {found.get(where, 'gone')}; reviewed/ says {read.get(where, 'nothing')}"
        for where in sorted({*read, *found})
        if (where in read, read.get(where)) != (where in found, found.get(where))
    ]


def plain(template: Template) -> dict[str, Any]:
    """A template as its file in reviewed/ writes it; what Azure computes begins with `=`."""
    parts: dict[str, dict[str, Any]] = {
        "parameters": {
            parameter.name: _parameter(parameter)
            for parameter in template.parameters.values()
            if (parameter.has_default or parameter.allowed) and parameter.name not in ELSEWHERE
        },
        "variables": {
            name: _plain(value) for name, value in template.variables.items() if name not in ELSEWHERE
        },
        "modules": {module.name: _declared(module) for module in template.modules},
        "resources": {
            resource.name: _declared(resource) for resource in template.resources if resource.kind != ROLES
        },
        "outputs": {name: _plain(value) for name, value in template.outputs.items()},
    }
    return {part: held for part, held in parts.items() if held}


@functools.cache
def _read(name: str) -> dict[str, Any]:
    path = FOLDER / f"{name}.yaml"
    return _flat(yaml.safe_load(path.read_text())) if path.is_file() else {}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    told = {"default": _plain(parameter.default)} if parameter.has_default else {}
    return told | ({"allowed": parameter.allowed} if parameter.allowed else {})


def _declared(declaration: Declaration) -> dict[str, Any]:
    told: dict[str, Any] = {"is": declaration.kind}
    if declaration.existing:
        told["existing"] = True
    if declaration.condition:
        told["if"] = declaration.condition
    if declaration.loop:
        told["for"] = declaration.loop
    body = dict(declaration.body)
    if "params" in body:
        del body["name"]  # handed.py
        body["scope"] = body.get("scope", "subscription")
        body["params"] = {
            name: given
            for name, given in declaration.params.items()
            if given != HANDED.get(name, Expression(name))
        }
    if declaration.kind in ENTITIES:
        del body["properties"]
    return told | {key: _plain(value) for key, value in body.items() if (key, value) not in UNSAID}


def _plain(value: Value) -> Any:
    match value:
        case Expression():
            whole = _INTERPOLATED.fullmatch(value.text)
            return whole[1] if whole else f"={value.text}"
        case Choice():
            return {f"if {value.condition}": _plain(value.then), "else": _plain(value.otherwise)}
        case Loop():
            return {f"for {value.variables} in {value.over}": _plain(value.body)}
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
    return value


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    """The values at the ends, by path; an empty object or list is an end."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = {
        end: held for key, item in inner for end, held in _flat(item, f"{path}.{key}".lstrip(".")).items()
    }
    return found or {path: value}
