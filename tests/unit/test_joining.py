"""Requests that hold several texts: how they are filled, and when each text is scored by itself."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.harm import HarmCategory, scores_of, unscored
from shared.joining import LOOKED_AT_AGAIN, MOST_JOINED, SEPARATOR, is_quiet, requests_of
from shared.policy import POLICY, is_defect
from shared.scoring import Budget, Scorer
from shared.times import SHARD_BUDGET
from tests.fakes import FakeClassifier, FakeClock


def scorer(classifier: FakeClassifier) -> Scorer:
    clock = FakeClock()
    return Scorer(classifier, Budget(clock, until=clock.now() + SHARD_BUDGET))


text = st.text(min_size=1, max_size=60) | st.integers(1, 2 * MOST_JOINED).map("x".__mul__)


@given(st.lists(text, max_size=30))
def test_every_text_travels_once_and_a_joined_request_keeps_its_length(texts: list[str]) -> None:
    requests = list(requests_of(texts))
    assert sorted(text for request in requests for text in request) == sorted(texts)
    assert all(len(SEPARATOR.join(request)) <= MOST_JOINED for request in requests if len(request) > 1)
    assert all(request for request in requests)


@given(st.lists(st.integers(1, MOST_JOINED).map("x".__mul__), min_size=2, max_size=30))
def test_no_two_neighbours_would_fit_one_request(texts: list[str]) -> None:
    requests = list(requests_of(texts))
    for one, next_one in itertools.pairwise(requests):
        assert len(SEPARATOR.join([*one, next_one[0]])) > MOST_JOINED


async def test_quiet_texts_cost_one_request() -> None:
    classifier = FakeClassifier()
    scores = await scorer(classifier).score_all(["one", "two harm_violence_1", "three", "one"])
    assert classifier.seen == ["one\n\ntwo harm_violence_1\n\nthree"]
    assert [one[HarmCategory.VIOLENCE].severity for one in scores] == [1, 1, 1, 1]


@pytest.mark.parametrize("severity", range(LOOKED_AT_AGAIN, 8))
async def test_from_severity_2_on_each_text_is_scored_by_itself(severity: int) -> None:
    classifier = FakeClassifier()
    texts = ["one", f"two harm_sexual_{severity}", "three"]
    scores = await scorer(classifier).score_all(texts)
    assert classifier.seen == ["\n\n".join(texts), *texts]
    assert [one[HarmCategory.SEXUAL].severity for one in scores] == [0, severity, 0]


async def test_a_long_text_goes_alone() -> None:
    classifier = FakeClassifier()
    long = "word " * 500
    await scorer(classifier).score_all(["one", long, "two"])
    assert classifier.seen == ["one", long, "two"]


@pytest.mark.parametrize("apart", ["\n\n", "\n \n", "\r\n\r\n", "\n\t\n\n"])
def test_a_text_of_several_paragraphs_goes_alone(apart: str) -> None:
    """The classifier judges paragraphs by themselves: among others a text must stay one."""
    whole = f"one{apart}two"
    assert list(requests_of(["a", whole, "b"])) == [(whole,), ("a", "b")]


async def test_a_text_that_was_scored_is_not_sent_again() -> None:
    classifier = FakeClassifier()
    one = scorer(classifier)
    await one.score_all(["one", "two"])
    await one.score_all(["two", "three", "one"])
    assert classifier.seen == ["one\n\ntwo", "three"]


@pytest.mark.parametrize("missing", HarmCategory)
async def test_a_category_that_a_joined_answer_leaves_out_is_asked_for_text_by_text(missing) -> None:
    classifier = FakeClassifier(without=frozenset({missing}))
    scores = await scorer(classifier).score_all(["one", "two"])
    assert classifier.seen == ["one\n\ntwo", "one", "two"]
    assert all(not one[missing].is_complete for one in scores)


def test_only_scores_that_are_whole_and_low_are_quiet() -> None:
    quiet = dict.fromkeys(HarmCategory, 1)
    assert is_quiet(scores_of(quiet))
    assert not is_quiet(unscored("attempts_exhausted"))
    for category in HarmCategory:
        assert not is_quiet(scores_of(quiet | {category: LOOKED_AT_AGAIN}))
        assert not is_quiet(scores_of(quiet | {category: None}))


def test_what_is_looked_at_again_lies_below_what_fails() -> None:
    assert POLICY.fail_severity > LOOKED_AT_AGAIN
    assert not is_defect(LOOKED_AT_AGAIN)
