"""Calibration on made-up scores: which blend is taken, what windows cost, and where the severities begin."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from local.content_safety.classifier import calibration
from local.content_safety.classifier.calibration import Scored
from tests.content_safety.made import example

Rows = NDArray[np.float64]
NONE = np.empty(0)


def scored(
    encoder: Rows, linear: Rows, labels: Rows | None = None, *, windows: list[int] | None = None
) -> Scored:
    """One reading of each example; the same scores in every category, one window an example where none is said."""
    counts = [1] * len(encoder) if windows is None else windows
    harm = np.zeros(len(counts)) if labels is None else labels
    return Scored(
        examples=[
            example(f"{at}", labels=(None if np.isnan(one) else float(one),) * 4)
            for at, one in enumerate(harm)
        ],
        encoder=np.tile(encoder[:, None], (1, 4)),
        linear=np.tile(linear[:, None], (1, 4)),
        read=np.ones(len(encoder), dtype=bool),
        readings=np.repeat(np.arange(len(counts)), counts),
        owners=np.arange(len(counts)),
    )


def test_the_highest_window_of_each_reading_counts_and_of_the_readings_the_worst() -> None:
    two = Scored(
        examples=[example("a"), example("b"), example("c")],
        encoder=np.zeros((8, 4)),
        linear=np.zeros((8, 4)),
        read=np.ones(8, dtype=bool),
        readings=np.array([0, 0, 1, 1, 1, 1, 2, 3]),
        owners=np.array([0, 1, 1, 2]),
    )
    scores = np.array([1.0, 3.0, 2.0, 9.0, 5.0, 4.0, 8.0, -2.0])
    assert two.highest(scores).tolist() == [3.0, 9.0, -2.0]
    assert two.highest(scores, 1.0).tolist() == [2.0, 8.0, -2.0], "9 in four windows, 8 in one"
    assert two.highest(scores, 0.25).tolist() == [2.75, 8.5, -2.0]
    assert two.counts.tolist() == [2, 4, 1], "of the first readings"
    chosen = two.windows_of(np.array([False, True, False]))
    assert chosen.tolist() == [False, False, True, True, True, True, True, False]


def test_the_better_model_gets_the_weight() -> None:
    generator = np.random.default_rng(3)
    labels = np.repeat([1.0, 0.0], 150)
    good, bad = labels * 4 + generator.normal(size=300), generator.normal(size=300)
    clean = generator.normal(size=400)
    noise = generator.normal(size=400)
    for_encoder = calibration.best_share(scored(good, bad, labels), scored(clean, noise), 0)
    for_linear = calibration.best_share(scored(bad, good, labels), scored(noise, clean), 0)
    assert for_encoder > 0.7
    assert for_linear < 0.3
    assert {for_encoder, for_linear} <= set(calibration.ENCODER_SHARES)


def test_two_models_that_each_know_half_are_blended() -> None:
    generator = np.random.default_rng(5)
    labels = np.repeat([1.0, 1.0, 0.0], 100)
    one = np.repeat([3.0, 0.0, 0.0], 100) + generator.normal(size=300)
    other = np.repeat([0.0, 3.0, 0.0], 100) + generator.normal(size=300)
    share = calibration.best_share(
        scored(one, other, labels), scored(generator.normal(size=900), generator.normal(size=900)), 0
    )
    assert 0.25 < share < 0.75


def test_labels_that_nobody_gave_choose_no_blend() -> None:
    labels = np.array([1.0, 0.0, np.nan, np.nan])
    known, good, bad = np.array([5.0, 0.0]), np.array([9.0, -9.0]), np.array([-9.0, 9.0])
    share = calibration.best_share(
        scored(np.concatenate([known, good]), np.concatenate([-known, bad]), labels),
        scored(np.zeros(3), np.zeros(3)),
        0,
    )
    assert share > 0.5
    none = scored(known, known, np.array([0.0, np.nan]))
    assert calibration.best_share(none, scored(known, known), 0) == 0.5


def unread(one: Scored) -> Scored:
    """The same in a script that the encoder does not read."""
    return replace(one, read=np.zeros(len(one.read), dtype=bool))


def test_where_the_encoder_does_not_read_the_script_its_scores_choose_nothing() -> None:
    labels = np.array([1.0, 0.0])
    judged = scored(np.array([-5.0, 5.0]), np.array([5.0, -5.0]), labels)
    clean = scored(np.full(5, -9.0), np.full(5, -9.0))
    assert calibration.best_share(judged, clean, 0) < 0.5
    assert calibration.best_share(unread(judged), clean, 0) == 0.0, "all are equal, and the first is taken"


def test_texts_in_other_scripts_move_no_edge_and_have_a_cut_of_their_own() -> None:
    generator = np.random.default_rng(4)
    flat, other = generator.normal(size=900), generator.normal(-6, 1, size=300)
    judged = scored(np.array([5.0, 0.0]), np.array([5.0, 0.0]), np.array([1.0, 0.0]))
    clean, foreign = scored(flat, flat), unread(scored(other, other))
    both = replace(
        clean,
        examples=[*clean.examples, *foreign.examples],
        encoder=np.concatenate([clean.encoder, foreign.encoder]),
        linear=np.concatenate([clean.linear, foreign.linear]),
        read=np.concatenate([clean.read, foreign.read]),
        readings=np.arange(1200),
        owners=np.arange(1200),
    )
    found = calibration.calibrate(judged, both, scored(NONE, NONE), version="1")
    cut = calibration.calibrate(judged, clean, scored(NONE, NONE), version="1").edges[0][3]
    assert found.edges[0][3] == pytest.approx(cut)
    worst = other.max() + found.alone[0]
    assert worst == pytest.approx(cut - calibration.ALONE_MARGIN, abs=1e-5)


def test_refusals_that_score_high_raise_the_cut() -> None:
    clean, harmful = np.random.default_rng(1).exponential(size=20_000), np.full(10, 40.0)
    plain = calibration.severity_edges(clean, harmful, NONE)[3]
    refusals = np.full(600, 2.0)
    assert calibration.severity_edges(clean, harmful, refusals)[3] == plain
    refusals[:3] = plain + 3
    assert calibration.severity_edges(clean, harmful, refusals)[3] > plain + 3
    assert (
        refusals >= calibration.severity_edges(clean, harmful, refusals)[3]
    ).mean() <= calibration.CUT_STANCE_RATE


def _long(texts: int, windows: int, *, alike: bool) -> tuple[Scored, Rows]:
    generator = np.random.default_rng(7)
    scores = generator.normal(size=(texts, windows))
    if alike:
        scores = np.tile(scores[:, :1], (1, windows))
    flat = scores.reshape(-1)
    return scored(flat, flat, np.zeros(texts), windows=[windows] * texts), flat


def test_few_long_texts_say_nothing_about_windows() -> None:
    few, scores = _long(150, 8, alike=False)
    assert calibration.window_loss(few, scores) == 0.0
    short, scores = _long(500, 3, alike=False)
    assert calibration.window_loss(short, scores) == 0.0


def test_the_loss_is_what_the_highest_of_many_windows_stands_above_them() -> None:
    many, scores = _long(2000, 8, alike=False)
    loss = calibration.window_loss(many, scores)
    assert 0.2 < loss < 0.6, "(quantile .95 of the highest of 8 normals - of one) / 3 = (2.49 - 1.64) / 3"
    corrected = many.highest(scores, loss)
    assert np.quantile(corrected, 0.95) == pytest.approx(np.quantile(scores, 0.95), abs=1e-6)
    same, scores = _long(2000, 8, alike=True)
    assert calibration.window_loss(same, scores) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_the_cut_keeps_clean_texts_that_calibrated_nothing(seed: int) -> None:
    generator = np.random.default_rng(seed)
    clean, unseen = generator.exponential(size=20_000), generator.exponential(size=2_000_000)
    harmful = generator.normal(14, 3, 800)
    edges = calibration.severity_edges(clean, harmful, NONE)
    above = (unseen >= edges[3]).mean()
    assert calibration.CUT_CLEAN_RATE / 30 < above < calibration.CUT_CLEAN_RATE * 30
    assert 0.005 < (unseen >= edges[0]).mean() < 0.08
    assert 0.001 < (unseen >= edges[1]).mean() < 0.016
    assert (harmful >= edges[3]).mean() > 0.3
    assert edges[2] == pytest.approx((edges[1] + edges[3]) / 2)
    beyond = harmful[harmful >= edges[3]]
    for edge, share in zip(edges[4:], (0.4, 0.7, 0.9), strict=True):
        assert (beyond < edge).mean() == pytest.approx(share, abs=0.03)


finite = st.floats(-30, 30, allow_nan=False)


@given(st.lists(finite, min_size=1, max_size=40), st.lists(finite, max_size=20), st.lists(finite, max_size=9))
def test_edges_ascend_whatever_the_scores(
    clean: list[float], harmful: list[float], stance: list[float]
) -> None:
    edges = calibration.severity_edges(np.array(clean), np.array(harmful), np.array(stance))
    assert len(edges) == 7
    assert all(np.isfinite(edges))
    assert all(right - left >= calibration.STEP - 1e-9 for left, right in itertools.pairwise(edges))


def test_edges_are_found_where_nothing_is_harmful() -> None:
    scores = np.array([-3.0, -2.0, -1.0])
    edges = calibration.severity_edges(scores, NONE, NONE)
    assert all(left < right for left, right in itertools.pairwise(edges))
    assert edges[3] > scores.max()


def test_the_scale_holds_what_was_found_for_each_category() -> None:
    generator = np.random.default_rng(11)
    labels = np.repeat([1.0, 0.0], 100)
    judged = scored(labels * 6 + generator.normal(size=200), generator.normal(size=200), labels)
    texts, windows = 400, 4
    flat = generator.normal(size=texts * windows)
    clean = scored(flat, flat, np.zeros(texts), windows=[windows] * texts)
    found = calibration.calibrate(judged, clean, scored(NONE, NONE), version="made")
    assert found.version == "made"
    assert [a + b for a, b in zip(found.encoder, found.linear, strict=True)] == pytest.approx([1.0] * 4)
    assert found.alone == [0.0] * 4, "nothing in another script tells"
    assert min(found.encoder) > 0.6, "the encoder knows, the other does not"
    assert all(loss > 0 for loss in found.per_window)
    for edges in found.edges:
        assert all(left < right for left, right in itertools.pairwise(edges))
        assert edges == pytest.approx(found.edges[0]), "every category was given the same scores"
