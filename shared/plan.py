"""Plan an evaluation: arm the collector with a deadline first, then send the shards."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from shared import reasons
from shared.errors import EventRefused
from shared.evaluation import incomplete
from shared.events import Event, completed_training, uploaded_file
from shared.fan_out import parts_of
from shared.ids import data_evaluation_id, model_evaluation_id
from shared.messages import CollectEvaluation, EvaluateDataShard, EvaluateModelShard, FanOutDataShards, Work
from shared.outcome import outcome_event
from shared.policy import POLICY
from shared.ports import Bus, Clock
from shared.scenario_set import ScenarioSet
from shared.settings import Settings
from shared.shards import shard_count
from shared.subject import Subject, TrainingFile, TunedModel
from shared.times import data_deadline, model_deadline

_log = logging.getLogger(__name__)


async def plan_data_evaluation(event: Event, *, bus: Bus, clock: Clock, settings: Settings) -> None:
    """Start the evaluation of an uploaded file; an event that is refused is logged by its id."""
    try:
        file = uploaded_file(event, settings)
    except EventRefused as error:
        _refuse(event, error)
        return
    evaluation = data_evaluation_id(
        account=file.account, container=file.container, blob=file.blob, etag=file.etag
    )
    refused = {"wrong_format": file.is_other_format, "file_too_large": file.is_too_large}
    gaps = [reasons.sentence(code) for code, is_so in refused.items() if is_so]
    if gaps:
        await _end(evaluation, file, gaps, bus, clock, settings)
        return
    shards = shard_count(file.length)
    deadline = data_deadline(clock.now(), length=file.length, requests_per_s=settings.requests_per_s)
    await _start(
        evaluation,
        file,
        deadline,
        shards,
        _work(evaluation, file, shards),
        bus,
        clock,
        settings,
    )


async def plan_model_evaluation(
    event: Event, *, bus: Bus, clock: Clock, settings: Settings, scenarios: ScenarioSet
) -> None:
    """Start the evaluation of a tuned model, and of its base where one is named; an event that is refused is logged
    by its id."""
    try:
        completed = completed_training(event, settings)
    except EventRefused as error:
        _refuse(event, error)
        return
    model = completed.model
    evaluation = model_evaluation_id(
        resource=model.resource, job=model.job, model=model.model, attempt=model.attempt
    )
    if completed.missing:
        gap = f"{reasons.sentence('tags_missing')}: {', '.join(completed.missing)}"
        await _end(evaluation, model, [gap], bus, clock, settings)
        return
    groups = scenarios.shards()
    # The tuned model's shards come first: a base that is slow or gone must not hold up what decides.
    tasks = [
        (group, of_base)
        for of_base in ([False, True] if model.base_deployment else [False])
        for group in groups
    ]
    deadline = model_deadline(clock.now(), conversations=len(scenarios) * len(tasks) // len(groups))
    await _start(
        evaluation,
        model,
        deadline,
        len(tasks),
        [
            EvaluateModelShard(
                evaluation=evaluation,
                shard=number,
                shards=len(tasks),
                model=model,
                base=of_base,
                scenarios=group,
            )
            for number, (group, of_base) in enumerate(tasks)
        ],
        bus,
        clock,
        settings,
    )


async def _start(
    evaluation: str,
    subject: TrainingFile | TunedModel,
    deadline: datetime,
    shards: int,
    work: Sequence[Work],
    bus: Bus,
    clock: Clock,
    settings: Settings,
) -> None:
    limit = clock.now() + timedelta(seconds=settings.deadline_max_s)
    # Armed before firing: should this worker die now, the collector still ends the evaluation.
    await bus.send_collection(
        CollectEvaluation(
            evaluation=evaluation,
            shards=shards,
            deadline_utc=min(deadline, limit),
            started_utc=clock.now(),
            policy=POLICY.version,
            subject=subject,
        )
    )
    await bus.send_shards(work)
    _log.info("evaluation %s planned in %d shards", evaluation, shards)


def _work(evaluation: str, file: TrainingFile, shards: int) -> Sequence[Work]:
    if shards > 1:
        return parts_of(
            FanOutDataShards(evaluation=evaluation, first=0, end=shards, shards=shards, file=file)
        )
    return [EvaluateDataShard(evaluation=evaluation, shard=0, shards=1, file=file, start=0, end=file.length)]


async def _end(
    evaluation: str, subject: Subject, gaps: list[str], bus: Bus, clock: Clock, settings: Settings
) -> None:
    outcome = incomplete(evaluation=evaluation, subject=subject, gaps=gaps)
    await bus.publish(outcome_event(outcome, source=settings.source, time=clock.now()))


def _refuse(event: Event, error: EventRefused) -> None:
    # An id is whatever its sender wrote: cut and escaped, it is one short line.
    _log.warning("event %s starts nothing: %s", event.id[:100].encode("unicode_escape").decode(), error)
