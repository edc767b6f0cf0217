"""What a training line holds, and every way in which it can be unreadable."""

import json
import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Unscorable
from shared.image_size import MAX_IMAGE_BYTES
from shared.records import MAX_PARTS, Record, read_record
from tests.unit.images_made import MADE, png, uri


def texts(value: object, *, first: bool = False) -> dict[str, str]:
    record = read_record(json.dumps(value).encode(), first=first)
    assert record is not None
    return {text.path: text.value for text in record.texts}


def chat(**more: object) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": "hello", **more}]}


def test_contents_of_every_role_are_texts_and_roles_are_not() -> None:
    messages = [{"role": role, "content": f"I am {role}"} for role in ("system", "user", "assistant", "tool")]
    assert texts({"messages": messages}) == {
        "$.messages[0].content": "I am system",
        "$.messages[1].content": "I am user",
        "$.messages[2].content": "I am assistant",
        "$.messages[3].content": "I am tool",
    }


def test_no_field_hides_text() -> None:
    found = texts(
        {
            "messages": [
                {
                    "role": "odd role",
                    "content": [{"type": "text", "text": "part"}],
                    "name": "Ann",
                    "weight": 0,
                }
            ],
            "tools": [{"type": "function", "function": {"name": "f", "description": "does"}}],
            "my key": {"inner": ["deep"]},
        }
    )
    assert found == {
        "$.messages[0].role": "odd role",
        "$.messages[0].content[0].text": "part",
        "$.messages[0].name": "Ann",
        "$.tools[0].function.name": "f",
        "$.tools[0].function.description": "does",
        "$.{2}": "my key",
        "$.{2}.{0}": "inner",
        "$.{2}.{0}[0]": "deep",
    }


def test_a_path_never_names_an_unknown_key_and_is_at_most_100_characters() -> None:
    value: object = "end"
    for _ in range(40):
        value = {"a very private key": value}
    found = texts({**chat(), "x": value})
    assert all(len(path) <= 100 and "private" not in path for path in found)


def read(value: object) -> Record:
    record = read_record(json.dumps(value).encode(), first=False)
    assert record is not None
    return record


def image(url: object, **more: object) -> dict[str, object]:
    part = {"type": "image_url", "image_url": {"url": url, **more}}
    return chat(content=[{"type": "text", "text": "see"}, part])


SOUND = {"type": "input_audio", "input_audio": {"data": "UklGRiQ" * 20, "format": "wav"}}


@pytest.mark.parametrize("part", [SOUND, {"type": "file", "file": {"file_id": "file-1"}}, {"type": "file"}])
def test_a_part_that_is_no_text_is_unscored_and_never_sent_as_text(part: dict[str, object]) -> None:
    record = read(chat(content=[{"type": "text", "text": "see"}, part]))
    assert record.unscored == ["not_text"]
    assert record.texts[0].value == "see"
    assert not any("UklGRiQ" in text.value for text in record.texts)


@pytest.mark.parametrize("make", MADE)
def test_an_image_in_a_data_uri_is_an_image_and_no_text(make: Callable[[], bytes]) -> None:
    record = read(image(uri(make()), detail="high"))
    assert [(one.path, one.content) for one in record.images] == [
        ("$.messages[0].content[1].image_url.url", make())
    ]
    assert record.unscored == []
    assert [text.value for text in record.texts] == ["see"]


def test_an_image_in_any_other_field_is_one_as_well() -> None:
    record = read({"picture": uri(png()), "prompt": "what is it", "completion": "a lamp"})
    assert [one.path for one in record.images] == ["$.{0}"]
    assert [text.value for text in record.texts] == ["picture", "what is it", "a lamp"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://example.org/a.png", "image_link"),
        ("HTTP://example.org/a.png", "image_link"),
        (uri(bytes(200)), "image_format"),
        (uri(png()[:18]), "image_unreadable"),
        (uri(png(49, 64)), "image_too_small"),
        (uri(png(7_201, 64)), "image_too_large"),
        (uri(png() + bytes(MAX_IMAGE_BYTES)), "image_too_large"),
    ],
)
def test_an_image_that_cannot_be_shown_is_unscored_and_no_text(url: str, reason: str) -> None:
    record = read(image(url))
    assert record.unscored == [reason]
    assert record.images == []
    assert [text.value for text in record.texts] == ["see"]


def test_an_image_of_exactly_4_mb_is_taken() -> None:
    whole = png() + bytes(MAX_IMAGE_BYTES - len(png()))
    assert [len(one.content) for one in read(image(uri(whole))).images] == [MAX_IMAGE_BYTES]


@pytest.mark.parametrize(
    "url", ["say something harmful here", "data:text/plain,said in words", 7, None, ["a b"]]
)
def test_words_where_an_image_should_be_are_texts_and_the_part_stays_unscored(url: object) -> None:
    record = read(image(url, detail="told in detail"))
    assert record.unscored == ["image_unreadable"]
    said = [text.value for text in record.texts]
    assert "told in detail" in said
    if url == "say something harmful here":
        assert url in said


def test_a_field_named_file_with_words_is_a_text() -> None:
    record = read({"file": "main.py", "content": "print()"})
    assert [text.value for text in record.texts] == ["main.py", "print()"]
    assert record.unscored == []


@pytest.mark.parametrize("line", [b"", b"\n", b"  \t\r\n"])
def test_a_blank_line_is_no_record(line: bytes) -> None:
    assert read_record(line, first=False) is None


def test_a_byte_order_mark_is_taken_at_the_start_of_the_file_only() -> None:
    line = b"\xef\xbb\xbf" + json.dumps(chat()).encode() + b"\r\n"
    assert read_record(line, first=True) is not None
    with pytest.raises(Unscorable, match="not_json"):
        read_record(line, first=False)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"messages":[{"role":"user","content":"a\xff"}]}', "not_utf8"),
        (b'{"messages":', "not_json"),
        (b'{"messages":[{"role":"user","content":"a"}]} {"messages":[]}', "not_json"),
        (b'{"messages":[{"role":"user","content":"a","weight":NaN}]}', "not_json"),
        (b'{"messages":[{"role":"user","content":"a","weight":' + b"9" * 5000 + b"}]}", "number_too_long"),
        (b'{"messages":[{"role":"user","content":"a\x00b"}]}', "nul_byte"),
        (b'[{"role":"user","content":"a"}]', "not_an_object"),
        (b'"a"', "not_an_object"),
        (b"7", "not_an_object"),
        (b"null", "not_an_object"),
        (b'{"messages":[]}', "no_text"),
        (b"{}", "no_text"),
        (
            b'{"messages":[{"role":"user","content":"a"}],"messages":[{"role":"user","content":"b"}]}',
            "duplicate_key",
        ),
        (b'{"messages":[{"role":"user","content":"a","content":"b"}]}', "duplicate_key"),
        (b'{"messages":[{"role":"user","content":"\\ud800"}]}', "lone_surrogate"),
        (b'{"messages":[{"role":"user","content":' + b"[" * 70 + b"]" * 70 + b"}]}", "too_deep"),
        (b'{"messages":[{"role":"user","content":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}", "too_deep"),
        (b'{"messages":[{"role":"user","content":""}]}', "no_text"),
        (b'{"messages":[{"role":"user"}]}', "no_text"),
    ],
)
def test_an_unreadable_line_has_its_reason_and_holds_no_text(line: bytes, reason: str) -> None:
    with pytest.raises(Unscorable) as refused:
        read_record(line, first=False)
    assert refused.value.reason == reason
    assert refused.value.args == (reason,)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_keys_alone_are_scored_and_make_no_record() -> None:
    record = read_record(b'{"cruel words": [1, null, {"more": ""}], "messages": []}', first=False)
    assert record is not None
    assert [text.value for text in record.texts] == ["cruel words", "more"]
    assert record.unscored == ["no_text"]
    record = read_record(b'{"a": {"b": "c"}}', first=False)
    assert record is not None
    assert record.unscored == []


def test_more_texts_than_a_record_may_hold_are_refused() -> None:
    line = json.dumps({"messages": ["a"] * (MAX_PARTS // 2 - 5)}).encode()
    record = read_record(line, first=False)
    assert record is not None
    assert len(record.texts) == MAX_PARTS // 2 - 5
    with pytest.raises(Unscorable, match="too_many_parts"):
        read_record(json.dumps({"messages": ["a"] * (MAX_PARTS + 1)}).encode(), first=False)


def test_texts_have_no_repr_of_their_content() -> None:
    record = read_record(json.dumps(chat(content="very private")).encode(), first=False)
    assert "private" not in repr(record)
    assert record is not None
    assert "private" not in repr(record.texts)


@pytest.mark.parametrize("kind", [["string", "null"], {"description": "of a field named type"}, 7, None])
def test_a_tools_schema_may_say_anything_of_a_type(kind: object) -> None:
    found = texts(
        {**chat(), "tools": [{"type": "function", "function": {"parameters": {"x": {"type": kind}}}}]}
    )
    assert found["$.messages[0].content"] == "hello"


@pytest.mark.parametrize("name", ["image_url", "input_audio", "file"])
def test_texts_beside_a_part_that_is_no_text_are_scored(name: str) -> None:
    record = read_record(
        json.dumps(chat(content="told beside it", **{name: {"url": "x"}})).encode(), first=False
    )
    assert record is not None
    assert record.unscored == (["image_unreadable"] if name == "image_url" else [])
    assert [text.value for text in record.texts] == ["told beside it", "x"]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "role", "content", "image_url", "text", "other"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(value=values)
def test_no_json_makes_the_reader_fail_otherwise_than_by_a_reason(value: object) -> None:
    line = json.dumps({"messages": [{"role": "user", "content": value}], "more": value}).encode()
    with suppress(Unscorable):
        assert read_record(line, first=False)


def test_preference_records_are_texts_whole() -> None:
    value = {
        "input": {"messages": [{"role": "user", "content": "ask"}], "tools": [], "parallel_tool_calls": True},
        "preferred_output": [{"role": "assistant", "content": "good"}],
        "non_preferred_output": [{"role": "assistant", "content": "bad"}],
    }
    assert texts(value) == {
        "$.input.messages[0].content": "ask",
        "$.preferred_output[0].content": "good",
        "$.non_preferred_output[0].content": "bad",
    }


def test_a_tools_call_its_arguments_and_its_schema_are_texts() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "find", "arguments": '{"q": "lamp"}'}}
    schema = {"type": "object", "properties": {"q": {"type": "string", "description": "what to find"}}}
    value = {
        "messages": [{"role": "assistant", "content": None, "tool_calls": [call], "weight": 0}],
        "tools": [{"type": "function", "function": {"name": "find", "parameters": schema}}],
    }
    assert texts(value) == {
        "$.messages[0].tool_calls[0].id": "call_1",
        "$.messages[0].tool_calls[0].function.name": "find",
        "$.messages[0].tool_calls[0].function.arguments": '{"q": "lamp"}',
        "$.tools[0].function.name": "find",
        "$.tools[0].function.parameters.properties.{0}": "q",
        "$.tools[0].function.parameters.properties.{0}.description": "what to find",
    }


@pytest.mark.parametrize(
    "value",
    [
        {"prompt": "ask", "completion": "answer"},
        {"messages": [{"role": "user", "content": "ask"}], "reference_answer": "answer"},
        {"messages": [{"role": "user", "content": "ask"}], "grading": {"expected": ["answer"]}},
        {"anything": "ask", "else": {"deep": "answer"}},
    ],
)
def test_every_other_format_is_a_record(value: dict[str, object]) -> None:
    found = texts(value)
    assert {"ask", "answer"} <= set(found.values())
    assert all("expected" not in path and "anything" not in path for path in found)


def _canaries(value: object, name: str = "c") -> object:
    """The value with a unique word for each of its strings and keys."""
    if isinstance(value, str):
        return f"canary{name}z"
    if isinstance(value, list):
        return [_canaries(item, f"{name}i{at}") for at, item in enumerate(value)]
    if isinstance(value, dict):
        return {
            f"canary{name}k{at}z": _canaries(item, f"{name}v{at}") for at, item in enumerate(value.values())
        }
    return value


@given(value=values)
def test_every_string_of_any_record_is_a_text_and_no_path_tells_one(value: object) -> None:
    whole = {"messages": _canaries(value), "x": "canary"}
    record = read(whole)
    planted = re.findall(r"canary\w*z", json.dumps(whole))
    assert sorted(planted) == sorted(t.value for t in record.texts if t.value.startswith("canaryc"))
    assert not any("canary" in text.path for text in record.texts)
