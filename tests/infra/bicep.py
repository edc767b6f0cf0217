"""Bicep as Python values, from tree-sitter's tree: what is a literal is one, what Azure would compute stays text.

There is no Bicep compiler here. This reader is fail-closed: what it does not know is `UnreadableBicep`, so that no
check passes over a part of a file it could not see.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

import tree_sitter
import tree_sitter_bicep


class UnreadableBicep(Exception):
    """A file, or a part of one, that does not parse or is of a kind no check here knows."""


@dataclass(frozen=True, slots=True)
class Expression:
    """What is computed while a deployment runs, as it is written, white space made one."""

    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """`condition ? then : otherwise`."""

    condition: str
    then: "Value"
    otherwise: "Value"


@dataclass(frozen=True, slots=True)
class Loop:
    """`[for variables in over: body]`."""

    variables: str
    over: str
    body: "Value"


Value: TypeAlias = "str | int | bool | Expression | Choice | Loop | list[Value] | dict[str, Value] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    name: str
    type: str
    default: Value
    has_default: bool
    allowed: list[Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A resource or a module; `kind` is the resource's type or the module's path, `condition` empty for none."""

    file: Path
    name: str
    kind: str
    version: str = ""
    existing: bool = False
    condition: str = ""
    loop: str = ""
    body: Mapping[str, Value]

    @property
    def properties(self) -> Mapping[str, Value]:
        found = self.body.get("properties", {})
        return found if isinstance(found, dict) else {}

    @property
    def params(self) -> Mapping[str, Value]:
        found = self.body.get("params", {})
        return found if isinstance(found, dict) else {}

    def __str__(self) -> str:
        return f"{self.file.name}: {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One file."""

    path: Path
    text: str
    parameters: dict[str, Parameter] = field(default_factory=dict)
    variables: dict[str, Value] = field(default_factory=dict)
    resources: list[Declaration] = field(default_factory=list)
    modules: list[Declaration] = field(default_factory=list)
    outputs: dict[str, Value] = field(default_factory=dict)


_PARSER: Final = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))
_ESCAPES: Final = {"\\'": "'", "\\\\": "\\", "\\n": "\n", "\\r": "\r", "\\t": "\t", "\\$": "$"}


def parse(text: str) -> tree_sitter.Node:
    """The tree of a text without an error in it; raises UnreadableBicep."""
    root = _PARSER.parse(text.encode()).root_node
    if root.has_error:
        raise UnreadableBicep(f"line {_first_error(root)}: not Bicep (tree-sitter)")
    return root


def read(path: Path) -> Template:
    """The declarations of a file; raises UnreadableBicep for anything it cannot account for."""
    text = path.read_text()
    template = Template(path=path, text=text)
    for node in parse(text).named_children:
        match node.type:
            case "infrastructure":
                raise UnreadableBicep(f"{path.name}: a file in a file")
            case "comment" | "diagnostic_comment" | "target_scope_assignment" | "decorators":
                continue
            case "parameter_declaration":
                parameter = _parameter(node)
                template.parameters[parameter.name] = parameter
            case "variable_declaration":
                name, value = _parts(node)
                template.variables[_text(name)] = _value(value)
            case "resource_declaration":
                template.resources.append(_declaration(path, node))
            case "module_declaration":
                template.modules.append(_declaration(path, node))
            case "output_declaration":
                named = _parts(node)
                template.outputs[_text(named[0])] = _value(named[-1])
            case other:
                raise UnreadableBicep(f"{path.name}: {other}, which no check here knows")
    return template


def walk(value: Value, path: str = "") -> Iterator[tuple[str, Value]]:
    """Every value in a value with its path, both sides of a choice and the body of a loop included."""
    yield path, value
    match value:
        case dict():
            for key, inner in value.items():
                yield from walk(inner, f"{path}.{key}")
        case list():
            for inner in value:
                yield from walk(inner, f"{path}[]")
        case Choice():
            yield from walk(value.then, path)
            yield from walk(value.otherwise, path)
        case Loop():
            yield from walk(value.body, f"{path}[]")


def _first_error(node: tree_sitter.Node) -> int:
    for child in node.children:
        if child.has_error or child.is_error or child.is_missing:
            return _first_error(child)
    return int(node.start_point[0]) + 1


def _text(node: tree_sitter.Node) -> str:
    return " ".join((node.text or b"").decode().split())


def _parts(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    return [child for child in node.named_children if child.type not in {"comment", "decorators"}]


def _parameter(node: tree_sitter.Node) -> Parameter:
    name, kind, *default = _parts(node)
    allowed: list[Value] = []
    decorators = next(
        (child for child in node.children if child.type == "decorators"), node.prev_named_sibling
    )
    if decorators is not None and decorators.type == "decorators":
        for call in decorators.named_children:
            inner = call.named_children[0]
            if _text(inner).startswith("allowed("):
                found = _value(inner.named_children[1].named_children[0])
                allowed = found if isinstance(found, list) else []
    return Parameter(
        name=_text(name),
        type=_text(kind),
        has_default=bool(default),
        default=_value(default[0]) if default else None,
        allowed=allowed,
    )


def _declaration(path: Path, node: tree_sitter.Node) -> Declaration:
    name, kind, body = _parts(node)
    condition = loop = ""
    if body.type == "for_statement":
        *_, over, inner = _parts(body)
        loop, body = _text(over), inner
    if body.type == "if_statement":
        tested, body = _parts(body)
        condition = _text(tested).removeprefix("(").removesuffix(")")
    value = _value(body)
    if not isinstance(value, dict):
        raise UnreadableBicep(f"{path.name}: {_text(name)} has no body")
    told = str(_value(kind)).partition("@")
    return Declaration(
        file=path,
        name=_text(name),
        kind=told[0],
        version=told[2],
        existing=any(child.type == "existing" for child in node.children),
        condition=condition,
        loop=loop,
        body=value,
    )


def _value(node: tree_sitter.Node) -> Value:
    match node.type:
        case "object":
            found = {_key(pair): _value(_parts(pair)[1]) for pair in _parts(node)}
            if len(found) != len(_parts(node)):
                raise UnreadableBicep(f"line {node.start_point[0] + 1}: the same key twice")
            return found
        case "array":
            return [_value(item) for item in _parts(node)]
        case "string":
            return _string(node)
        case "number":
            return int(_text(node))
        case "boolean":
            return _text(node) == "true"
        case "null":
            return None
        case "ternary_expression":
            tested, then, otherwise = _parts(node)
            return Choice(_text(tested), _value(then), _value(otherwise))
        case "for_statement":
            *before, over, body = _parts(node)
            return Loop(_text(before[0]) if before else "", _text(over), _value(body))
        case (
            "identifier"
            | "member_expression"
            | "subscript_expression"
            | "call_expression"
            | "binary_expression"
            | "unary_expression"
            | "parenthesized_expression"
        ):
            return Expression(_text(node))
        case other:
            raise UnreadableBicep(f"line {node.start_point[0] + 1}: {other}, which no check here knows")


def _key(pair: tree_sitter.Node) -> str:
    if pair.type != "object_property":
        raise UnreadableBicep(f"line {pair.start_point[0] + 1}: {pair.type} in an object")
    key = _parts(pair)[0]
    if key.type != "string":
        return _text(key)
    found = _string(key)
    return found if isinstance(found, str) else _text(key)


def _string(node: tree_sitter.Node) -> Value:
    if any(child.type == "interpolation" for child in node.children):
        return Expression(_text(node))
    found = ""
    for child in node.named_children:
        part = (child.text or b"").decode()
        found += _ESCAPES.get(part, part) if child.type == "escape_sequence" else part
    return found
