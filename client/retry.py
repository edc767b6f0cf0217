"""`tunegate retry`: evaluate a job's model once more, after an evaluation that ended incomplete."""

from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from client.bus import SERVICE
from client.container import TrainingContainer
from client.errors import Misused, NotDecided
from client.notices import Watchers, outcome_among
from client.reaching import away
from client.saved_outcome import events_in
from client.scale import told_of
from client.target import Target
from client.terminal import Terminal
from client.trainer import digest_of, model_of
from client.verdict import row_of
from client.watchers import SubscriptionWatchers
from client.webhook import post_training_completed
from shared.errors import SessionBusy, Unavailable
from shared.events import training_completed
from shared.ids import model_evaluation_id
from shared.outcome import Outcome, OutcomeEvent, Result
from shared.scenario_set import shipped_set
from shared.subject import TunedModel

MOST_ATTEMPTS = 9_999


async def retry(
    job: str, *, model: str | None, outcome_path: Path | None, target: Target, terminal: Terminal
) -> TunedModel:
    """The model as its next attempt names it, once its evaluation has been asked for.

    The attempt before is the latest that `watchers` still knows (a day at most), or the outcome in a file. Raises
    Misused where it did not end incomplete or the job has its verdict, NotDecided where it has not ended.
    """
    if await row_of(job, target) is not None:
        raise Misused(f"Job {job} has its verdict already. A corrected model is a new job.")
    if outcome_path is not None:
        last = _saved(outcome_path, job)
    else:
        async with SubscriptionWatchers(target.service_bus) as watchers:
            last = await _latest(job, await _models(job, model, target), watchers, target)
    subject = last.subject
    if not isinstance(subject, TunedModel) or last.result is not Result.INCOMPLETE:
        raise Misused(
            f"The evaluation of job {job}'s model {last.result}; only an incomplete one is tried again."
        )
    if subject.attempt >= MOST_ATTEMPTS:
        raise Misused(f"Job {job} has had {MOST_ATTEMPTS + 1} attempts. Submit it under a new name.")
    following = replace(subject, attempt=subject.attempt + 1)
    evaluation = model_evaluation_id(
        resource=following.resource, job=job, model=following.model, attempt=following.attempt
    )
    event = training_completed(following, evaluation=evaluation, region=target.region, time=datetime.now(UTC))
    await post_training_completed(target.host, target.host_key, event)
    if terminal.json:
        terminal.emit(event.decode())
    terminal.say(f"Attempt {following.attempt} at the model of job {job} has begun: {following.model}")
    terminal.note(told_of(shipped_set()))
    terminal.note(f"Next: tunegate watch {job} --attempt {following.attempt}")
    return following


async def _models(job: str, model: str | None, target: Target) -> list[str]:
    """The model named, else those the local trainer makes of the job's files."""
    if model is not None:
        return [model]
    async with TrainingContainer(target.training_storage, target.container) as container:
        return [model_of(job, await digest_of(container.read(file))) for file in await container.files(job)]


async def _latest(job: str, models: list[str], watchers: Watchers, target: Target) -> Outcome:
    for model in models:
        last: Outcome | None = None
        for attempt in range(MOST_ATTEMPTS + 1):
            evaluation = model_evaluation_id(resource=target.resource, job=job, model=model, attempt=attempt)
            found = await _look(watchers, evaluation)
            if found is None:
                break
            if not found:
                raise NotDecided(
                    f"Attempt {attempt} has not ended. See it with: tunegate watch {job} --attempt {attempt}"
                )
            last = found[0]
        if last is not None:
            return last
    raise NotDecided(
        f"No evaluation of job {job}'s model is known (outcomes are kept for a day). Name the model with --model, or "
        "give its outcome as watch --json printed it: --outcome FILE"
    )


async def _look(watchers: Watchers, evaluation: str) -> list[Outcome] | None:
    """The outcome; an empty list where there is only progress, None where nothing was ever heard."""
    try:
        notices = await watchers.look(evaluation, hold_s=0.5)
    except SessionBusy:
        return []
    except Unavailable as error:
        raise away(SERVICE, watchers.address, str(error)) from None
    found = outcome_among(notices)
    if found is not None:
        return [found.event.data]
    return [] if notices else None


def _saved(path: Path, job: str) -> Outcome:
    for event in events_in(path):
        if not isinstance(event, OutcomeEvent) or event.data.job != job:
            continue
        if isinstance(event.data.subject, TunedModel):
            return event.data
    raise Misused(f"{path} holds no outcome of job {job}'s model.")
