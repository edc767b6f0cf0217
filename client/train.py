"""`tunegate train`: the local stand-in for a trainer. It trains on accepted bytes only, and tells Tunegate."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath

from client.acceptances import Acceptance, Acceptances
from client.container import TrainingContainer, evaluation_of
from client.errors import Misused, NotDecided, NotPassed
from client.notices import outcome_among
from client.scale import told_of
from client.target import Target
from client.terminal import Terminal
from client.trainer import Trainer
from client.verdict import row_of
from client.watchers import SubscriptionWatchers
from client.webhook import post_training_completed
from shared.errors import Unavailable
from shared.events import training_completed
from shared.ids import model_evaluation_id
from shared.outcome import OutcomeEvent, Result
from shared.scenario_set import shipped_set
from shared.subject import TrainingFile, TunedModel


async def train(
    job: str, *, attempt: int, file_name: str | None, target: Target, terminal: Terminal
) -> TunedModel:
    """The tuned model, once it is trained and its evaluation has been asked for.

    Raises Misused where the job has its verdict already, NotPassed or NotDecided where any file of the job has not
    passed as it stands now.
    """
    region = target.region
    if await row_of(job, target) is not None:
        # A row is never raised, and a standing *deployable* would speak for a model it was not given for.
        raise Misused(
            f"Job {job} has its verdict already. A corrected model is a new job: submit it under a new name."
        )
    async with (
        TrainingContainer(target.training_storage, target.container) as container,
        Acceptances(target.service_bus) as acceptances,
    ):
        files = await container.files(job)
        if not files:
            raise NotDecided(f"Job {job} has no training file. Submit one: tunegate submit FILE --job {job}")
        chosen = _chosen(files, job, file_name)
        waiting = await acceptances.of(job)
        for file in files:
            _check(file, await _outcome_of(file, waiting, target))
        content = b"".join([chunk async for chunk in container.read(chosen)])
        model = await _tuned(chosen, content, attempt=attempt, target=target, terminal=terminal)
        evaluation = model_evaluation_id(resource=model.resource, job=job, model=model.model, attempt=attempt)
        event = training_completed(model, evaluation=evaluation, region=region, time=datetime.now(UTC))
        await post_training_completed(target.host, target.host_key, event)
        # Last: whatever fails before leaves the outcome where it was, and the command can be run again.
        await acceptances.take(waiting)
    if terminal.json:
        terminal.emit(event.decode())
    terminal.say(f"The model of job {job} is trained, and its evaluation has begun: {model.model}")
    terminal.note(told_of(shipped_set()))
    again = f" --attempt {attempt}" if attempt else ""
    terminal.note(f"Next: tunegate watch {job}{again}")
    return model


def _chosen(files: Sequence[TrainingFile], job: str, file_name: str | None) -> TrainingFile:
    """The file to learn; the others of a job are its validation files."""
    named = [file for file in files if file_name in (None, PurePosixPath(file.blob).name)]
    if len(named) == 1:
        return named[0]
    if not named:
        raise Misused(f"Job {job} has no file named {file_name}.")
    raise Misused(f"Job {job} has {len(files)} files. Say which one to learn: --file NAME")


async def _outcome_of(
    file: TrainingFile, waiting: Sequence[Acceptance], target: Target
) -> OutcomeEvent | None:
    """The outcome of this version of the file, if there is one.

    It waits in subscription `training` until a trainer takes it; for another attempt at the same model it is
    taken already, and what `watchers` holds says the same.
    """
    evaluation = evaluation_of(file)
    for acceptance in waiting:
        if acceptance.event.data.evaluation == evaluation:
            return acceptance.event
    async with SubscriptionWatchers(target.service_bus) as watchers:
        try:
            found = outcome_among(await watchers.look(evaluation, hold_s=0.3))
        except Unavailable:
            return None
    return found.event if found else None


def _check(file: TrainingFile, event: OutcomeEvent | None) -> None:
    see = f"See: tunegate watch {file.job}"
    if event is None:
        raise NotDecided(f"{file.blob} has no outcome yet; nothing was trained. {see}")
    if event.data.result is Result.FAILED:
        raise NotPassed(f"{file.blob} was refused; nothing was trained. {see}")
    if event.data.result is not Result.PASSED or event.data.subject != file:
        raise NotDecided(f"{file.blob} has not passed; nothing was trained. {see}")


async def _tuned(
    file: TrainingFile, content: bytes, *, attempt: int, target: Target, terminal: Terminal
) -> TunedModel:
    endpoint, resource = target.model_endpoint, target.resource
    with terminal.bar(f"Training on {file.blob}"):
        async with Trainer(endpoint, target.model_key) as trainer:
            name = await trainer.train(file.job, PurePosixPath(file.blob).name, content)
    return TunedModel(
        resource=resource, job=file.job, attempt=attempt, model=name, endpoint=endpoint, deployment=name
    )
