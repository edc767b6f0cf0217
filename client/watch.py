"""`tunegate watch`: the outcome of a job's model or, as long as it has none, of its training data."""

from collections.abc import Sequence

from client.bus import SERVICE
from client.container import TrainingContainer, evaluation_of
from client.errors import NotDecided
from client.notices import OutcomeNotice, Watchers
from client.reaching import away
from client.target import Target
from client.terminal import Terminal
from client.trainer import Trainer, digest_of, model_of
from client.waiting import wait_and_show
from client.watchers import SubscriptionWatchers
from shared.errors import SessionBusy, Unavailable
from shared.ids import model_evaluation_id
from shared.subject import TrainingFile


async def watch(
    job: str,
    *,
    model: str | None,
    attempt: int | None,
    timeout_s: float | None,
    target: Target,
    terminal: Terminal,
) -> Sequence[OutcomeNotice]:
    """The outcome of the job's model, or of each of its files where no model was trained on them yet.

    The model is the one named, else the one the local trainer makes of the files as they stand now.
    """
    again = f" --attempt {attempt}" if attempt else ""
    named = f" --model {model}" if model else ""
    go_on = f"tunegate watch {job}{named}{again}"
    async with SubscriptionWatchers(target.service_bus) as watchers:
        files: Sequence[TrainingFile] = ()
        if model is None:
            async with TrainingContainer(target.training_storage, target.container) as container:
                files = await container.files(job)
                if not files:
                    raise NotDecided(
                        f"Nothing is known of job {job}. Submit a file: tunegate submit FILE --job {job}"
                    )
                candidates = [model_of(job, await digest_of(container.read(file))) for file in files]
            model = await _trained(job, candidates, attempt, watchers, target)
        if model is not None:
            evaluation = model_evaluation_id(
                resource=target.resource, job=job, model=model, attempt=attempt or 0
            )
            notice = await wait_and_show(
                watchers, evaluation, what="the model", go_on=go_on, timeout_s=timeout_s, terminal=terminal
            )
            return [notice]
        terminal.note(f"Job {job} has no tuned model yet; this is about its training data.")
        return [
            await wait_and_show(
                watchers,
                evaluation_of(file),
                what=file.blob,
                go_on=go_on,
                timeout_s=timeout_s,
                terminal=terminal,
            )
            for file in files
        ]


async def _trained(
    job: str, candidates: Sequence[str], attempt: int | None, watchers: Watchers, target: Target
) -> str | None:
    """The candidate that the model server has, or whose evaluation has been heard of; None where there is none.

    With an attempt given, the question is about the model: the first candidate, if none is known.
    """
    if target.has("TUNEGATE_MODEL_ENDPOINTS"):
        async with Trainer(target.model_endpoint, target.model_key) as trainer:
            for candidate in candidates:
                if await trainer.has(candidate):
                    return candidate
    for candidate in candidates:
        evaluation = model_evaluation_id(
            resource=target.resource, job=job, model=candidate, attempt=attempt or 0
        )
        try:
            if await watchers.look(evaluation, hold_s=0.3):
                return candidate
        except SessionBusy:  # whoever watches it has a reason to
            return candidate
        except Unavailable as error:
            raise away(SERVICE, watchers.address, str(error)) from None
    return candidates[0] if attempt is not None else None
