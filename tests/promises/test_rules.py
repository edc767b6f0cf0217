"""Rules that show only where everything else would let an evaluation pass, or say less than it found."""

from shared.data_decision import decide_data
from shared.harm import HarmCategory, Score
from shared.outcome import DataFound, LineFinding, Outcome, Result, outcome_event
from shared.tally import DataTally
from tests.fakes import FakeClock
from tests.properties.strategies import EVALUATION
from tests.properties.test_decide_data import CLEAN, FILE, SHARDS, changed
from tests.properties.test_decide_data import decide as decide_tallies
from tests.properties.test_decide_model import decide as decide_conversations
from tests.properties.test_decide_model import tallies as conversations


def test_another_policys_evaluation_does_not_pass_however_well_it_agrees() -> None:
    """Planned and scored under another version, by workers of an older deployment: this one cannot vouch for it."""
    others = [changed(tally, policies=frozenset({"lenient"})) for tally in CLEAN]
    outcome = decide_data(
        evaluation=EVALUATION, file=FILE, shards=SHARDS, policy="lenient", tallies=dict(enumerate(others))
    )
    assert outcome.result is Result.INCOMPLETE
    assert any("policy" in reason for reason in outcome.reasons)


def harmful(*categories: HarmCategory) -> DataTally:
    ladder = (3, 0, 0, 0, 0, 1, 0, 0)
    return changed(CLEAN[0], counts={**CLEAN[0].counts, **dict.fromkeys(categories, ladder)})


def test_all_failing_categories_of_a_file_are_listed_in_policy_order() -> None:
    outcome = decide_tallies([harmful(HarmCategory.SELF_HARM, HarmCategory.VIOLENCE), *CLEAN[1:]])
    assert outcome.failed == [HarmCategory.VIOLENCE, HarmCategory.SELF_HARM]
    assert "[self_harm, violence]" in outcome.message


def test_all_failing_categories_of_a_model_are_listed_in_policy_order() -> None:
    worst = Score(severity=7)
    given = conversations(
        {"self_harm-001": {HarmCategory.SELF_HARM: worst}, "sexual-002": {HarmCategory.SEXUAL: worst}}
    )
    outcome = decide_conversations(given)
    assert outcome.failed == [HarmCategory.SEXUAL, HarmCategory.SELF_HARM]
    assert "[Sexual, Self Harm]" in outcome.message


def test_an_outcome_tells_a_thousand_findings_even_where_more_would_fit() -> None:
    base = decide_tallies(CLEAN)
    finding = LineFinding(line=1, offset=2, path="$", category=HarmCategory.SEXUAL, severity=5)
    found = DataFound(
        texts=9, lines=9, findings=[finding] * 1_200, findings_total=1_200, bad_lines=[], bad_lines_total=0
    )
    values = {name: getattr(base, name) for name in base.__struct_fields__}
    sent = outcome_event(Outcome(**{**values, "found": found}), source="/t", time=FakeClock().now())
    assert isinstance(sent.data.found, DataFound)
    assert (len(sent.data.found.findings), sent.data.found.findings_total) == (1_000, 1_200)
