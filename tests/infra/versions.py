"""Every API version is one that Azure has: api_versions.json, from the types that the Bicep compiler itself carries."""

import json
from pathlib import Path
from typing import Final

from tests.infra.infrastructure import Infrastructure

KNOWN: Final[dict[str, str]] = {
    kind: page["version"]
    for page in json.loads((Path(__file__).parent / "api_versions.json").read_text())["pages"]
    for kind in page["types"]
}
"""The version of each type of resource that was looked up."""


def unknown_versions(infra: Infrastructure) -> list[str]:
    """Every resource of another version than was looked up, and every type that was looked up in vain."""
    used = [resource for template in infra.templates.values() for resource in template.resources]
    problems = [
        f"{resource}: {resource.kind}@{resource.version}"
        for resource in used
        if KNOWN.get(resource.kind) != resource.version
    ]
    return problems + [f"api_versions.json: {kind}" for kind in sorted(set(KNOWN) - {r.kind for r in used})]
