"""The comparison with reviewed/ sees every value: each is altered in turn."""

from collections.abc import Iterator
from dataclasses import replace

from tests.infra.bicep import Choice, Declaration, Loop, Value
from tests.infra.handed import handed_wrong
from tests.infra.infrastructure import Infrastructure
from tests.infra.reviewed import ENTITIES, ROLES, differences

ALTERED = "altered"


def test_every_altered_value_is_found(infra: Infrastructure) -> None:
    missed = []
    tried = 0
    for template in infra.templates.values():
        before = differences(template)
        for part in ("resources", "modules"):
            declared: list[Declaration] = getattr(template, part)
            for index, declaration in enumerate(declared):
                # Roles and entities have checks of their own.
                free = {"properties"} if declaration.kind in ENTITIES else set()
                for body in _bodies(declaration, free):
                    changed = replace(declaration, body=body)
                    altered = replace(
                        template, **{part: [*declared[:index], changed, *declared[index + 1 :]]}
                    )
                    tried += 1
                    if differences(altered) == before:
                        missed.append((str(declaration), altered))
    unseen = [
        where
        for where, altered in missed
        if not handed_wrong(replace(infra, templates={**infra.templates, altered.path.name: altered}))
    ]
    assert tried > 500
    assert unseen == []


def _bodies(declaration: Declaration, free: set[str]) -> Iterator[dict[str, Value]]:
    if declaration.kind == ROLES:
        return
    for key, value in declaration.body.items():
        if key not in free:
            for copy in _copies(value):
                yield {**declaration.body, key: copy}
    yield {**declaration.body, "more": ALTERED}


def _copies(value: Value) -> Iterator[Value]:
    """Every copy in which one value at an end is another."""
    match value:
        case dict() if value:
            for key, inner in value.items():
                for copy in _copies(inner):
                    yield {**value, key: copy}
        case list() if value:
            for index, item in enumerate(value):
                for copy in _copies(item):
                    yield [*value[:index], copy, *value[index + 1 :]]
        case Choice():
            yield replace(value, condition=ALTERED)
            yield from (replace(value, then=copy) for copy in _copies(value.then))
            yield from (replace(value, otherwise=copy) for copy in _copies(value.otherwise))
        case Loop():
            yield replace(value, over=ALTERED)
            yield from (replace(value, body=copy) for copy in _copies(value.body))
        case _:
            yield ALTERED
