"""No missing, conflicting or added thing ever turns a data evaluation into *passed*."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.data_decision import decide_data
from shared.harm import HarmCategory
from shared.outcome import Result
from shared.policy import POLICY
from shared.subject import TrainingFile
from shared.tally import DataTally, Span, fold, lost_data_tally
from tests.properties.strategies import EVALUATION, data_tallies

SHARDS = 3
LENGTH = 30
FILE = TrainingFile(job="job", account="a", container="c", blob="job/f", etag="e", length=LENGTH)
RANK = {Result.PASSED: 0, Result.INCOMPLETE: 1, Result.FAILED: 2}


def clean(shard: int, *, texts: int = 4) -> DataTally:
    return DataTally(
        evaluation=EVALUATION,
        shard=shard,
        shard_counts=frozenset({SHARDS}),
        spans=frozenset({Span(shard * 10, shard * 10 + 10, 2)}),
        texts=texts,
        counts={category: (texts, *[0] * 7) for category in HarmCategory},
    )


def decide(tallies, *, length: int = LENGTH, policy: str = POLICY.version):
    file = TrainingFile(job="job", account="a", container="c", blob="job/f", etag="e", length=length)
    return decide_data(evaluation=EVALUATION, file=file, shards=SHARDS, policy=policy, tallies=fold(tallies))


CLEAN = [clean(shard) for shard in range(SHARDS)]


def changed(tally: DataTally, **changes) -> DataTally:
    return DataTally(**{**{name: getattr(tally, name) for name in tally.__struct_fields__}, **changes})


def test_clean_and_complete_passes_and_only_that_is_billable() -> None:
    outcome = decide(CLEAN)
    assert outcome.result is Result.PASSED
    assert outcome.billable
    assert outcome.reasons == []
    assert outcome.found.lines == 6


@dataclass(frozen=True)
class Spoiled:
    tallies: list
    length: int = LENGTH
    policy: str = POLICY.version


SPOILED = {
    "a shard missing": Spoiled(CLEAN[:2]),
    "no shard": Spoiled([]),
    "a shard lost": Spoiled([*CLEAN[:2], lost_data_tally(EVALUATION, 2, SHARDS, "dead_letter")]),
    "a shard lost after it reported": Spoiled(
        [*CLEAN, lost_data_tally(EVALUATION, 2, SHARDS, "dead_letter")]
    ),
    "a gap": Spoiled([CLEAN[0], changed(CLEAN[1], spans=frozenset({Span(11, 20, 2)})), CLEAN[2]]),
    "an overlap": Spoiled([CLEAN[0], changed(CLEAN[1], spans=frozenset({Span(9, 20, 2)})), CLEAN[2]]),
    "bytes beyond the file": Spoiled(CLEAN, length=29),
    "bytes short of the file": Spoiled(CLEAN, length=31),
    "two spans for one shard": Spoiled([*CLEAN, changed(CLEAN[1], spans=frozenset({Span(10, 20, 3)}))]),
    "no span": Spoiled([*CLEAN[:2], changed(CLEAN[2], spans=frozenset())]),
    "no text at all": Spoiled([clean(shard, texts=0) for shard in range(SHARDS)]),
    "a text unscored": Spoiled([*CLEAN[:2], changed(CLEAN[2], unscored={"attempts_exhausted": 1})]),
    "a category not counted": Spoiled(
        [*CLEAN[:2], changed(CLEAN[2], counts={HarmCategory.VIOLENCE: (4, *[0] * 7)})]
    ),
    "a bad line": Spoiled([*CLEAN[:2], changed(CLEAN[2], bad_total=1)]),
    "another shard count": Spoiled([*CLEAN[:2], changed(CLEAN[2], shard_counts=frozenset({4}))]),
    "an unknown shard count": Spoiled([*CLEAN[:2], changed(CLEAN[2], shard_counts=frozenset())]),
    "a shard too many": Spoiled([*CLEAN, changed(CLEAN[2], shard=3, spans=frozenset({Span(30, 30, 0)}))]),
    "another policy in a tally": Spoiled([*CLEAN[:2], changed(CLEAN[2], policies=frozenset({"lenient"}))]),
    "another policy when it was planned": Spoiled(CLEAN, policy="lenient"),
}


def test_whatever_is_missing_or_conflicting_is_incomplete_with_a_reason() -> None:
    for name, spoiled in SPOILED.items():
        outcome = decide(spoiled.tallies, length=spoiled.length, policy=spoiled.policy)
        assert outcome.result is Result.INCOMPLETE, name
        assert outcome.reasons, name
        assert not outcome.billable, name


@settings(max_examples=300)
@given(
    added=st.lists(data_tallies, max_size=3),
    base=st.sampled_from([CLEAN, *[s.tallies for s in SPOILED.values()]]),
)
def test_adding_any_tally_never_makes_the_result_better(added, base) -> None:
    before, after = decide(base), decide([*base, *added])
    # More tallies may complete what was missing, but only by telling more; harm and gaps never go away.
    if before.result is not Result.INCOMPLETE:
        assert RANK[after.result] >= RANK[before.result]
    assert set(before.failed) <= set(after.failed)


@given(
    shard=st.integers(0, 2),
    category=st.sampled_from(list(HarmCategory)),
    severity=st.integers(4, 7),
    count=st.integers(1, 9),
)
def test_harm_fails_whatever_else_is_missing(shard, category, severity, count) -> None:
    ladder = [4, *[0] * 7]
    ladder[severity] += count
    harmful = changed(CLEAN[shard], counts={**CLEAN[shard].counts, category: tuple(ladder)})
    for spoiled in [Spoiled(CLEAN), *SPOILED.values()]:
        outcome = decide([*spoiled.tallies, harmful], length=spoiled.length, policy=spoiled.policy)
        assert outcome.result is Result.FAILED
        assert category in outcome.failed


def test_severity_3_is_reported_and_does_not_fail() -> None:
    mild = changed(CLEAN[0], counts={**CLEAN[0].counts, HarmCategory.VIOLENCE: (3, 0, 0, 1, 0, 0, 0, 0)})
    outcome = decide([mild, *CLEAN[1:]])
    assert outcome.result is Result.PASSED
    assert outcome.counts[HarmCategory.VIOLENCE] == [11, 0, 0, 1, 0, 0, 0, 0]


def test_lines_are_numbered_from_the_file_and_null_behind_an_unscored_shard() -> None:
    from shared.tally import TextFinding

    late = changed(
        CLEAN[2],
        counts={**CLEAN[2].counts, HarmCategory.SEXUAL: (3, 0, 0, 0, 1, 0, 0, 0)},
        findings=(TextFinding(25, 1, "$.messages[0].content", HarmCategory.SEXUAL, 4),),
    )
    told = decide([*CLEAN[:2], late]).found.findings
    assert [(finding.line, finding.offset) for finding in told] == [(6, 25)]
    lost = lost_data_tally(EVALUATION, 1, SHARDS, "dead_letter")
    told = decide([CLEAN[0], lost, late]).found.findings
    assert [(finding.line, finding.offset) for finding in told] == [(None, 25)]


def test_what_one_tally_counts_twice_does_not_stand_in_for_what_another_left_out() -> None:
    twice = changed(CLEAN[0], counts=dict.fromkeys(HarmCategory, (4, 4, 0, 0, 0, 0, 0, 0)))
    nothing = changed(CLEAN[1], counts={})
    assert decide([twice, nothing, CLEAN[2]]).result is Result.INCOMPLETE
