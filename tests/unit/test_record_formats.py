"""Each format's texts and places, what a tool call's arguments hide, and the bad lines of docs/data-formats.md."""

import json
import re
from pathlib import Path

import pytest

from shared import reasons
from shared.errors import Unscorable
from shared.records import Record, read_record

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "data-formats.md").read_text()


def read(value: object) -> Record:
    record = read_record(json.dumps(value).encode(), first=False)
    assert record is not None
    return record


def texts(value: object) -> list[tuple[str, str]]:
    return [(text.path, text.value) for text in read(value).texts]


def test_every_message_of_a_chat_with_functions_is_text() -> None:
    value = {
        "messages": [
            {"role": "developer", "content": "be brief"},
            {"role": "user", "content": [{"type": "text", "text": "a train?"}], "name": "Ann"},
            {"role": "assistant", "content": "unlearned", "refusal": "rather not", "weight": 0},
            {"role": "tool", "tool_call_id": "call-1", "content": "at noon"},
            {"role": "assistant", "function_call": {"name": "old_call", "arguments": "{}"}, "weight": 1},
        ],
        "functions": [{"name": "old_call", "description": "does", "parameters": {"required": ["town"]}}],
        "parallel_tool_calls": False,
    }
    assert texts(value) == [
        ("$.messages[0].content", "be brief"),
        ("$.messages[1].content[0].text", "a train?"),
        ("$.messages[1].name", "Ann"),
        ("$.messages[2].content", "unlearned"),
        ("$.messages[2].refusal", "rather not"),
        ("$.messages[3].tool_call_id", "call-1"),
        ("$.messages[3].content", "at noon"),
        ("$.messages[4].function_call.name", "old_call"),
        ("$.messages[4].function_call.arguments", "{}"),
        ("$.functions[0].name", "old_call"),
        ("$.functions[0].description", "does"),
        ("$.functions[0].parameters.required[0]", "town"),
    ]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"prompt": "once", "completion": " a time"}, [("$.prompt", "once"), ("$.completion", " a time")]),
        ({"my key": 1}, [("$.{0}", "my key")]),
        ({"key": "value"}, [("$.{0}", "key"), ("$.{0}", "value")]),
        ({"messages": ["a", ["b"]]}, [("$.messages[0]", "a"), ("$.messages[1][0]", "b")]),
        ({"content": "user", "name": "text"}, [("$.content", "user"), ("$.name", "text")]),
    ],
)
def test_shapes_of_no_format_are_records_all_the_same(value: object, found: list[tuple[str, str]]) -> None:
    assert texts(value) == found


def call(arguments: str) -> dict[str, object]:
    return {"tool_calls": [{"function": {"arguments": arguments}}]}


@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        (r'{"q": "\u0068\u0065llo"}', ["q", "hello"]),
        (r'{"a": 1.5, "b": ["x\ny", null], "a": "again"}', ["a", "b", "x\ny", "a", "again"]),
        (r'{"\u006bey": NaN}', []),
        (r'["C:\\temp"', []),
        (r'"\u0068i"', ["hi"]),
        ('{"q": "hello"}', []),
        ('{"n": ' + "9" * 5_000 + r', "q": "\u0068i"}', ["n", "q", "hi"]),
    ],
)
def test_what_escapes_hide_in_a_tool_calls_arguments_is_text(arguments: str, more: list[str]) -> None:
    found = texts(call(arguments))
    assert [text for _, text in found] == [arguments, *more]
    assert {path for path, _ in found} == {"$.tool_calls[0].function.arguments"}


def test_arguments_in_arguments_are_opened_to_the_last() -> None:
    layers = ["hello\nworld"]
    for _ in range(5):
        layers.append(json.dumps([layers[-1]]))
    assert [text for _, text in texts(call(layers[-1]))] == layers[::-1]


def test_arguments_nested_deeper_than_can_be_read_are_not_let_through() -> None:
    with pytest.raises(Unscorable, match="too_deep"):
        read(call("[" * 100_000 + r'"\u0068"' + "]" * 100_000))


def test_arguments_do_not_multiply_a_lines_texts() -> None:
    inner = json.dumps(["\n.", *["word"] * 120_000])
    with pytest.raises(Unscorable, match="too_many_parts"):
        read({"content": [call(inner), call(inner)]})


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (rb'{"prompt":"a\u0000b"}', "a\0b"),
        (rb'{"prompt":"\ud83d\ude00"}', "\U0001f600"),
        (b'{"prompt":"a","weight":' + b"9" * 4_300 + b"}", "a"),
        (b'{"prompt":"a","weight":1e999}', "a"),
        (b' \t{"prompt":"a"} \r\n', "a"),
        (b'{"prompt":"' + rb"\"[{," * 400_000 + b'"}', '"[{,' * 400_000),
        (b'{"prompt":' + b"[" * 63 + b'"a"' + b"]" * 63 + b"}", "a"),
    ],
    ids=["NUL escaped", "pair", "4,300 digits", "infinite", "blanks", "signs in a text", "64 deep"],
)
def test_what_is_odd_but_legal_is_read(line: bytes, text: str) -> None:
    record = read_record(line, first=False)
    assert record is not None
    assert [found.value for found in record.texts] == [text]
    assert record.unscored == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"messages":[{"role":"user","content":"a"}]}'.encode("utf-16-le"), "nul_byte"),
        (b"\0\0\0\0\n", "nul_byte"),
        (b'{"prompt":"a\x1fb"}', "not_json"),
        (b"{'prompt':'a'}", "not_json"),
        (b'{"prompt":"a",}', "not_json"),
        (b"prompt,completion", "not_json"),
        (b'{"prompt":"a","weight":-Infinity}', "not_json"),
        (b'{"prompt":"a","weight":0.' + b"9" * 5_000 + b"}", "number_too_long"),
        (b'{"prompt":"a","weight":' + b"9" * 4_301 + b"}", "number_too_long"),
        (b'{"prompt":[' + b"1," * 600_000 + b"1]}", "too_many_parts"),
        (b'{"prompt":[' + b"{}," * 300_000 + b"{}]}", "too_many_parts"),
        (b'"' * 1_300_000, "too_many_parts"),
        (rb'{"messages":[{"role":"user","\udfff":"a"}]}', "lone_surrogate"),
        (rb'{"arguments":"[\"\\ud800\"]"}', "lone_surrogate"),
        (b'{"prompt":' + b"[" * 64 + b'"a"' + b"]" * 64 + b"}", "too_deep"),
        (rb'{"prompt":" \n\u2003","completion":null}', "no_text"),
    ],
    ids=range(16),
)
def test_more_bad_lines_and_their_reasons(line: bytes, reason: str) -> None:
    with pytest.raises(Unscorable) as refused:
        read_record(line, first=False)
    assert refused.value.args == (reason,)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_the_document_names_every_reason_that_lies_in_a_line() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", DOCUMENT, flags=re.MULTILINE)
    assert sorted(listed) == sorted(reasons.OF_A_LINE)
    assert reasons.SENTENCES.keys() >= reasons.OF_A_LINE


def test_every_reason_that_a_line_can_have_is_known_to_lie_in_a_line() -> None:
    modules = [ROOT / "shared" / f"{name}.py" for name in ("records", "images", "image_size", "fields")]
    source = "".join(module.read_text() for module in modules)
    given = set(re.findall(r'(?:Unscorable\(|reason=|return |else )"([a-z0-9_]+_[a-z0-9_]+)"', source))
    assert {"not_utf8", "image_link", "image_format", "image_unreadable", "not_text"} <= given
    assert given <= reasons.OF_A_LINE


def test_the_documents_examples_are_read_as_it_says() -> None:
    examples = re.findall(r"```json\n(.+?)\n```", DOCUMENT, flags=re.DOTALL)
    assert len(examples) == 6
    for example in examples:
        record = read_record(example.encode(), first=False)
        assert record is not None
        assert record.texts
        assert record.unscored == (["image_link"] if "https://" in example else [])
