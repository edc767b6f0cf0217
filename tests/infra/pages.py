"""Every resource has its reference page beside it: in the comment above it or in its body, the whole address."""

import re
from typing import Final

from tests.infra.bicep import Declaration
from tests.infra.infrastructure import Infrastructure

REFERENCE: Final = "https://learn.microsoft.com/azure/templates/"

_URL: Final = re.compile(r"https://[^\s'\")]+")
_ABOVE: Final = re.compile(r"(?:^//.*\n)*\Z", re.MULTILINE)


def unreferenced(infra: Infrastructure) -> list[str]:
    """Every resource that is made without its page; of several with one page in a row it stands beside the first."""
    problems = []
    for template in infra.templates.values():
        last = ""
        for resource in template.resources:
            if resource.existing:
                continue
            page = _page(resource)
            if page != last and page not in _URL.findall(_beside(template.text, resource)):
                problems.append(f"{resource}: {page} is not beside it")
            last = page
    return problems


def _page(resource: Declaration) -> str:
    page = REFERENCE + resource.kind.lower()
    # What configures a site has a page for each name.
    return f"{page}-{resource.body.get('name')}".lower() if "sites/" in resource.kind else page


def _beside(text: str, resource: Declaration) -> str:
    before, _, after = text.partition(f"\nresource {resource.name} ")
    above = _ABOVE.search(f"{before}\n")
    return (above[0] if above else "") + after.partition("\n}")[0]
