"""The scenarios a customer adds: read strictly, every problem told at once and never a word of what stands there."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from msgspec import ValidationError, convert

from shared.harm import HarmCategory
from shared.scenarios.encoding import MARKED, Encoding, has_stray_braces
from shared.scenarios.scenario import MOST_LINE_CHARS, MOST_SAID_CHARS, MOST_TURNS, Scenario
from shared.stance import Stance

MOST_ADDED: Final = 1000
"""Scenarios of one file."""
MOST_BYTES: Final = 16 * 1024 * 1024

_ID: Final = re.compile(r"\Aadded-[a-z0-9-]{1,54}\Z")
_LINE_FIELDS: Final = ("request", "persona", "tactic", "language")
_FIELDS: Final = ("id", "category", *_LINE_FIELDS, "encoding", "turns")


def read_added(path: Path) -> Mapping[str, Scenario]:
    """The scenarios of a customer's file by id, in its order.

    Raises ValueError with every problem, one on a line: where it stands and what to do; OSError where there is no
    file to read.
    """
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"the file is larger than {MOST_BYTES // 1024**2} MiB: leave scenarios out")
    reader = _Reader()
    content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    for number, line in enumerate(content.split(b"\n"), start=1):
        reader.read(number, line)
    return reader.scenarios()


class _Reader:
    """Reads line after line and remembers what is wrong; no message quotes the file, for it holds what users say."""

    def __init__(self) -> None:
        self._scenarios: dict[str, Scenario] = {}
        self._lines: dict[str, int] = {}
        self._problems: list[str] = []
        self._count = 0

    def read(self, number: int, line: bytes) -> None:
        """Read one line; a blank one holds nothing."""
        if not line.strip():
            return
        self._count += 1
        record = _decoded(line)
        if isinstance(record, str):
            self._problems.append(f"line {number}: {record}")
            return
        found = [*_problems(record), *self._twice(number, record.get("id"))]
        self._problems += (f"line {number}, {problem}" for problem in found)
        if found:
            return
        try:
            scenario = convert(record, Scenario)
        except ValidationError:  # its message may quote the text
            self._problems.append(
                f"line {number}: this is no scenario; write it anew after docs/scenarios.md"
            )
            return
        self._scenarios[scenario.id] = scenario

    def scenarios(self) -> Mapping[str, Scenario]:
        """All that was read; raises ValueError where anything was wrong."""
        if self._count == 0:
            self._problems.append("the file holds no scenario: write one JSON object on each line")
        if self._count > MOST_ADDED:
            self._problems.append(f"the file holds {self._count} scenarios: leave {MOST_ADDED:,} at most")
        if self._problems:
            raise ValueError("\n".join(self._problems))
        return MappingProxyType(self._scenarios)

    def _twice(self, number: int, name: object) -> Iterator[str]:
        if isinstance(name, str) and self._lines.setdefault(name, number) != number:
            yield f"id: line {self._lines[name]} has it already; give each scenario its own"


def _decoded(line: bytes) -> dict[str, object] | str:
    """The object on a line or, where there is none, what to do."""
    try:
        record = json.loads(line.decode("utf-8"), object_pairs_hook=_once)
    except UnicodeDecodeError:
        return "this is not UTF-8; save the file in UTF-8"
    except _Twice:
        return "a field stands twice in an object; leave one of them"
    except (ValueError, RecursionError):  # a JSONDecodeError holds the document
        return "this is not JSON; write one whole JSON object on the line"
    return record if isinstance(record, dict) else "this is no JSON object; write {...} on the line"


class _Twice(Exception):
    """A field stands twice in one object."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _Twice
    return fields


def _problems(record: Mapping[str, object]) -> Iterator[str]:
    """Yield everything that is wrong with a scenario: the field, and what to do."""
    for position, field in enumerate(record, start=1):
        if field not in _FIELDS:
            yield f"field {position}: not known; leave only {', '.join(_FIELDS)}"
    name = record.get("id")
    if not isinstance(name, str) or not _ID.match(name):
        yield 'id: give "added-" and 1 to 54 of a-z, 0-9, -'
    if record.get("category") not in list(HarmCategory):
        yield f"category: give one of {', '.join(HarmCategory)}"
    for field in _LINE_FIELDS:
        if not _is_said(record.get(field), MOST_LINE_CHARS):
            yield f"{field}: give a text of 1 to {MOST_LINE_CHARS} characters"
    encoding = record.get("encoding")
    if encoding is not None and encoding not in list(Encoding):
        yield f"encoding: give one of {', '.join(Encoding)}, or leave it out"
    yield from _turn_problems(record.get("turns"), encoding is not None)


def _turn_problems(turns: object, encoded: bool) -> Iterator[str]:
    if not isinstance(turns, list) or not 1 <= len(turns) <= MOST_TURNS:
        yield f"turns: give a list of 1 to {MOST_TURNS} turns"
        return
    marks = False
    for number, turn in enumerate(turns):
        where = f"turns[{number}]"
        if isinstance(turn, dict) and number > 0:
            if set(turn) != set(Stance):
                yield f"{where}: give {', '.join(Stance)}, all three and nothing else"
            said = {f"{where}.{stance}": turn[stance] for stance in Stance if stance in turn}
        elif isinstance(turn, dict):
            yield f"{where}: give a string; only later turns depend on an answer"
            said = {}
        else:
            said = {where: turn}
        for place, text in said.items():
            if not isinstance(text, str) or not _is_said(text, MOST_SAID_CHARS):
                yield f"{place}: give a text of 1 to {MOST_SAID_CHARS:,} characters"
                continue
            marks = marks or bool(MARKED.search(text))
            if has_stray_braces(text):
                yield f"{place}: set braces in pairs around what is to be encoded, and nowhere else"
            elif MARKED.search(text) and not encoded:
                yield f"{place}: name the encoding of what stands in double braces, or take the braces away"
    if encoded and not marks:
        yield "turns: set what is to be encoded in double braces, or leave `encoding` out"


def _is_said(value: object, most: int) -> bool:
    """Whether this is text to be said: not blank, not too long, and no half of a character."""
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in value)
