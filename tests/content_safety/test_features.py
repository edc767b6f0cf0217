"""What the classifier sees of a text."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.content_safety.classifier import features


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Straße", "STRASSE"),
        ("\uff37\uff41\uff54\uff45\uff52", "water"),
        ("wa\u200bter\u00ad", "water"),
        ("don\u2019t", "DON'T"),
        ("\ufb01re", "fire"),
        ("w\u0336a\u0336t\u0336e\u0336r", "water"),
        ("wa\U000e0074ter\ufe0f", "water"),
        ("\U0001f170\U0001f171", "ab"),
        ("wa\u2060\u3164ter", "water"),
        ("tea\x07pot", "tea pot"),
        ("e\u0301t\u00e9", "\u00e9t\u00e9"),
    ],
)
def test_forms_of_one_text_are_the_same(left: str, right: str) -> None:
    assert features.normalise(left) == features.normalise(right)


def test_an_accent_and_another_script_stay() -> None:
    assert features.normalise("\u00c9t\u00e9 \u00d1") == "\u00e9t\u00e9 \u00f1"
    assert (
        features.normalise("\u0425\u043b\u0435\u0431 \u65e5\u672c") == "\u0445\u043b\u0435\u0431 \u65e5\u672c"
    )


def test_a_run_without_spaces_is_parted_before_it_is_one_unknown_piece() -> None:
    parted = features.normalise("x" * 250)
    assert [len(run) for run in parted.split(" ")] == [80, 80, 80, 10]
    assert features.normalise("x" * 80) == "x" * 80


@given(st.text(max_size=200))
def test_a_text_is_normal_once_it_is_normalised(text: str) -> None:
    once = features.normalise(text)
    assert features.normalise(once) == once


def test_tokens_are_words_numbers_and_marks_and_long_runs_are_cut() -> None:
    assert features.tokens("don't pay 1,250 now!") == ["don't", "pay", "0", ",", "0", "now", "!"]
    assert [len(token) for token in features.tokens("x" * 70)] == [32, 32, 6]


def test_a_feature_falls_into_the_bucket_of_its_stable_hash() -> None:
    """The hash is part of the weights' format: were it another, every weight would stand for another word."""
    buckets, values = features.extract(["tea"])
    expected = {zlib.crc32(name) % (1 << 20) for name in (b"w\0tea", b"c\0 t", b"c\0tea", b"c\0 tea ")}
    assert expected <= set(buckets.tolist())
    assert values.min() > 0
    assert np.all(np.diff(buckets) >= 0)


def test_words_and_letters_each_have_length_one() -> None:
    _, values = features.extract(["tea", "and", "tea"])
    assert np.square(values).sum() == pytest.approx(2.0)


def test_a_refusal_changes_what_a_word_means() -> None:
    plain = set(features.extract(["pour", "the", "tea"])[0].tolist())
    refused = set(features.extract(["i", "can't", "help", "pour", "the", "tea"])[0].tolist())
    crossed = zlib.crc32(b"x\0refusal\0tea") % (1 << 20)
    assert crossed in refused
    assert crossed not in plain
