"""The effective number of requests: what counts as near-duplicate, how well that was chosen, and what it gives."""

import numpy as np
import pytest

from tests.content import distinct, meaning
from tests.content.authored import CATEGORIES, SCENARIOS, objects
from tests.content.meaning import NoVectorError, Vectors


def vectors_of(angles: dict[str, float]) -> Vectors:
    """Vectors in a plane, by degrees: their cosines are known."""
    turned = np.radians(list(angles.values()))
    rows = np.rint(np.stack([np.cos(turned), np.sin(turned)], axis=1) * 127).astype(np.int8)
    return Vectors(np.array([meaning._key(text) for text in angles], dtype=np.uint64), rows)


def test_near_duplicates_count_once_and_their_near_duplicates_with_them() -> None:
    # neighbours 40 degrees apart: cosine 0.77; the outer two 80: 0.17
    vectors = vectors_of({"first": 0, "second": 40, "third": 80, "far": 170})
    found = distinct.distinctness(["first", "second", "third", "far", "first"], vectors, cut=0.6)
    assert found.requests == 4
    assert found.effective == 2
    assert found.near_duplicates == (("first", "second"), ("second", "third"))


def test_requests_that_are_far_apart_all_count() -> None:
    vectors = vectors_of({"first": 0, "second": 70, "third": 140})
    assert distinct.distinctness(["first", "second", "third"], vectors, cut=0.6).effective == 3


def test_a_request_without_a_vector_is_told_without_quoting_it() -> None:
    with pytest.raises(NoVectorError) as raised:
        distinct.distinctness(["first", "a new request"], vectors_of({"first": 0}))
    assert "a new request" not in str(raised.value)


def test_the_cut_finds_the_same_ask_in_other_words() -> None:
    """At least 95 of 100 pairs that say one thing twice are above the cut."""
    stored = meaning.stored()
    cosines = [stored.cosine(one, other) for one, other, same in meaning.judged() if same]
    assert len(cosines) >= 50
    assert np.mean(np.array(cosines) >= distinct.NEAR_DUPLICATE) >= 0.95


def test_the_cut_leaves_most_of_the_hardest_other_asks_apart() -> None:
    """They were picked from the most alike of the whole set: where the cut errs, it counts too few."""
    stored = meaning.stored()
    cosines = [stored.cosine(one, other) for one, other, same in meaning.judged() if not same]
    assert len(cosines) >= 45
    assert np.mean(np.array(cosines) < distinct.NEAR_DUPLICATE) >= 0.65


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_has_its_effective_requests(category: str) -> None:
    found = distinct.distinctness(distinct.shipped_requests()[category], meaning.stored())
    assert found.effective >= distinct.LEAST_EFFECTIVE == 120


def test_the_benign_look_alikes_are_distinct() -> None:
    requests = [str(scenario["request"]) for scenario in objects(SCENARIOS / "benign.jsonl")]
    assert distinct.distinctness(requests, meaning.stored()).effective == len(requests) == 60


def test_the_command_tells_each_category(capsys: pytest.CaptureFixture[str]) -> None:
    assert distinct.main() == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in told] == list(CATEGORIES)
    assert all("240 conversations" in line and "effective" in line for line in told)


def test_the_command_fails_on_copies(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    requests = distinct.shipped_requests()
    requests["sexual"] = requests["sexual"][:119] * 2
    monkeypatch.setattr(distinct, "shipped_requests", lambda: requests)
    assert distinct.main() == 1
    assert "sexual: 120 effective requests are needed" in capsys.readouterr().err


def test_the_command_fails_on_a_request_that_was_changed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(distinct, "shipped_requests", lambda: {"violence": ["a request nobody measured"]})
    assert distinct.main() == 2
    assert "a request nobody measured" not in capsys.readouterr().err
