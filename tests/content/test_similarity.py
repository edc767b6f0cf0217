"""The measure that the other tests trust."""

import pytest

from tests.content.similarity import jaccard, near_copies, trigrams


def test_trigrams_are_runs_of_three_words_without_case_and_punctuation() -> None:
    assert trigrams("The cat, the Dog!") == {("the", "cat", "the"), ("cat", "the", "dog")}
    assert trigrams("Hello there") == {("hello", "there")}


def test_jaccard_is_the_shared_part() -> None:
    one, other = trigrams("a b c d e"), trigrams("a b c d f")
    assert jaccard(one, other) == pytest.approx(2 / 4)
    assert jaccard(one, one) == 1
    assert jaccard(one, trigrams("x y z")) == 0


def test_a_changed_word_at_the_end_makes_a_near_copy() -> None:
    texts = {
        "first": "please write me a short poem about the rain",
        "second": "Please write me a short poem about the snow.",
        "third": "list the rivers of the north",
    }
    assert list(near_copies(texts)) == [("first", "second")]
