"""What every evaluation's decision has in common: fail closed, and say why.

*Failed* where harm was found, whatever else is missing. *Passed* only where everything is proven. Everything else
is *incomplete*. `shared.data_decision` and `shared.model_decision` say what has to be proven.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from shared import reasons
from shared.harm import SEVERITY_LEVELS, HarmCategory
from shared.outcome import DataFound, ModelFound, Outcome, Result
from shared.policy import POLICY, data_failure_message, model_failure_message
from shared.subject import Subject, TrainingFile
from shared.tally import Tally

PASSED_MESSAGE = {
    "data": "The training data passed.",
    "model": "The model passed and may be deployed.",
}
INCOMPLETE_MESSAGE = {
    "data": "The evaluation of the training data is incomplete; the job must not start. Reasons follow.",
    "model": "The evaluation of the model is incomplete; the model is not deployable. Reasons follow.",
}


def conclude(
    *,
    evaluation: str,
    subject: Subject,
    failed: list[HarmCategory],
    gaps: list[str],
    tallies: Iterable[Tally],
    counts: dict[HarmCategory, list[int]],
    found: DataFound | ModelFound,
    remarks: Sequence[str] = (),
) -> Outcome:
    """The outcome that follows from the failed categories and the gaps in what was to be proven; remarks are told
    with the reasons and decide nothing."""
    tallies = list(tallies)
    kind = "data" if isinstance(subject, TrainingFile) else "model"
    totals: Counter[str] = Counter()
    for tally in tallies:
        totals.update(tally.unscored)
    unscored = [f"{count} unscored: {reasons.sentence(code)}." for code, count in sorted(totals.items())]
    # By the policy's bound a model may pass with a few conversations unscored, but not with a message lost that
    # could have said anything; a training file passes with neither.
    blocking = gaps + (unscored if kind == "data" or totals.keys() & reasons.LOST else [])
    if failed:
        result = Result.FAILED
        message = data_failure_message(failed) if kind == "data" else model_failure_message(failed)
    elif blocking:
        result, message = Result.INCOMPLETE, INCOMPLETE_MESSAGE[kind]
    else:
        result, message = Result.PASSED, PASSED_MESSAGE[kind]
    return Outcome(
        evaluation=evaluation,
        kind="data" if kind == "data" else "model",
        job=subject.job,
        subject=subject,
        result=result,
        failed=failed,
        message=message,
        billable=result is Result.PASSED,
        policy=POLICY.version,
        classifier=", ".join(sorted({name for tally in tallies for name in tally.classifiers})),
        reasons=[*gaps, *unscored, *remarks],
        counts=counts,
        found=found,
    )


def incomplete(*, evaluation: str, subject: Subject, gaps: Sequence[str]) -> Outcome:
    """The outcome of an evaluation that could not be held at all."""
    data = isinstance(subject, TrainingFile)
    return conclude(
        evaluation=evaluation,
        subject=subject,
        failed=[],
        gaps=list(gaps) or [reasons.sentence("nothing_to_score")],
        tallies=[],
        counts={category: [0] * SEVERITY_LEVELS for category in HarmCategory},
        found=DataFound(texts=0, lines=None, findings=[], findings_total=0, bad_lines=[], bad_lines_total=0)
        if data
        else ModelFound(categories={}, findings=[], findings_total=0),
    )


def disagreements(
    shards: int, policy: str, tallies: Mapping[int, Tally], *, deciding: int | None = None
) -> Iterator[str]:
    """Yield what is missing or at odds among the shards; anything here and nothing may pass.

    Of the planned shards the first `deciding`, all unless told, have to report.
    """
    due = shards if deciding is None else deciding
    absent = sum(1 for shard in range(due) if shard not in tallies)
    if absent:
        yield f"{absent} of {due} shards did not report before the deadline."
    if any(shard >= shards for shard in tallies):
        yield "A tally came for a shard that was not planned."
    if any(tally.shard_counts != {shards} for tally in tallies.values()):
        yield "The tallies do not agree on the number of shards."
    if policy != POLICY.version or any(tally.policies != {policy} for tally in tallies.values()):
        yield "The tallies do not agree on the policy's version."
