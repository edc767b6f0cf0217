"""What is read from a training file, and how a line that is no chat is named without being quoted."""

import json
from typing import Any

import pytest

from local.model_server.training_file import TrainingFileError, read
from tests.model_server.chats import SHOP, chat_jsonl


def line(*messages: dict[str, Any]) -> bytes:
    return json.dumps({"messages": messages}).encode()


def test_every_answer_of_a_conversation_is_taught_with_what_came_before_it() -> None:
    first, second = read(
        line(
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "One?"},
            {"role": "assistant", "content": "Yes."},
            {"role": "user", "content": [{"type": "text", "text": "Two?"}]},
            {"role": "assistant", "content": "No."},
        )
    )
    assert (first.prompt.last_turn, first.prompt.conversation, first.answer) == ("One?", "One?", "Yes.")
    assert (second.prompt.last_turn, second.prompt.conversation, second.answer) == (
        "Two?",
        "One?\nYes.\nTwo?",
        "No.",
    )


def test_an_answer_of_weight_zero_is_context_only() -> None:
    (example,) = read(
        line(
            {"role": "user", "content": "One?"},
            {"role": "assistant", "content": "Yes.", "weight": 0},
            {"role": "user", "content": "Two?"},
            {"role": "assistant", "content": "No.", "weight": 1},
        )
    )
    assert example.answer == "No."


def test_byte_order_mark_carriage_returns_empty_lines_and_no_last_newline_are_read() -> None:
    content = b"\xef\xbb\xbf" + chat_jsonl(SHOP).replace(b"\n", b"\r\n\r\n").rstrip()
    assert [example.answer for example in read(content)] == [answer for _, answer in SHOP]


@pytest.mark.parametrize(
    "bad",
    [
        b"private",
        b'{"messages": [}',
        b'{"messages": "private"}',
        b'{"text": "private"}',
        b'["private"]',
        b'{"messages": [{"role": "private", "content": "private"}]}',
        b'{"messages": [{"role": "user", "content": "private"}]}',
        b'{"messages": [{"role": "assistant", "content": "private"}]}',
        b'{"messages": [{"role": "user", "content": [{"type": "private"}]}]}',
        b'{"messages": [{"role": "user", "content": "\xff private"}]}',
    ],
)
def test_a_line_that_is_no_chat_is_named_and_not_quoted(bad: bytes) -> None:
    with pytest.raises(TrainingFileError) as refused:
        read(chat_jsonl(SHOP[:2]) + bad + b"\n" + chat_jsonl(SHOP))
    assert str(refused.value).startswith("line 3: ")
    assert "private" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("content", [b"", b"\n \r\n", b"\xef\xbb\xbf"])
def test_a_file_without_an_example_is_refused(content: bytes) -> None:
    with pytest.raises(TrainingFileError):
        read(content)
