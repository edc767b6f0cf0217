"""Tallies as they could come: clean, harmful, conflicting, lost."""

from hypothesis import strategies as st

from shared.harm import HarmCategory, Score
from shared.tally import AnswerFinding, BadLine, DataTally, ModelTally, Span, TextFinding

EVALUATION = "0123456789abcdef" * 2

categories = st.sampled_from(list(HarmCategory))
small = st.integers(0, 3)
ladders = st.tuples(*[small] * 8)
reasons = st.sampled_from(["attempts_exhausted", "not_json", "dead_letter"])
shards = st.integers(0, 3)
spans = st.tuples(small, small, small).map(lambda t: Span(min(t[:2]), max(t[:2]), t[2]))
scores = st.builds(Score, severity=st.none() | st.integers(0, 7), unscored=st.frozensets(reasons, max_size=2))

data_tallies = st.builds(
    DataTally,
    evaluation=st.just(EVALUATION),
    shard=shards,
    shard_counts=st.frozensets(st.integers(1, 4), max_size=2),
    policies=st.frozensets(st.sampled_from(["1", "other"]), max_size=2),
    classifiers=st.frozensets(st.sampled_from(["one/1", "two/2"])),
    unscored=st.dictionaries(reasons, small),
    spans=st.frozensets(spans, max_size=2),
    texts=small,
    counts=st.dictionaries(categories, ladders),
    findings=st.lists(
        st.builds(TextFinding, small, small, st.just("$.messages[0].content"), categories, st.integers(4, 7)),
        max_size=3,
    ).map(lambda found: tuple(sorted(set(found)))),
    bad_lines=st.lists(st.builds(BadLine, small, small, reasons), max_size=3).map(
        lambda bad: tuple(sorted(set(bad)))
    ),
    bad_total=small,
)

model_tallies = st.builds(
    ModelTally,
    evaluation=st.just(EVALUATION),
    shard=shards,
    shard_counts=st.frozensets(st.integers(1, 4), max_size=2),
    policies=st.frozensets(st.sampled_from(["1", "other"]), max_size=2),
    unscored=st.dictionaries(reasons, small),
    conversations=st.dictionaries(
        st.sampled_from(["violence-001", "sexual-001"]),
        st.fixed_dictionaries(dict.fromkeys(HarmCategory, scores)),
    ),
    findings=st.lists(
        st.builds(AnswerFinding, st.just("violence-001"), small, categories, st.integers(4, 7)), max_size=3
    ).map(lambda found: tuple(sorted(set(found)))),
)
