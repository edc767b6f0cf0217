"""Whatever the shape of a record, each of its strings and keys is among the texts, and no path tells one."""

import itertools
import json
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from shared.fields import FIELDS, MEDIA
from shared.records import Record, read_record
from tests.unit.images_made import png, uri

SENTENCES = ["canary{} sings on the wall", "canary{}"]
"""Of several words and of one: neither may be taken for something else than text."""

keys = st.sampled_from(sorted(FIELDS)) | st.just("canary")
shapes = st.recursive(
    st.sampled_from([None, True, 7, 1.5, *SENTENCES]),
    lambda inner: st.lists(inner, max_size=4) | st.lists(st.tuples(keys, inner), max_size=5).map(tuple),
    max_leaves=25,
)


def planted(shape: object, count: Iterator[int]) -> object:
    """The shape with a number of its own in each string and unknown key; tuples become objects."""
    if isinstance(shape, str):
        return shape.format(next(count))
    if isinstance(shape, list):
        return [planted(item, count) for item in shape]
    if isinstance(shape, tuple):
        return {
            (f"canary{next(count)} key" if key == "canary" else key): planted(item, count)
            for key, item in shape
        }
    return shape


def strings(value: object) -> Iterator[str]:
    """Yield every string of the value, keys of known fields left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, dict):
        yield from (key for key in value if key not in FIELDS)
        yield from strings(list(value.values()))


def read(value: object) -> Record:
    record = read_record(json.dumps(value).encode(), first=False)
    assert record is not None
    return record


@given(shapes)
def test_every_string_and_every_unknown_key_is_a_text_once(shape: object) -> None:
    value = {"messages": planted(shape, itertools.count()), "end": "canary"}
    record = read(value)
    assert sorted(text.value for text in record.texts) == sorted(strings(value))
    assert record.images == []
    assert all("canary" not in text.path and len(text.path) <= 100 for text in record.texts)


@given(shapes, st.sampled_from(sorted(MEDIA)))
def test_no_type_of_part_hides_a_string(shape: object, kind: str) -> None:
    inside = planted(shape, itertools.count())
    record = read({"messages": [{"type": kind, kind: inside, "text": "canary"}]})
    told = {text.value for text in record.texts}
    assert told == {*strings(inside), "canary"}
    assert record.unscored, "a part that says it is other media, and is none, is never complete"


@given(shapes, keys)
def test_an_image_is_no_text_wherever_it_stands(shape: object, key: str) -> None:
    value = {"messages": [planted(shape, itertools.count())], "end": "canary"}
    value["messages"] += [{key: uri(png())}, [uri(png())]]
    record = read(value)
    assert [image.content for image in record.images] == [png(), png()]
    assert not any("base64" in text.value for text in record.texts)
    assert {text.value for text in record.texts} == {text for text in strings(value) if "base64" not in text}
