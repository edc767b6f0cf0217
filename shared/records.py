"""The texts of a training record. This version reads chat JSONL: `{"messages": [{"role", "content", ...}, ...]}`.

Every string in a record is a text, whatever field it is in, keys of unknown fields included, so that no field
hides harm.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from shared.errors import Unscorable

MAX_DEPTH: Final = 64
MAX_PATH_CHARS: Final = 100

_BOM = b"\xef\xbb\xbf"
_FIELDS = frozenset(
    {
        "messages", "role", "content", "name", "weight", "type", "text", "image_url", "url", "detail",
        "tool_calls", "tool_call_id", "id", "function", "function_call", "functions", "arguments", "tools",
        "description", "input_audio", "file", "parameters", "properties", "required", "parallel_tool_calls",
    }
)  # fmt: skip
_STRUCTURE = {
    "role": frozenset({"system", "developer", "user", "assistant", "tool", "function"}),
    "type": frozenset({"text", "image_url", "function", "object", "string"}),
}
"""Values of these fields that are structure and no text."""
_MEDIA_FIELDS = frozenset({"image_url", "input_audio", "file"})
"""Parts of these types, and the fields of the same names that hold them, are no text and never sent as text."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Text:
    """A string of a record and where it stands. No repr: it holds text."""

    path: str
    value: str


@dataclass(slots=True, repr=False)
class Record:
    """What a line holds: its texts, and the reason of every part that cannot be scored as text."""

    texts: list[Text] = field(default_factory=list)
    unscored: list[str] = field(default_factory=list)


def read_record(line: bytes, *, first: bool) -> Record | None:
    """The record on a line, or None for a blank line; `first` allows the byte-order mark at the file's start.

    Raises Unscorable with the reason where the line cannot be read.
    """
    if first:
        line = line.removeprefix(_BOM)
    try:
        decoded = line.decode("utf-8")
    except UnicodeDecodeError:
        raise Unscorable("not_utf8") from None
    if not decoded.strip(" \t\r\n"):
        return None
    record = Record()
    try:
        value = json.loads(decoded, object_pairs_hook=_object, parse_constant=_refuse_constant)
        _require_chat(value)
        _walk(value, "$", 0, record)
    except RecursionError:
        raise Unscorable("too_deep") from None
    except (
        ValueError
    ):  # JSONDecodeError holds the document; a number of too many digits is a plain ValueError
        raise Unscorable("not_json") from None
    if not record.texts and not record.unscored:
        raise Unscorable("no_text")
    return record


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        # Parsers differ in which of two equal keys they keep: the trainer might read the one that was not scored.
        raise Unscorable("duplicate_key")
    return mapping


def _refuse_constant(_: str) -> object:
    raise Unscorable("not_json")


def _require_chat(value: object) -> None:
    messages = value.get("messages") if isinstance(value, dict) else None
    if not isinstance(messages, list) or not messages:
        raise Unscorable("not_chat")
    if not all(isinstance(message, dict) and isinstance(message.get("role"), str) for message in messages):
        raise Unscorable("not_chat")


def _walk(value: object, path: str, depth: int, record: Record, field_name: str = "") -> None:
    if depth > MAX_DEPTH:
        raise Unscorable("too_deep")
    if isinstance(value, str):
        if value not in _STRUCTURE.get(field_name, ()):
            _add(value, path, record)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _walk(item, f"{path}[{index}]", depth + 1, record, field_name)
    elif isinstance(value, dict):
        media = _MEDIA_FIELDS & value.keys()
        kind = value.get("type")
        if media or (isinstance(kind, str) and kind in _MEDIA_FIELDS):
            record.unscored.append("not_text")
        for name, item, step in _fields(value, path, record):
            if name not in media:
                _walk(item, step, depth + 1, record, name)


def _fields(value: dict[str, object], path: str, record: Record) -> Iterator[tuple[str, object, str]]:
    for position, (name, item) in enumerate(value.items()):
        if name in _FIELDS:
            yield name, item, f"{path}.{name}"
        else:
            step = f"{path}.{{{position}}}"
            _add(name, step, record)  # a key is text too
            yield "", item, step


def _add(value: str, path: str, record: Record) -> None:
    if not value.strip():
        return
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise Unscorable("lone_surrogate") from None
    record.texts.append(Text(path=path[:MAX_PATH_CHARS], value=value))
