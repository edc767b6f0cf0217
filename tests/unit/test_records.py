"""What a training line holds, and every way in which it can be unreadable."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Unscorable
from shared.records import read_record
from shared.windows import MAX_CODE_POINTS, OVERLAP, windows_of


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


def test_a_part_that_is_no_text_is_unscored_and_never_sent_as_text() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    record = read_record(
        json.dumps(chat(content=[{"type": "text", "text": "see"}, image])).encode(), first=False
    )
    assert record is not None
    assert record.unscored == ["not_text"]
    assert [text.value for text in record.texts] == ["see"]


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
        (b'{"messages":[{"role":"user","content":"a","weight":' + b"9" * 5000 + b"}]}", "not_json"),
        (b'[{"role":"user","content":"a"}]', "not_chat"),
        (b'{"prompt":"a","completion":"b"}', "not_chat"),
        (b'{"messages":[]}', "not_chat"),
        (b'{"messages":["a"]}', "not_chat"),
        (b'{"messages":[{"content":"a"}]}', "not_chat"),
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


def test_texts_have_no_repr_of_their_content() -> None:
    record = read_record(json.dumps(chat(content="very private")).encode(), first=False)
    assert "private" not in repr(record)
    assert record is not None
    assert "private" not in repr(record.texts)


@pytest.mark.parametrize("length", [0, 1, MAX_CODE_POINTS, MAX_CODE_POINTS + 1, 3 * MAX_CODE_POINTS + 17])
def test_windows_cover_the_text_and_overlap(length: int) -> None:
    text = "".join(chr(0x4E00 + i % 20_000) for i in range(length))
    windows = list(windows_of(text))
    assert all(len(window) <= MAX_CODE_POINTS for window in windows)
    rebuilt = "".join(windows[:1]) + "".join(window[OVERLAP:] for window in windows[1:])
    assert rebuilt == text


def test_a_blank_window_is_left_out() -> None:
    text = "word" + " " * (2 * MAX_CODE_POINTS) + "end"
    windows = list(windows_of(text))
    assert [window.strip() for window in windows] == ["word", "end"]


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
    assert record.unscored == ["not_text"]
    assert [text.value for text in record.texts] == ["told beside it"]


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
