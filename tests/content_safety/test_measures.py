"""The measures against values worked out by hand."""

import numpy as np
import pytest

from local.content_safety.classifier import measures

SCORES = np.array([0.9, 0.8, 0.7, 0.6])


def test_average_precision_is_the_sum_of_steps() -> None:
    assert measures.average_precision(SCORES, np.array([True, False, True, False])) == pytest.approx(
        0.5 * 1 + 0.5 * 2 / 3
    )
    assert measures.average_precision(np.zeros(4), np.array([True, False, False, False])) == 0.25
    assert measures.average_precision(SCORES, np.zeros(4, dtype=bool)) is None


def test_the_roc_area_counts_pairs() -> None:
    assert measures.roc_area(SCORES, np.array([True, False, True, False])) == 0.75
    assert measures.roc_area(np.array([1.0, 1.0]), np.array([True, False])) == 0.5
    assert measures.roc_area(SCORES, np.ones(4, dtype=bool)) is None


def test_equal_scores_share_their_mean_rank() -> None:
    assert measures.ranks(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [3.5, 1.0, 3.5, 2.0]
    assert measures.rank_correlation(SCORES, SCORES**3) == pytest.approx(1.0)
    assert measures.rank_correlation(SCORES, -SCORES) == pytest.approx(-1.0)
    assert measures.rank_correlation(SCORES, np.zeros(4)) is None


def test_wilsons_interval_at_its_known_values() -> None:
    none, half = measures.interval(0, 100), measures.interval(50, 100)
    assert none is not None
    assert half is not None
    assert (none.low, none.high) == (0.0, pytest.approx(0.0370, abs=5e-5))
    assert (half.low, half.high) == (pytest.approx(0.4038, abs=5e-5), pytest.approx(0.5962, abs=5e-5))
    assert measures.interval(0, 0) is None
