"""Windows over long texts: together the whole text, cut behind sentences, and any short stretch whole in one."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.windows import MAX_CODE_POINTS, OVERLAP, REACH, spans_of, windows_of

LENGTHS = [0, 1, MAX_CODE_POINTS, MAX_CODE_POINTS + 1, 3 * MAX_CODE_POINTS + 17]


@pytest.mark.parametrize("length", LENGTHS)
def test_windows_without_any_border_cover_the_text_and_overlap(length: int) -> None:
    text = "".join(chr(0x4E00 + i % 20_000) for i in range(length))
    windows = list(windows_of(text))
    assert all(len(window) <= MAX_CODE_POINTS for window in windows)
    rebuilt = "".join(windows[:1]) + "".join(window[OVERLAP:] for window in windows[1:])
    assert rebuilt == text


pieces = st.sampled_from(["word ", "An end. ", "x" * 700, "\n", " " * 300, "Was? ", "終わり。", "y" * 2_500])


@given(st.lists(pieces, max_size=40).map("".join))
def test_spans_cover_the_text_in_order_and_any_short_stretch_is_whole_in_one(text: str) -> None:
    spans = list(spans_of(text))
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text)
    for (start, end), (next_start, next_end) in itertools.pairwise(spans):
        assert 0 < end - start <= MAX_CODE_POINTS
        assert end - next_start >= OVERLAP
        assert next_end > end
    least = MAX_CODE_POINTS - 2 * REACH - OVERLAP
    assert len(spans) <= len(text) // least + 1


def test_a_text_is_cut_behind_a_sentence_else_behind_a_word() -> None:
    sentences = "This is a sentence about lamps. " * 800
    for window in list(windows_of(sentences))[:-1]:
        assert window.startswith("This")
        assert window.endswith("lamps. ")
    words = "lamp " * 5_000
    for window in list(windows_of(words))[:-1]:
        assert window.startswith("lamp ")
        assert window.endswith(" ")


def test_a_blank_window_is_left_out() -> None:
    text = "word" + " " * (2 * MAX_CODE_POINTS) + "end"
    assert [window.strip() for window in windows_of(text)] == ["word", "end"]
