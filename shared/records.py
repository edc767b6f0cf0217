"""What a training record holds: its texts, its images, and the reason of every part that is neither.

Every string of a record is a text, in whatever field and format, and so is every key that is no field of the known
formats: no field hides harm. A string is left out only where it says what kind of thing stands there (`shared.fields`)
or where it is other media, which leaves an image to evaluate or a reason (`shared.images`).
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from shared.errors import Unscorable
from shared.fields import FIELDS, MEDIA, is_structure
from shared.images import Image, Media, image_in, is_image_uri, other_in

MAX_DEPTH: Final = 64
MAX_PARTS: Final = 200_000
"""Texts of a record."""
_MAX_TOKENS: Final = 3 * MAX_PARTS
"""A text takes two or three of them; counted before the line is parsed, it bounds what 16 MiB take in memory."""
MAX_DIGITS: Final = 4_300
"""Python's own limit; readers differ in what they make of a longer number."""
MAX_PATH_CHARS: Final = 100

_BOM = b"\xef\xbb\xbf"
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{,]', re.DOTALL)
"""A string, whole or not, or what comes before a value; no character is looked at twice."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Text:
    """A string of a record and where it stands. No repr: it holds text."""

    path: str
    value: str


@dataclass(slots=True, repr=False)
class Record:
    """What a line holds: its texts, its images, and the reason of every part that cannot be scored.

    No repr: it holds text.
    """

    texts: list[Text] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    unscored: list[str] = field(default_factory=list)
    keys: int = 0
    """How many of the texts are keys."""

    @property
    def media(self) -> int:
        """How many parts were found that are no text."""
        return len(self.images) + len(self.unscored)


def read_record(line: bytes, *, first: bool) -> Record | None:
    """The record on a line, or None for a blank line; `first` allows the byte-order mark at the file's start.

    Raises Unscorable with the reason where the line cannot be read.
    """
    if first:
        line = line.removeprefix(_BOM)
    if not line.strip(b" \t\r\n"):
        return None
    try:
        decoded = line.decode("utf-8")
    except UnicodeDecodeError:
        raise Unscorable("not_utf8") from None
    if "\0" in decoded:
        raise Unscorable("nul_byte")
    try:
        value = _parsed(decoded, pairs=_object, number=_number)
    except ValueError:  # JSONDecodeError holds the document
        raise Unscorable("not_json") from None
    if not isinstance(value, dict):
        raise Unscorable("not_an_object")
    record = Record()
    _walk(value, record, "$")
    if len(record.texts) == record.keys and not record.media:
        if not record.texts:
            raise Unscorable("no_text")
        record.unscored.append("no_text")  # names alone teach nothing; what they say is scored nevertheless
    return record


def _parsed(
    text: str, *, pairs: Callable[[list[tuple[str, object]]], object], number: Callable[[str], object]
) -> object:
    """The value that the text is in JSON; raises ValueError where it is none."""
    if len(text) > _MAX_TOKENS and next(islice(_TOKEN.finditer(text), _MAX_TOKENS, None), None):
        raise Unscorable("too_many_parts")
    try:
        return json.loads(
            text,
            object_pairs_hook=pairs,
            parse_int=number,
            parse_float=number,
            parse_constant=_refuse_constant,
        )
    except RecursionError:
        raise Unscorable("too_deep") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        # Parsers differ in which of two equal keys they keep: the trainer might read the one that was not scored.
        raise Unscorable("duplicate_key")
    return mapping


def _number(digits: str) -> None:
    """Nothing: what a number says is not looked at, but a trainer has to be able to read it."""
    if len(digits) > MAX_DIGITS:
        raise Unscorable("number_too_long")


def _refuse_constant(_: str) -> object:
    raise ValueError


def _walk(
    value: object, record: Record, path: str, *, depth: int = 0, name: str = "", media: str = ""
) -> None:
    """Add what stands at the path; `name` is the known field it is in, `media` the field of other media around it."""
    if depth > MAX_DEPTH:
        raise Unscorable("too_deep")
    if isinstance(value, str):
        _read(value, record, path, name=name, media=media)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _walk(item, record, f"{path}[{index}]", depth=depth + 1, name=name, media=media)
    elif isinstance(value, dict):
        _walk_object(value, record, path, depth=depth, media=media)


def _walk_object(value: dict[str, object], record: Record, path: str, *, depth: int, media: str) -> None:
    kind = value.get("type")
    declared = kind if isinstance(kind, str) and kind in MEDIA else ""
    found_before = record.media
    for position, (key, item) in enumerate(value.items()):
        inside = key if key in MEDIA else declared or media
        if key in FIELDS:
            _walk(item, record, f"{path}.{key}", depth=depth + 1, name=key, media=inside)
        else:
            step = f"{path}.{{{position}}}"
            before = len(record.texts)
            _add(key, record, step)  # a key is text too
            record.keys += len(record.texts) - before
            _walk(item, record, step, depth=depth + 1, media=inside)
    if declared and record.media == found_before:
        record.unscored.append(MEDIA[declared].reason)


def _read(value: str, record: Record, path: str, *, name: str, media: str) -> None:
    """Add a string as what it is: structure, other media, or text."""
    if is_structure(value, field=name):
        return
    found = _media(value, name=name, media=media)
    if found is None:
        _add(value, record, path)
        if name == "arguments" and "\\" in value:
            for text in _inner(value):
                _add(text, record, path)
        return
    for text in found.texts:
        _add(text, record, path)
    if found.content is not None:
        record.images.append(Image(path=path[:MAX_PATH_CHARS], content=found.content))
    if found.reason is not None:
        record.unscored.append(found.reason)


def _media(value: str, *, name: str, media: str) -> Media | None:
    """What a string holds that is not simply text."""
    if is_image_uri(value):
        return image_in(value)
    around = MEDIA.get(media)
    if around is None:
        return None
    if name in around.payloads:
        return image_in(value) if around.is_image else other_in(value)
    if name == media and around.is_image:  # `"image_url": "https://..."`, without an object around the link
        found = image_in(value)
        return found if found.is_certain else None
    return None


def _inner(arguments: str) -> Iterator[str]:
    """Yield the strings of a tool call's arguments, which are JSON in a string: escapes in it hide what they say."""
    waiting: list[object] = [arguments]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list | tuple):
            waiting.extend(reversed(value))
        elif isinstance(value, str):
            if value is not arguments:
                yield value
            if "\\" in value:
                waiting.extend(_decoded(value))


def _decoded(text: str) -> Iterator[object]:
    """Yield the value of a text that is JSON; what is none is scored as it stands."""
    try:
        # Pairs stay a list, so that of two equal keys both are scored.
        yield _parsed(text, pairs=list, number=float)
    except ValueError:
        return


def _add(value: str, record: Record, path: str) -> None:
    if not value or value.isspace():
        return
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise Unscorable("lone_surrogate") from None
    if len(record.texts) == MAX_PARTS:
        raise Unscorable("too_many_parts")
    record.texts.append(Text(path=path[:MAX_PATH_CHARS], value=value))
