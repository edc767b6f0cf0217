"""The files, fine-tuning jobs and models of one server; in memory only, gone when it ends."""

import asyncio
import hashlib
import logging
import re
import time
from dataclasses import dataclass, field

from local.model_server.replies import ApiError, Body
from local.model_server.training_file import TrainingFileError, read
from local.model_server.tuned_model import TunedModel

BASE_MODEL = "tunegate-base"

_SUFFIX = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """An uploaded file; its id is made from its bytes."""

    id: str
    name: str
    content: bytes
    sha256: str
    created_s: int

    def body(self) -> Body:
        """Yield the file as OpenAI describes one."""
        return {
            "id": self.id,
            "object": "file",
            "bytes": len(self.content),
            "created_at": self.created_s,
            "filename": self.name,
            "purpose": "fine-tune",
            "status": "processed",
        }


@dataclass(slots=True, kw_only=True)
class Job:
    """A fine-tuning job: running, then succeeded with a model or failed with a reason."""

    id: str
    model_id: str
    file: StoredFile
    created_s: int
    finished_s: int | None = None
    model: TunedModel | None = None
    failure: str | None = None

    @property
    def status(self) -> str:
        """The job's status in OpenAI's words."""
        if self.failure is not None:
            return "failed"
        return "running" if self.model is None else "succeeded"

    def body(self) -> Body:
        """Yield the job as OpenAI describes one."""
        error = {"code": "invalid_training_file", "message": self.failure, "param": "training_file"}
        return {
            "id": self.id,
            "object": "fine_tuning.job",
            "created_at": self.created_s,
            "finished_at": self.finished_s,
            "status": self.status,
            "error": error if self.failure is not None else None,
            "model": BASE_MODEL,
            "fine_tuned_model": self.model_id if self.model is not None else None,
            "training_file": self.file.id,
            "validation_file": None,
            "organization_id": "local",
            "result_files": [],
            "hyperparameters": {},
            "seed": 0,
            "trained_tokens": None,
        }


@dataclass(slots=True)
class Workshop:
    """Where files become models."""

    files: dict[str, StoredFile] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    models: dict[str, TunedModel] = field(default_factory=lambda: {BASE_MODEL: TunedModel.learned(())})
    _latest: dict[str, Job] = field(default_factory=dict)
    _learning: set[asyncio.Task[None]] = field(default_factory=set)

    def store(self, name: str, content: bytes) -> StoredFile:
        """Yield the stored file; the same bytes are the same file under the name they first had."""
        sha256 = hashlib.sha256(content).hexdigest()
        file = StoredFile(
            id=f"file-{sha256[:24]}", name=name, content=content, sha256=sha256, created_s=int(time.time())
        )
        return self.files.setdefault(file.id, file)

    def start(self, *, file_id: str, base_model: str, suffix: str) -> Job:
        """Yield the job that makes `ft:<base model>:<suffix>` of the file.

        The same suffix with the same bytes is the same job. With other bytes it is refused: a model's name
        must mean one training; only a job that failed gives its suffix free.
        """
        if base_model != BASE_MODEL:
            raise ApiError(
                404, "That model cannot be fine-tuned here.", code="model_not_found", param="model"
            )
        if not _SUFFIX.fullmatch(suffix):
            raise ApiError(400, "The suffix must match [A-Za-z0-9._:-]{1,128}.", param="suffix")
        file = self.files.get(file_id)
        if file is None:
            raise ApiError(
                400, "There is no such training file.", code="invalid_training_file", param="training_file"
            )
        model_id = f"ft:{BASE_MODEL}:{suffix}"
        earlier = self._latest.get(model_id)
        if earlier is not None and earlier.file.id == file.id:
            return earlier
        if earlier is not None and earlier.status != "failed":
            # The openai library would try a conflict again.
            never_retry = {"x-should-retry": "false"}
            raise ApiError(
                409, "Other bytes hold this suffix.", code="suffix_taken", param="suffix", headers=never_retry
            )
        digest = hashlib.sha256(f"{model_id}\n{file.sha256}".encode()).hexdigest()
        job = Job(id=f"ftjob-{digest[:24]}", model_id=model_id, file=file, created_s=int(time.time()))
        self.jobs[job.id] = self._latest[model_id] = job
        task = asyncio.create_task(self._learn(job))
        self._learning.add(task)
        task.add_done_callback(self._learning.discard)
        return job

    async def _learn(self, job: Job) -> None:
        try:
            job.model = await asyncio.to_thread(lambda: TunedModel.learned(read(job.file.content)))
            self.models[job.model_id] = job.model
        except TrainingFileError as refusal:
            job.failure = f"The training file cannot be used: {refusal}."
        job.finished_s = int(time.time())
        _log.info("%s %s", job.id, job.status)
