"""What is spoken of at Azure OpenAI, and what is asked of it: copies of files, trainings, deployments, accounts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import BinaryIO, Final, Protocol

from shared.ids import data_evaluation_id
from shared.outcome import OutcomeEvent
from shared.subject import TrainingFile, TunedModel

STANDS_AT_MOST: Final = timedelta(days=1)
"""How long an evaluation deployment stands, and how long after its training a model is deployed at all. An evaluation
takes 20 hours at most; an outcome is told for a day; a second event within two days is known for a duplicate."""
STANDARD: Final = "Standard"
"""The trainings and deployments that stay in the resource's region; Global and Data Zone ones do not."""
BADLY: Final = frozenset({"failed", "cancelled", "canceled"})
"""How a training or the making of a deployment ends without a result."""

COPY_NAME: Final = re.compile(
    r"\Atunegate\.(?P<evaluation>[0-9a-f]{32})\.(?P<job>[A-Za-z0-9._-]{1,100})\.jsonl\Z"
)
DEPLOYMENT_NAME: Final = re.compile(r"\Atunegate-(?P<evaluation>[0-9a-f]{32})\Z")
LINK_SUFFIX: Final = re.compile(r"\Atg[0-9a-f]{16}\Z")
_FILE_BITS: Final = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file of a job as it stands: which version, and since when."""

    file: TrainingFile
    since_utc: datetime

    @property
    def evaluation(self) -> str:
        file = self.file
        return data_evaluation_id(
            account=file.account, container=file.container, blob=file.blob, etag=file.etag
        )

    @property
    def copy_name(self) -> str:
        return f"tunegate.{self.evaluation}.{self.file.job}.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A file of ours at the fine-tuning resource. `ready` once it may be trained on, `refused` if it never may."""

    id: str
    name: str
    created_utc: datetime
    ready: bool
    refused: bool = False

    @property
    def evaluation(self) -> str:
        """The evaluation of the version that it is a copy of."""
        return self._part("evaluation")

    @property
    def job(self) -> str:
        return self._part("job")

    def _part(self, name: str) -> str:
        match = COPY_NAME.match(self.name)
        return match[name] if match else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A fine-tuning job; `model` is its tuned model's id, empty until there is one."""

    id: str
    status: str
    base: str
    """The model it tunes, as Azure reports it: with its version."""
    kind: str
    """Where it trains, such as Standard; empty where the answer does not say."""
    model: str
    created_utc: datetime
    finished_utc: datetime | None
    files: tuple[str, ...]
    """The ids of the file it learns and, if there is one, of the file it is measured by."""
    suffix: str = ""
    seed: int | None = None

    @property
    def ended_badly(self) -> bool:
        return self.status in BADLY

    @property
    def may_use_its_files(self) -> bool:
        return not self.ended_badly and self.status != "succeeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What marks a training as a job's, and as the one of certain files of it, wherever their copies went.

    Two marks, since no page shows an answer with the first: a suffix of 18 characters, which Azure adds to the
    model's name, and a seed, which it gives back and which counts where no suffix of ours is. Their first parts stand
    for the job, their last for the files. Of the seed's 31 bits the job has 20: it has to be told from every training
    at the resource, the files only from those before them under the same job.
    """

    suffix: str
    seed: int

    @classmethod
    def of(cls, job: str, evaluations: Sequence[str] = ()) -> "Link":
        """The link of the job's files that these evaluations are of, the training file's first."""
        whose, which = (sha256(text.encode()).hexdigest() for text in (job, "".join(evaluations)))
        seed = int(whose[8:13], 16) << _FILE_BITS | int(which[8:16], 16) >> 32 - _FILE_BITS
        return cls(suffix=f"tg{whose[:8]}{which[:8]}", seed=seed)

    def marks(self, training: Training) -> bool:
        """Whether it is of exactly these files."""
        has_suffix = LINK_SUFFIX.match(training.suffix)
        return training.suffix == self.suffix if has_suffix else training.seed == self.seed

    def marks_job(self, training: Training) -> bool:
        """Whether it is of the job, whatever files it learned."""
        if LINK_SUFFIX.match(training.suffix):
            return training.suffix[:10] == self.suffix[:10]
        return training.seed is not None and training.seed >> _FILE_BITS == self.seed >> _FILE_BITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """A training whose files are all ours: the job, and the evaluations that passed them, the training file's first."""

    job: str
    evaluations: tuple[str, ...]
    training: Training


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the fine-tuning resource holds: the copies that are ours, and all trainings."""

    copies: Sequence[Copy]
    trainings: Sequence[Training]
    unread: int = 0
    """How many files and jobs do not parse, and how many lists are not known to be whole. Any of it may be ours."""

    @cached_property
    def copies_by_id(self) -> Mapping[str, Copy]:
        return {copy.id: copy for copy in self.copies}

    @cached_property
    def tuned(self) -> Mapping[str, Tuned]:
        """By their ids, the trainings whose files, learned or measured by, are all copies of one job's that passed."""
        found: dict[str, Tuned] = {}
        for one in self.trainings:
            own = [self.copies_by_id[id] for id in one.files if id in self.copies_by_id]
            jobs = {copy.job for copy in own}
            if len(own) == len(one.files) and len(jobs) == 1:
                evaluations = tuple(copy.evaluation for copy in own)
                found[one.id] = Tuned(job=jobs.pop(), evaluations=evaluations, training=one)
        return found

    def of(self, job: str) -> Sequence[Training]:
        """The job's trainings, the oldest first: of its copies, or with its link, wherever their copies went."""
        link = Link.of(job)
        own = {id for id, tuned in self.tuned.items() if tuned.job == job}
        found = [one for one in self.trainings if one.id in own or link.marks_job(one)]
        return sorted(found, key=lambda one: (one.created_utc, one.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployment of ours at the evaluation account; `job` and `created_utc` are what its tags say, if they do."""

    name: str
    model: str = ""
    sku: str = ""
    state: str = ""
    job: str = ""
    created_utc: datetime | None = None

    @staticmethod
    def name_for(evaluation: str) -> str:
        return f"tunegate-{evaluation}"

    @property
    def evaluation(self) -> str:
        match = DEPLOYMENT_NAME.match(self.name)
        return match["evaluation"] if match else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An Azure OpenAI resource as Azure Resource Manager describes it."""

    region: str
    endpoints: tuple[str, ...]
    """Where its models answer, as the allow-list spells it: `https://NAME.openai.azure.com/openai/v1`."""
    has_keys: bool
    """Whether anybody who holds a key may call it, whatever roles are given."""


class Outcomes(Protocol):
    async def waiting(self) -> Sequence[OutcomeEvent]:
        """The outcomes that wait for whoever trains; none is taken away. Some may have expired."""


class Folders(Protocol):
    async def of(self, job: str) -> Sequence[Upload]:
        """The job's files as they stand now."""


class Tuning(Protocol):
    """The fine-tuning resource."""

    async def account(self) -> Account: ...

    async def held(self) -> Held: ...

    async def upload(self, name: str, content: BinaryIO) -> Copy: ...

    async def digest(self, copy: Copy) -> str:
        """The SHA-256 of what the resource holds, in hex."""

    async def remove(self, copy: Copy) -> None: ...

    async def start(self, *, training_file: str, validation_file: str | None, link: Link) -> None:
        """Start a fine-tuning job in the resource's own region."""


class Deployments(Protocol):
    """The account that evaluation deployments are made in."""

    async def account(self) -> Account: ...

    async def standing(self) -> Sequence[Deployment]:
        """Every deployment of ours there."""

    async def create(self, name: str, *, model: str, job: str, now_utc: datetime) -> None:
        """Ask for a Standard deployment, tagged with the job and the time; it stands some minutes later."""

    async def remove(self, name: str) -> None:
        """Ask for its removal; where there is none, that is as good."""


class Topic(Protocol):
    async def training_completed(self, model: TunedModel, *, evaluation: str, now_utc: datetime) -> None:
        """Tell that the model may be evaluated; the same evaluation gives an event of the same id."""
