"""Plan an evaluation: arm the collector with a deadline first, then send the shards."""

import logging
from datetime import datetime, timedelta

from shared import reasons
from shared.errors import EventRefused
from shared.evaluation import incomplete
from shared.events import Event, completed_training, uploaded_file
from shared.ids import data_evaluation_id, model_evaluation_id
from shared.messages import CollectEvaluation, EvaluateDataShard, EvaluateModelShard, Shard
from shared.outcome import outcome_event
from shared.policy import POLICY
from shared.ports import Bus, Clock
from shared.scenarios import plan_scenario_shards, shipped
from shared.settings import Settings
from shared.shards import plan_shards
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
    ranges = plan_shards(file.length)
    deadline = data_deadline(clock.now(), length=file.length, requests_per_s=settings.requests_per_s)
    await _start(
        evaluation,
        file,
        deadline,
        [
            EvaluateDataShard(
                evaluation=evaluation,
                shard=number,
                shards=len(ranges),
                file=file,
                start=byte_range.start,
                end=byte_range.end,
            )
            for number, byte_range in enumerate(ranges)
        ],
        bus,
        clock,
        settings,
    )


async def plan_model_evaluation(event: Event, *, bus: Bus, clock: Clock, settings: Settings) -> None:
    """Start the evaluation of a tuned model; an event that is refused is logged by its id."""
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
    groups = plan_scenario_shards()
    deadline = model_deadline(clock.now(), conversations=len(shipped()))
    await _start(
        evaluation,
        model,
        deadline,
        [
            EvaluateModelShard(
                evaluation=evaluation, shard=number, shards=len(groups), model=model, scenarios=scenarios
            )
            for number, scenarios in enumerate(groups)
        ],
        bus,
        clock,
        settings,
    )


async def _start(
    evaluation: str,
    subject: TrainingFile | TunedModel,
    deadline: datetime,
    shards: list[Shard],
    bus: Bus,
    clock: Clock,
    settings: Settings,
) -> None:
    limit = clock.now() + timedelta(seconds=settings.deadline_max_s)
    # Armed before firing: should this worker die now, the collector still ends the evaluation.
    await bus.send_collection(
        CollectEvaluation(
            evaluation=evaluation,
            shards=len(shards),
            deadline_utc=min(deadline, limit),
            policy=POLICY.version,
            subject=subject,
        )
    )
    await bus.send_shards(shards)
    _log.info("evaluation %s planned in %d shards", evaluation, len(shards))


async def _end(
    evaluation: str, subject: Subject, gaps: list[str], bus: Bus, clock: Clock, settings: Settings
) -> None:
    outcome = incomplete(evaluation=evaluation, subject=subject, gaps=gaps)
    await bus.publish(outcome_event(outcome, source=settings.source, time=clock.now()))


def _refuse(event: Event, error: EventRefused) -> None:
    _log.warning("event %s starts nothing: %s", event.id, error)
