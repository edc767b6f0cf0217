"""Connect Azure OpenAI, which tells nobody that a training is completed: start it, watch it, have it evaluated.

Nothing is stored. Every look reads the state anew from what is there: the outcomes that wait for a trainer, the job's
files, the copies of them at the fine-tuning resource (their names say the job and the evaluation that passed them), the
fine-tuning jobs made of these copies, and the evaluation deployments. So a look that dies anywhere is done again.
"""

import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Protocol

from shared.errors import BadSettings, FileChanged, Unavailable
from shared.ids import data_evaluation_id, model_evaluation_id
from shared.outcome import OutcomeEvent, Result
from shared.ports import Clock, TrainingFiles, Verdicts
from shared.settings import Settings
from shared.subject import TrainingFile, TunedModel

MAX_COPY_BYTES: Final = 512_000_000
"""Azure OpenAI takes training files of less than 512 MB."""
STANDS_AT_MOST: Final = timedelta(days=1)
"""How long an evaluation deployment stands, and how long after its training a model is deployed at all. An evaluation
takes 20 hours at most; an outcome is told for a day; a second event within two days is known for a duplicate."""
STANDARD: Final = "Standard"
"""The deployments that keep what they are asked in the resource's region; Global and Data Zone ones do not."""

_DEPLOYMENT: Final = "tunegate-"
_OURS: Final = re.compile(rf"\A{_DEPLOYMENT}[0-9a-f]{{32}}\Z")
_BADLY: Final = frozenset({"failed", "cancelled", "canceled"})
_COPY: Final = re.compile(
    r"\Atunegate\.(?P<evaluation>[0-9a-f]{32})\.(?P<job>[A-Za-z0-9._-]{1,100})\.jsonl\Z"
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A file at the fine-tuning resource. `ready` once it may be trained on."""

    id: str
    name: str
    created_utc: datetime
    ready: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A fine-tuning job; `model` is its tuned model's id, empty until there is one."""

    id: str
    status: str
    model: str
    created_utc: datetime
    finished_utc: datetime | None
    files: tuple[str, ...]
    """The ids of the file it learns and, if there is one, of the file it is measured by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployment at the evaluation account; `job` and `created_utc` are what its tags say, if they do."""

    name: str
    model: str
    sku: str
    state: str
    job: str
    created_utc: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An Azure OpenAI resource as Azure Resource Manager describes it."""

    region: str
    endpoint: str
    """Where its models answer, as the allow-list spells it: `https://NAME.openai.azure.com/openai/v1`."""
    has_keys: bool
    """Whether anybody who holds a key may call it, whatever roles are given."""


class Outcomes(Protocol):
    async def waiting(self) -> Sequence[OutcomeEvent]:
        """The outcomes that wait for whoever trains; none is taken away."""


class Folders(Protocol):
    async def of(self, job: str) -> Sequence[TrainingFile]:
        """The job's files as they stand now."""


class Tuning(Protocol):
    """The fine-tuning resource."""

    async def account(self) -> Account: ...

    async def copies(self) -> Sequence[Copy]: ...

    async def upload(self, name: str, content: bytes) -> Copy: ...

    async def digest(self, copy: Copy) -> str:
        """The SHA-256 of what the resource holds, in hex."""

    async def remove(self, copy: Copy) -> None: ...

    async def trainings(self) -> Sequence[Training]: ...

    async def start(self, *, training_file: str, validation_file: str | None) -> None:
        """Start a fine-tuning job in the resource's own region."""


class Deployments(Protocol):
    """The account that evaluation deployments are made in."""

    async def account(self) -> Account: ...

    async def standing(self) -> Sequence[Deployment]:
        """Every deployment there, whoever made it."""

    async def create(self, name: str, *, model: str, job: str, now_utc: datetime) -> None:
        """Ask for a Standard deployment, tagged with the job and the time; it stands some minutes later."""

    async def remove(self, name: str) -> None:
        """Ask for its removal; where there is none, that is as good."""


class Topic(Protocol):
    async def training_completed(self, model: TunedModel, *, evaluation: str, now_utc: datetime) -> None:
        """Tell that the model may be evaluated; the same evaluation gives an event of the same id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tuned:
    """A training whose files are all ours: the job, and the evaluations that passed them, the training file's first."""

    job: str
    evaluations: tuple[str, ...]
    training: Training

    @property
    def ended_badly(self) -> bool:
        return self.training.status in _BADLY


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a look found."""

    waiting: Sequence[OutcomeEvent]
    standing: Mapping[str, Deployment] = field(default_factory=dict)
    copies: Mapping[str, Copy] = field(default_factory=dict)
    endpoint: str = ""

    def has_ended(self, evaluation: str) -> bool:
        return any(event.data.evaluation == evaluation for event in self.waiting)

    def has_passed(self, file: TrainingFile) -> bool | None:
        """Whether exactly this version of the file passed; None where no outcome says."""
        own = [event.data for event in self.waiting if event.data.evaluation == _evaluation_of(file)]
        return all(one.result is Result.PASSED and one.subject == file for one in own) if own else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """Azure OpenAI, connected."""

    settings: Settings
    clock: Clock
    files: TrainingFiles
    folders: Folders
    outcomes: Outcomes
    tuning: Tuning
    deployments: Deployments
    topic: Topic
    verdicts: Verdicts

    async def look(self) -> None:
        """Take everything one step further.

        Raises Unavailable, after all that could be done, where a service was away, and BadSettings where an account
        may not be used; what is left then is the next look's.
        """
        away: list[Unavailable] = []
        waiting: Sequence[OutcomeEvent] | None = None
        with _noted("outcomes", away):
            waiting = await self.outcomes.waiting()
        # Before anything that can fail: what stands costs by the hour.
        standing = await self._sweep(_Seen(waiting=waiting or ()), away)
        if waiting is not None and standing is not None:
            with _noted("fine-tuning", away):
                account = await self._require_accounts()
                copies = {copy.id: copy for copy in await self.tuning.copies() if _COPY.match(copy.name)}
                seen = _Seen(waiting=waiting, standing=standing, copies=copies, endpoint=account.endpoint)
                await self._advance(seen, away)
        if away:
            raise Unavailable(f"{len(away)} steps are left to the next look")

    async def _sweep(self, seen: _Seen, away: list[Unavailable]) -> dict[str, Deployment] | None:
        """Remove every deployment of ours that is of no more use; all of ours, None where nobody can say."""
        standing: dict[str, Deployment] | None = None
        with _noted("deployments", away):
            standing = {one.name: one for one in await self.deployments.standing() if _OURS.match(one.name)}
            for name, deployment in standing.items():
                with _noted(name, away):
                    if await self._is_over(deployment, seen):
                        await self.deployments.remove(name)
                        standing[name] = replace(deployment, state="Deleting")
        return standing

    async def _is_over(self, deployment: Deployment, seen: _Seen) -> bool:
        created = deployment.created_utc
        if seen.has_ended(deployment.name.removeprefix(_DEPLOYMENT)) or deployment.state.lower() in _BADLY:
            return True
        # Without its time nobody would know when to remove it.
        if created is None or self.clock.now() - created >= STANDS_AT_MOST:
            return True
        # Somebody else may have taken the outcome; where it was a verdict, the row is there.
        return bool(deployment.job) and await self._has_verdict(deployment.job)

    async def _advance(self, seen: _Seen, away: list[Unavailable]) -> None:
        tuned = [ours for training in await self.tuning.trainings() if (ours := _ours(training, seen.copies))]
        of_job: defaultdict[str, list[_Tuned]] = defaultdict(list)
        for one in sorted(tuned, key=lambda one: (one.training.created_utc, one.training.id)):
            of_job[one.job].append(one)
        for job, trainings in of_job.items():
            # A job has one model. Should there be a second training, its model is nobody's.
            first = next((one for one in trainings if not one.ended_badly), None)
            if first is not None and first.training.status == "succeeded":
                with _noted(job, away):
                    await self._evaluate(first, seen)
        for job in sorted({event.data.job for event in seen.waiting if event.data.kind == "data"}):
            with _noted(job, away):
                await self._start(job, seen, of_job[job])
        for copy in seen.copies.values():
            with _noted(copy.name, away):
                if self._is_spent(copy, tuned):
                    await self.tuning.remove(copy)

    async def _require_accounts(self) -> Account:
        """The evaluation account; raises BadSettings where it or the fine-tuning account may not be used."""
        tuning, evaluation = await self.tuning.account(), await self.deployments.account()
        region = self.settings.region
        problems = {
            f"The fine-tuning account is not in the region {region}.": tuning.region != region.lower(),
            f"The evaluation account is not in the region {region}.": evaluation.region != region.lower(),
            "The evaluation account takes keys: their holders could call the model.": evaluation.has_keys,
            f"{evaluation.endpoint} is not an endpoint that is allowed.": not self.settings.allows(
                evaluation.endpoint
            ),
        }
        if any(problems.values()):
            raise BadSettings("\n".join(problem for problem, is_so in problems.items() if is_so))
        return evaluation

    async def _evaluate(self, tuned: _Tuned, seen: _Seen) -> None:
        """Have a tuned model evaluated: a deployment first, then, once it stands, the event that names it."""
        training, now, resource = tuned.training, self.clock.now(), self.settings.resource
        evaluation = model_evaluation_id(resource=resource, job=tuned.job, model=training.model, attempt=0)
        name = _DEPLOYMENT + evaluation
        is_late = training.finished_utc is None or now - training.finished_utc >= STANDS_AT_MOST
        if not training.model or is_late or seen.has_ended(evaluation) or await self._has_verdict(tuned.job):
            return
        deployment = seen.standing.get(name)
        if not await self._learned_what_passed(tuned, seen):
            _log.warning("job %s: training %s did not learn the files it has", tuned.job, training.id)
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

    async def _learned_what_passed(self, tuned: _Tuned, seen: _Seen) -> bool:
        """Whether the job's files are those its training learned, no others, and none that is known to have failed.

        The bytes are compared each time: a copy's name alone is anybody's to give.
        """
        files = {_evaluation_of(file): file for file in await self.folders.of(tuned.job)}
        has_failed = any(seen.has_passed(file) is False for file in files.values())
        if files.keys() != set(tuned.evaluations) or has_failed:
            return False
        learned = zip(tuned.training.files, tuned.evaluations, strict=True)
        return all([await self._holds(seen.copies[id], files[evaluation]) for id, evaluation in learned])

    async def _holds(self, copy: Copy, file: TrainingFile) -> bool:
        try:
            content = await self._content(file)
        except FileChanged:
            return False
        return await self.tuning.digest(copy) == sha256(content).hexdigest()

    async def _start(self, job: str, seen: _Seen, trainings: Sequence[_Tuned]) -> None:
        """Start the job's training where every file of it passed as it stands now."""
        files = await self.folders.of(job)
        if not files or not all(seen.has_passed(file) for file in files):
            return
        chosen = _chosen(files)
        if chosen is None:
            _log.warning(
                "job %s needs one training file and at most one for validation, below 512 MB each", job
            )
            return
        evaluations = tuple(_evaluation_of(file) for file in chosen)
        is_trained = any(not one.ended_badly or one.evaluations == evaluations for one in trainings)
        if is_trained or await self._has_verdict(job):
            return
        copies = [await self._copy(file, seen) for file in chosen]
        ready = [copy.id for copy in copies if copy is not None and copy.ready]
        if len(ready) == len(chosen):
            await self.tuning.start(training_file=ready[0], validation_file=ready[1] if ready[1:] else None)
            _log.info("job %s: training started", job)

    async def _copy(self, file: TrainingFile, seen: _Seen) -> Copy | None:
        """The file's copy at the resource; None where it cannot be had, or is ready and holds anything else."""
        name = f"tunegate.{_evaluation_of(file)}.{file.job}.jsonl"
        copy = next((copy for copy in seen.copies.values() if copy.name == name), None)
        if copy is None:
            try:
                copy = await self.tuning.upload(name, await self._content(file))
            except FileChanged:
                _log.warning("job %s was changed while it was read: nothing is trained", file.job)
                return None
        if copy.ready and not await self._holds(copy, file):
            _log.warning("copy %s does not hold what passed", name)
            await self.tuning.remove(copy)
            return None
        return copy

    async def _content(self, file: TrainingFile) -> bytes:
        content = bytearray()
        async for chunk in self.files.read(file, 0, file.length):
            content += chunk
        if len(content) != file.length:
            raise FileChanged("file_changed")
        return bytes(content)

    def _is_spent(self, copy: Copy, tuned: Sequence[_Tuned]) -> bool:
        """Whether a copy is of no more use: a day old, and no training of the last day or of now has it."""
        now = self.clock.now()
        return now - copy.created_utc >= STANDS_AT_MOST and not any(
            copy.id in one.training.files
            and not one.ended_badly
            and (one.training.finished_utc is None or now - one.training.finished_utc < STANDS_AT_MOST)
            for one in tuned
        )

    async def _has_verdict(self, job: str) -> bool:
        return await self.verdicts.read(resource=self.settings.resource, job=job) is not None


@contextmanager
def _noted(what: str, away: list[Unavailable]) -> Iterator[None]:
    """Note that a service was away, and let the rest of the look be done nevertheless."""
    try:
        yield
    except Unavailable as error:
        _log.warning("%s: %s", what, error)
        away.append(error)


def _ours(training: Training, copies: Mapping[str, Copy]) -> _Tuned | None:
    """The training, where every file it learned or was measured by is a copy of one job's that had passed."""
    parts = [_COPY.match(copies[id].name) if id in copies else None for id in training.files]
    jobs = {part["job"] if part else "" for part in parts}
    if len(jobs) != 1 or "" in jobs:
        return None
    evaluations = tuple(part["evaluation"] for part in parts if part)
    return _Tuned(job=jobs.pop(), evaluations=evaluations, training=training)


def _chosen(files: Sequence[TrainingFile]) -> tuple[TrainingFile, ...] | None:
    """The training file and, if there is one, the validation file, whose name ends in `validation` or
    `validation.jsonl`; None where that is not clear, or where one is too large."""
    validation = [file for file in files if re.search(r"validation(\.jsonl)?\Z", file.blob, re.IGNORECASE)]
    training = [file for file in files if file not in validation]
    is_clear = len(training) == 1 and len(validation) <= 1
    is_small = all(file.length < MAX_COPY_BYTES for file in files)
    return (*training, *validation) if is_clear and is_small else None


def _evaluation_of(file: TrainingFile) -> str:
    return data_evaluation_id(account=file.account, container=file.container, blob=file.blob, etag=file.etag)
