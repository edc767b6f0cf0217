"""Connect Azure OpenAI, which tells nobody that a training is completed: start it, watch it, have it evaluated.

Nothing is stored. Every look reads the state anew from what is there: the outcomes that wait for a trainer, the job's
files, the copies of them at the fine-tuning resource (their names say the job and the evaluation that passed them), the
fine-tuning jobs made of these copies (each with a link that says so even where the copies are gone), and the evaluation
deployments. So a look that dies anywhere is done again.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.errors import BadSettings, Unavailable
from shared.fine_tuning import (
    STANDARD,
    STANDS_AT_MOST,
    Copy,
    Deployment,
    Deployments,
    Folders,
    Held,
    Link,
    Outcomes,
    Topic,
    Training,
    Tuned,
    Tuning,
    Upload,
)
from shared.ids import model_evaluation_id
from shared.outcome import OutcomeEvent, Result
from shared.ports import Clock, TrainingFiles, Verdicts
from shared.settings import Settings
from shared.subject import TunedModel
from shared.sweep import Steps, Sweep
from shared.times import MESSAGE_TTL
from shared.training_copies import TrainingCopies, chosen

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a look found."""

    waiting: Sequence[OutcomeEvent]
    standing: Mapping[str, Deployment]
    held: Held
    endpoint: str

    def has_ended(self, evaluation: str) -> bool:
        return any(event.data.evaluation == evaluation for event in self.waiting)

    def has_passed(self, upload: Upload) -> bool | None:
        """Whether exactly this version of the file passed; None where no outcome says."""
        own = [event.data for event in self.waiting if event.data.evaluation == upload.evaluation]
        return all(one.result is Result.PASSED and one.subject == upload.file for one in own) if own else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """Azure OpenAI, connected."""

    settings: Settings
    base_model: str
    """The model to tune, as Azure reports it of a training."""
    clock: Clock
    files: TrainingFiles
    folders: Folders
    outcomes: Outcomes
    tuning: Tuning
    deployments: Deployments
    topic: Topic
    verdicts: Verdicts
    _told: set[object] = field(default_factory=set, repr=False)

    async def look(self) -> None:
        """Take everything one step further.

        Raises Unavailable, after all that could be done, where a service was away, and BadSettings where an account
        may not be used; what is left then is the next look's.
        """
        steps = Steps()
        waiting: list[OutcomeEvent] | None = None
        try:
            with steps.step("outcomes"):
                # A peek may show what has expired.
                oldest = self.clock.now() - MESSAGE_TTL
                waiting = [event for event in await self.outcomes.waiting() if event.time > oldest]
        finally:
            # Whatever failed, and before anything else that can: what stands costs by the hour.
            standing = await self._sweep.remove({event.data.evaluation for event in waiting or ()}, steps)
        if waiting is not None and standing is not None:
            with steps.step("fine-tuning"):
                endpoint, held = await self._require_accounts(), await self.tuning.held()
                seen = _Seen(waiting=waiting, standing=standing, held=held, endpoint=endpoint)
                await self._advance(seen, steps)
        steps.require_all()

    @property
    def _sweep(self) -> Sweep:
        resource = self.settings.resource
        return Sweep(
            clock=self.clock, deployments=self.deployments, verdicts=self.verdicts, resource=resource
        )

    @property
    def _copies(self) -> TrainingCopies:
        return TrainingCopies(files=self.files, tuning=self.tuning)

    async def _advance(self, seen: _Seen, steps: Steps) -> None:
        self._tell_of_dead_ends(seen)
        for job in dict.fromkeys(one.job for one in seen.held.tuned.values()):
            # A job has one model. Should there be a second training, its model is nobody's.
            first = next((one.id for one in seen.held.of(job) if not one.ended_badly), "")
            tuned = seen.held.tuned.get(first)
            if tuned is not None and tuned.job == job and tuned.training.status == "succeeded":
                with steps.step(job):
                    await self._evaluate(tuned, seen)
        if seen.held.unread:
            raise Unavailable(f"{seen.held.unread} files, jobs or lists not read: nothing is started")
        # A file in no job's folder has an outcome all the same.
        jobs = {event.data.job for event in seen.waiting if event.data.kind == "data" and event.data.job}
        for job in sorted(jobs):
            with steps.step(job):
                await self._start(job, seen)
        for copy in seen.held.copies:
            with steps.step(copy.name):
                if self._is_spent(copy, seen.held.trainings):
                    await self.tuning.remove(copy)

    async def _require_accounts(self) -> str:
        """Where the evaluation account's models answer; raises BadSettings where an account may not be used."""
        tuning, evaluation = await self.tuning.account(), await self.deployments.account()
        region = self.settings.region
        allowed = [endpoint for endpoint in evaluation.endpoints if self.settings.allows(endpoint)]
        problems = {
            f"The fine-tuning account is not in the region {region}.": tuning.region != region.lower(),
            f"The evaluation account is not in the region {region}.": evaluation.region != region.lower(),
            "The evaluation account takes keys: their holders could call the model.": evaluation.has_keys,
            f"{' and '.join(evaluation.endpoints)}: no endpoint that is allowed.": not allowed,
        }
        if any(problems.values()):
            raise BadSettings("\n".join(problem for problem, is_so in problems.items() if is_so))
        return allowed[0]

    async def _evaluate(self, tuned: Tuned, seen: _Seen) -> None:
        """Have a tuned model evaluated: a deployment first, then, once it stands, the event that names it."""
        training, now, resource = tuned.training, self.clock.now(), self.settings.resource
        evaluation = model_evaluation_id(resource=resource, job=tuned.job, model=training.model, attempt=0)
        name = Deployment.name_for(evaluation)
        is_late = training.finished_utc is None or now - training.finished_utc >= STANDS_AT_MOST
        if not training.model or is_late or seen.has_ended(evaluation) or await self._has_verdict(tuned.job):
            return
        deployment = seen.standing.get(name)
        if deployment is None and seen.held.unread:
            return  # what was not read may be the job's first training
        if deployment is not None and deployment.state.lower() == "deleting":
            return
        if objection := await self._objection(tuned, seen):
            self._warn("job %s: training %s %s", tuned.job, training.id, objection)
            if deployment is not None:
                await self.deployments.remove(name)
        elif deployment is None:
            await self.deployments.create(name, model=training.model, job=tuned.job, now_utc=now)
            _log.info("job %s: deployment %s asked for", tuned.job, name)
        elif deployment.model != training.model or deployment.sku.lower() != STANDARD.lower():
            _log.warning("deployment %s is none that was asked for", name)
            await self.deployments.remove(name)
        elif deployment.state.lower() == "succeeded":
            # At every look until the outcome: nobody knows whether the event before arrived, and the planner's
            # messages have the same ids each time.
            model = TunedModel(
                resource=resource, job=tuned.job, attempt=0, model=training.model, endpoint=seen.endpoint,
                deployment=name,
            )  # fmt: skip
            await self.topic.training_completed(model, evaluation=evaluation, now_utc=now)
            _log.info("job %s: evaluation %s asked for", tuned.job, evaluation)

    async def _objection(self, tuned: Tuned, seen: _Seen) -> str:
        """Why the model must not be evaluated: anything but the asked-for training of the job's files, all of them and
        no others, none of which is known not to have passed. Empty where it may."""
        training = tuned.training
        if training.base != self.base_model:
            return "tuned another model"
        if training.kind.lower() not in ("", STANDARD.lower()):
            return "may have left the region"
        uploads = {upload.evaluation: upload for upload in await self.folders.of(tuned.job)}
        if uploads.keys() != set(tuned.evaluations):
            return "did not learn the files that the job has"
        for upload in uploads.values():
            passed = seen.has_passed(upload)
            # Outcomes are kept for a day: of a younger file any would still be there.
            is_young = self.clock.now() - upload.since_utc < MESSAGE_TTL
            if passed is False or (passed is None and is_young):
                return "learned a file that did not pass"
        for id, evaluation in zip(training.files, tuned.evaluations, strict=True):
            if not await self._copies.holds(seen.held.copies_by_id[id], uploads[evaluation].file):
                return "learned other bytes than the job has"
        return ""

    async def _start(self, job: str, seen: _Seen) -> None:
        """Start the job's training where every file of it passed as it stands now."""
        uploads = await self.folders.of(job)
        if not uploads or not all(seen.has_passed(upload) for upload in uploads):
            return
        files = chosen(uploads)
        if files is None:
            self._warn(
                "job %s needs one training file and at most one for validation, below 512 MB each", job
            )
            return
        evaluations = tuple(upload.evaluation for upload in files)
        link = Link.of(job, evaluations)
        if self._has_training(job, link, evaluations, seen) or await self._has_verdict(job):
            return
        copies = [await self._copies.get(upload, seen.held.copies_by_id) for upload in files]
        ready = [copy.id for copy in copies if copy is not None and copy.ready]
        if len(ready) == len(files):
            validation = ready[1] if ready[1:] else None
            await self.tuning.start(training_file=ready[0], validation_file=validation, link=link)
            _log.info("job %s: training started", job)

    def _has_training(self, job: str, link: Link, evaluations: tuple[str, ...], seen: _Seen) -> bool:
        """Whether the job has a training of these files, or of others that did not end badly."""
        has = False
        for one in seen.held.of(job):
            tuned = seen.held.tuned.get(one.id)
            is_same = link.marks(one) or (tuned is not None and tuned.evaluations == evaluations)
            if is_same and tuned is None:
                self._warn("job %s: the copies of training %s are gone: it is not evaluated", job, one.id)
            elif not is_same and not one.ended_badly:
                self._warn("job %s has training %s, of other files: use a new job's name", job, one.id)
            has = has or is_same or not one.ended_badly
        return has

    def _is_spent(self, copy: Copy, trainings: Sequence[Training]) -> bool:
        """Whether a copy is of no more use: a day old, and no training of now or that ended in the last day has it."""
        latest = self.clock.now() - STANDS_AT_MOST
        return copy.created_utc <= latest and not any(
            copy.id in one.files
            and (
                one.may_use_its_files or (one.status == "succeeded" and (one.finished_utc or latest) > latest)
            )
            for one in trainings
        )

    def _tell_of_dead_ends(self, seen: _Seen) -> None:
        """Warn of what goes no further unless somebody acts."""
        for one in seen.held.tuned.values():
            training = one.training
            if training.ended_badly:
                self._warn("job %s: training %s: %s", one.job, training.id, training.status)
            elif training.status == "succeeded" and (training.finished_utc is None or not training.model):
                self._warn(
                    "job %s: training %s succeeded without its model or its time: it is not evaluated",
                    one.job,
                    training.id,
                )
        for copy in seen.held.copies:
            if copy.refused:
                self._warn("job %s: Azure OpenAI refuses its file, copy %s", copy.job, copy.id)

    def _warn(self, message: str, *parts: str) -> None:
        """Warn once, as long as the process lasts."""
        if (message, parts) not in self._told:
            self._told.add((message, parts))
            _log.warning(message, *parts)

    async def _has_verdict(self, job: str) -> bool:
        return await self.verdicts.read(resource=self.settings.resource, job=job) is not None
