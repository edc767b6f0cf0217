"""Routes of HTTP triggers: `orders/{id:int}/{detail?}`, `files/{*path}`; matched without regard to case."""

import re
from typing import Final
from urllib.parse import unquote

_PARAMETER: Final = re.compile(r"\{(\*?)([A-Za-z_][A-Za-z0-9_]*)(?::([a-z]+))?(\??)\}")
_CONSTRAINTS: Final = {
    "": "[^/]+",
    "alpha": "[A-Za-z]+",
    "bool": "(?:true|false)",
    "guid": "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "int": "-?[0-9]{1,10}",
    "long": "-?[0-9]{1,19}",
}


def pattern(route: str) -> re.Pattern[str]:
    """What a path after the prefix must match, without its slashes at either end.

    Raises ValueError for a form of route that is not served here, rather than serve it otherwise than Azure.
    """
    expression = ""
    names: set[str] = set()
    ended = ""
    for number, segment in enumerate(route.strip("/").split("/")):
        slash = "/" if number else ""
        if ended:
            raise ValueError(f"the route goes on after {ended!r}, which may be left out")
        if not segment:
            raise ValueError("the route holds an empty segment")
        found = _PARAMETER.fullmatch(segment)
        if found is None:
            if set(segment) & set("{}*?"):
                raise ValueError(f"the route segment {segment!r} is not served here")
            expression += slash + re.escape(segment)
            continue
        star, name, constraint, optional = found.groups()
        if (constraint or "") not in _CONSTRAINTS:
            raise ValueError(f"the route constraint {constraint!r} is not served here")
        if name.lower() in names:
            raise ValueError(f"the route names the parameter {name!r} twice")
        names.add(name.lower())
        ended = segment if star or optional else ""
        if star:
            expression += f"(?:{slash}(?P<{name}>.*))?"
        elif optional:
            expression += f"(?:{slash}(?P<{name}>{_CONSTRAINTS[constraint or '']}))?"
        else:
            expression += f"{slash}(?P<{name}>{_CONSTRAINTS[constraint or '']})"
    return re.compile(expression, re.IGNORECASE)


def decoded(path: str) -> str:
    """A path as it is matched: without one slash at its end, percent signs decoded but for those of a slash."""
    kept = re.split("%2f", path.removesuffix("/"), flags=re.IGNORECASE)
    return "%2F".join(unquote(part) for part in kept)
