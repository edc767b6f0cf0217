"""All templates of a folder: what the checks look at, and the one way a check says what is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from tests.infra.bicep import Declaration, Expression, Template, UnreadableBicep, Value, read

PROJECT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Infrastructure:
    """The templates below `project/infra`, by file name."""

    project: Path
    templates: dict[str, Template]

    def __getitem__(self, name: str) -> Template:
        if name not in self.templates:
            raise UnreadableBicep(f"{name} is not there")
        return self.templates[name]

    def resources(self, *kinds: str) -> Iterator[Declaration]:
        """What is made: of these types, or of any; what only exists is left out."""
        for template in self.templates.values():
            for resource in template.resources:
                if not resource.existing and (not kinds or resource.kind in kinds):
                    yield resource

    def the(self, file: str, name: str) -> Declaration:
        """A resource or a module by its name in a file."""
        template = self[file]
        for declaration in (*template.resources, *template.modules):
            if declaration.name == name:
                return declaration
        raise UnreadableBicep(f"{file} declares no {name}")


Check: TypeAlias = Callable[[Infrastructure], list[str]]
"""A check yields its problems, each naming file and declaration; none is what passes."""


def load(project: Path) -> Infrastructure:
    """The infrastructure of a project's folder; raises UnreadableBicep where there is none, or it does not parse."""
    files = sorted((project / "infra").rglob("*.bicep"))
    if not files:
        raise UnreadableBicep("no Bicep file at all")
    templates = {path.name: read(path) for path in files}
    if len(templates) != len(files):
        raise UnreadableBicep("two files of one name")
    return Infrastructure(project=project, templates=templates)


def at(value: Value, path: str) -> Value:
    """The value at a dotted path of an object; None where there is nothing."""
    for key in path.split("."):
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value


def said(value: Value) -> str:
    """An expression's text; nothing for any other value."""
    return value.text if isinstance(value, Expression) else ""
