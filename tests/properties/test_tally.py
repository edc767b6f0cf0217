"""Tallies are a set and folding is a join; what travels is what was sent."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import BadMessage
from shared.harm import HarmCategory
from shared.messages import decode_tally, encode
from shared.tally import MAX_FINDINGS, MAX_TALLY_BYTES, DataTally, TextFinding, fit, fold
from tests.properties.strategies import EVALUATION, data_tallies, model_tallies


@pytest.mark.parametrize("kind", [data_tallies, model_tallies], ids=["data", "model"])
@given(data=st.data())
def test_folding_ignores_order_and_duplicates(kind, data) -> None:
    tallies = data.draw(st.lists(kind, max_size=6))
    twice = data.draw(st.lists(st.sampled_from(tallies), max_size=4)) if tallies else []
    shuffled = data.draw(st.permutations([*tallies, *twice]))
    assert fold(shuffled) == fold(tallies)


@pytest.mark.parametrize("kind", [data_tallies, model_tallies], ids=["data", "model"])
@given(data=st.data())
def test_a_join_never_loses_harm_or_what_is_unscored(kind, data) -> None:
    one, other = data.draw(kind), data.draw(kind)
    joined = one.join(other)
    for tally in (one, other):
        assert set(tally.findings) <= set(joined.findings)
        assert tally.policies <= joined.policies
        assert tally.shard_counts <= joined.shard_counts
        assert all(joined.unscored[reason] >= count for reason, count in tally.unscored.items())
        if isinstance(tally, DataTally):
            assert tally.spans <= joined.spans
            for category, ladder in tally.counts.items():
                assert all(a >= b for a, b in zip(joined.counts[category], ladder, strict=True))
        else:
            for name, conversation in tally.conversations.items():
                for category, score in conversation.items():
                    worse = joined.conversations[name][category]
                    assert score.unscored <= worse.unscored
                    assert score.severity is None or (worse.severity or 0) >= score.severity


@pytest.mark.parametrize("kind", [data_tallies, model_tallies], ids=["data", "model"])
@given(data=st.data())
def test_a_tally_travels_unchanged(kind, data) -> None:
    tally = data.draw(kind)
    assert decode_tally(encode(tally)) == tally
    assert encode(decode_tally(encode(tally))) == encode(tally)


def test_a_tally_fits_32_kb_and_200_findings_and_keeps_its_totals() -> None:
    findings = tuple(
        TextFinding(number * 10**6, number, "$." + "x" * 98, HarmCategory.HATE_FAIRNESS, 7)
        for number in range(5000)
    )
    tally = DataTally(
        evaluation=EVALUATION,
        shard=0,
        findings=findings,
        counts={HarmCategory.HATE_FAIRNESS: (0,) * 7 + (5000,)},
    )
    fitted = fit(tally)
    assert 100 < len(fitted.findings) <= MAX_FINDINGS
    assert len(encode(fitted)) <= MAX_TALLY_BYTES
    assert fitted.counts == tally.counts
    assert fitted.findings == findings[: len(fitted.findings)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"\xff",
        b'{"type":"data-tally"}',
        b'{"type":"other","evaluation":"x"}',
        b'{"type":"data-tally","evaluation":"' + EVALUATION.encode() + b'","shard":-1}',
        b'{"type":"data-tally","evaluation":"' + EVALUATION.encode() + b'","shard":0,"secret words":1}',
        b'{"type":"data-tally","evaluation":"' + EVALUATION.encode() + b'","shard":0,"version":2}',
        b'{"type":"data-tally","evaluation":"'
        + EVALUATION.encode()
        + b'","shard":0,"counts":{"violence":[1]}}',
        b'{"type":"data-tally","evaluation":"' + EVALUATION.encode() + b'","shard":0,"texts":true}',
    ],
)
def test_a_tally_that_is_not_exactly_one_is_refused_without_quoting_it(body: bytes) -> None:
    with pytest.raises(BadMessage) as refused:
        decode_tally(body)
    assert "secret" not in str(refused.value)
    assert refused.value.__suppress_context__


@pytest.mark.parametrize("kind", [data_tallies, model_tallies], ids=["data", "model"])
@given(data=st.data())
def test_a_tally_that_leaves_a_figure_out_is_refused(kind, data) -> None:
    whole = json.loads(encode(data.draw(kind)))
    left_out = data.draw(st.sampled_from(sorted(whole)))
    with pytest.raises(BadMessage):
        decode_tally(json.dumps({name: value for name, value in whole.items() if name != left_out}).encode())
