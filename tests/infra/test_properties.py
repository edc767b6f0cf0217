"""The property check sees every property: each is misspelt in turn."""

from collections.abc import Iterator
from dataclasses import replace

from tests.infra.bicep import Choice, Declaration, Loop, Value
from tests.infra.infrastructure import Infrastructure
from tests.infra.properties import BICEP, unknown_properties

FREE = ("tags", "identity.userAssignedIdentities", "properties")
"""Where any key may stand; `properties` of the app settings and of a filter's values only."""


def test_every_misspelt_property_is_found(infra: Infrastructure) -> None:
    missed = []
    tried = 0
    for resource in infra.resources():
        free = resource.kind == "Microsoft.Web/sites/config" and resource.body.get("name") == "appsettings"
        for path, body in _misspelt(dict(resource.body)):
            if path.partition(".")[0] in BICEP or path.startswith("tags."):
                continue
            if path.startswith("identity.userAssignedIdentities.") or (
                free and path.startswith("properties.")
            ):
                continue
            tried += 1
            if not unknown_properties(_with(infra, replace(resource, body=body))):
                missed.append(f"{resource}: {path}")
    assert tried > 200
    assert missed == []


def _with(infra: Infrastructure, resource: Declaration) -> Infrastructure:
    template = replace(infra[resource.file.name], resources=[resource], modules=[])
    return replace(infra, templates={resource.file.name: template})


def _misspelt(value: Value, path: str = "") -> Iterator[tuple[str, dict[str, Value]]]:
    """Every copy of an object in which one key, at any depth, has a letter too many."""
    for where, copy in _copies(value, path):
        assert isinstance(copy, dict)
        yield where, copy


def _copies(value: Value, path: str) -> Iterator[tuple[str, Value]]:
    match value:
        case dict():
            for key, inner in value.items():
                where = f"{path}.{key}" if path else key
                yield where, {(f"{name}x" if name == key else name): held for name, held in value.items()}
                for deeper, copy in _copies(inner, where):
                    yield deeper, {**value, key: copy}
        case list():
            for index, inner in enumerate(value):
                for deeper, copy in _copies(inner, path):
                    yield deeper, [*value[:index], copy, *value[index + 1 :]]
        case Choice():
            for deeper, copy in _copies(value.then, path):
                yield deeper, replace(value, then=copy)
            for deeper, copy in _copies(value.otherwise, path):
                yield deeper, replace(value, otherwise=copy)
        case Loop():
            for deeper, copy in _copies(value.body, path):
                yield deeper, replace(value, body=copy)
