"""What the classifier sees of a text."""

import itertools
import zlib

import numpy as np
import pytest

from local.content_safety.classifier import features


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Straße", "STRASSE"),
        ("\uff37\uff41\uff54\uff45\uff52", "water"),
        ("wa\u200bter\u00ad", "water"),
        ("don\u2019t", "DON'T"),
        ("\ufb01re", "fire"),
    ],
)
def test_forms_of_one_text_are_the_same(left: str, right: str) -> None:
    assert features.normalise(left) == features.normalise(right)


def test_tokens_are_words_numbers_and_marks_and_long_runs_are_cut() -> None:
    assert features.tokens("don't pay 1,250 now!") == ["don't", "pay", "0", ",", "0", "now", "!"]
    assert [len(token) for token in features.tokens("x" * 70)] == [32, 32, 6]


@pytest.mark.parametrize("length", [0, 1, 119, 120, 121, 200, 201, 1000])
def test_windows_cover_every_token_and_overlap(length: int) -> None:
    found = [str(at) for at in range(length)]
    windows = list(features.windows(found))
    assert len(windows) == (1 if length <= 120 else 1 + -(-(length - 120) // 80))
    assert {token for window in windows for token in window} == set(found)
    assert all(len(window) == 120 for window in windows[:-1])
    for left, right in itertools.pairwise(windows):
        assert right[:40] == left[80:]


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
