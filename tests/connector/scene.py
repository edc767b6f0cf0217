"""A customer's Azure around the connector: files, their outcomes, the stand-in, and time that passes between looks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from shared.adapters.azure_openai import AzureOpenAISettings, AzureTuning
from shared.adapters.event_grid_topic import EventGridTopic
from shared.adapters.resource_manager import AzureDeployments, ResourceManager
from shared.connect import Connector
from shared.errors import FileChanged, Unavailable
from shared.fine_tuning import Upload
from shared.harm import HarmCategory
from shared.ids import data_evaluation_id
from shared.outcome import DataFound, ModelFound, Outcome, OutcomeEvent, Result, outcome_event
from shared.settings import Connection, Settings
from shared.subject import TrainingFile, TunedModel
from tests.connector.standin import BASE, EVALUATION, REGION, TUNING, StandIn, tokens
from tests.fakes import FakeClock, FakeVerdicts

JOB = "support-1"
TICK = timedelta(minutes=5)
KEPT = timedelta(hours=24)


class Died(BaseException):
    """The process is gone in the middle of a look."""


class Scene:
    """Everything that outlives a look; the connector itself is made anew for each."""

    def __init__(self, azure: StandIn) -> None:
        self.azure = azure
        self.clock = FakeClock()
        azure.now = lambda: int(self.clock.now().timestamp())
        self.verdicts = FakeVerdicts()
        self.blobs: dict[str, tuple[str, bytes]] = {}
        self.since: dict[str, datetime] = {}
        self.puts = 0
        self.told: list[tuple[datetime, OutcomeEvent]] = []
        self.bus_away = False
        self.keeps_expired = False
        """Whether a peek shows outcomes for ever."""
        self.at_read: list[Any] = []
        """Called one by one, with the blob's name, before a file is read."""
        self.most_deployments = 0
        self.dies_at: tuple[int, str] | None = None
        self.steps: list[str] = []
        self.settings = Settings(
            resource="contoso",
            region=REGION,
            training_container="training",
            training_account="contosotraining",
            model_endpoints=frozenset({f"{azure.address}/contoso-evaluation/openai/v1"}),
            model_key="",
            requests_per_s=100,
            deadline_max_s=72_000,
            added_scenarios="",
            training_storage=Connection(secret="unused"),
            verdict_storage=Connection(secret="unused"),
            service_bus=Connection(secret="unused"),
            content_safety=Connection(secret="unused"),
        )

    def connector(self) -> Connector:
        azure = AzureOpenAISettings(
            tuning_account=TUNING,
            evaluation_account=EVALUATION,
            base_model=BASE,
            capacity=100,
            topic=f"{self.azure.address}/topic/api/events",
            client_id="",
            management=self.azure.address,
        )
        manager = ResourceManager(azure.management, tokens)
        return Connector(
            settings=self.settings,
            base_model=BASE,
            clock=self.clock,
            files=self,
            folders=self,
            outcomes=self,
            tuning=_Mortal(AzureTuning(azure, manager, tokens), self),
            deployments=_Mortal(AzureDeployments(azure, manager), self),
            topic=_Mortal(EventGridTopic(azure.topic, REGION, tokens), self),
            verdicts=self.verdicts,
        )

    async def look(self) -> bool:
        """One look and the five minutes after it; whether it did all it could."""
        whole = True
        try:
            await self.connector().look()
        except (Unavailable, Died):
            whole = False
        self.most_deployments = max(self.most_deployments, len(self.azure.deployments))
        self.clock.time += TICK
        return whole

    async def until_evaluated(self, looks: int = 30) -> None:
        """Let Azure do its part between looks until the model's outcome has come and nothing stands."""
        for _ in range(looks):
            await self.look()
            events = len(self.azure.events)
            self.azure.finish()
            self.azure.provision()
            await self.look()
            if self.azure.events and events:
                self.end_evaluation()
            if self.has_ended and not self.azure.deployments:
                return
        raise TimeoutError("no end")

    # What the customer does

    def put(
        self, name: str = "train.jsonl", content: bytes = b'{"messages": []}\n', job: str = JOB
    ) -> TrainingFile:
        """Upload a file, over what stood there."""
        blob = f"{job}/{name}"
        self.puts += 1
        self.blobs[blob] = (f"0x{self.puts:04X}", content)
        self.since[blob] = self.clock.now()
        return self.file(blob)

    def forge(self, file: TrainingFile, content: bytes | None = None, **told: Any) -> dict[str, Any]:
        """Begin a training as somebody would who may write to the fine-tuning resource, on a copy under our name."""
        evaluation = data_evaluation_id(
            account=file.account, container=file.container, blob=file.blob, etag=file.etag
        )
        copy = self.azure.put_file(
            f"tunegate.{evaluation}.{file.job}.jsonl", content or self.blobs[file.blob][1]
        )
        job = self.azure.put_job(model=BASE, training_file=copy["id"])
        self.azure.finish()
        job.update(told)
        return job

    def accept(self, *files: TrainingFile, result: Result = Result.PASSED) -> None:
        """Tell the outcome of these versions."""
        for file in files:
            outcome = Outcome(
                evaluation=data_evaluation_id(
                    account=file.account, container=file.container, blob=file.blob, etag=file.etag
                ),
                kind="data",
                job=file.job,
                subject=file,
                failed=[HarmCategory.VIOLENCE] if result is Result.FAILED else [],
                found=DataFound(
                    texts=1, lines=1, findings=[], findings_total=0, bad_lines=[], bad_lines_total=0
                ),
                **_ended(result),
            )
            self._tell(outcome)

    def end_evaluation(self, result: Result = Result.PASSED) -> None:
        """Tell the outcome of the model that an event named."""
        event = self.azure.events[-1]
        data = {name: value for name, value in event["data"].items() if name != "region"}
        outcome = Outcome(
            evaluation=event["id"].removesuffix(":completed"),
            kind="model",
            job=data["job"],
            subject=TunedModel(**data),
            failed=[],
            found=ModelFound(categories={}, findings=[], findings_total=0),
            **_ended(result),
        )
        self._tell(outcome)

    @property
    def has_ended(self) -> bool:
        return any(event.data.kind == "model" for _, event in self.told)

    def _tell(self, outcome: Outcome) -> None:
        self.told.append((self.clock.now(), outcome_event(outcome, source="/t", time=self.clock.now())))

    # The ports

    async def waiting(self) -> list[OutcomeEvent]:
        if self.bus_away:
            raise Unavailable("away")
        return [event for at, event in self.told if self.keeps_expired or self.clock.now() - at < KEPT]

    async def of(self, job: str) -> list[Upload]:
        return [
            Upload(file=self.file(blob), since_utc=self.since[blob])
            for blob in sorted(self.blobs)
            if blob.partition("/")[0] == job
        ]

    async def read(self, file: TrainingFile, first_byte: int, until: int) -> AsyncIterator[bytes]:
        if self.at_read:
            self.at_read.pop(0)(file.blob)
        etag, content = self.blobs.get(file.blob, ("", b""))
        if etag != file.etag:
            raise FileChanged("file_changed")
        for at in range(first_byte, len(content), 7):
            yield content[at : at + 7]

    def file(self, blob: str) -> TrainingFile:
        etag, content = self.blobs[blob]
        return TrainingFile(
            job=blob.partition("/")[0], account="contosotraining", container="training", blob=blob, etag=etag,
            length=len(content),
        )  # fmt: skip


class _Mortal:
    """A port whose steps, those that change something, are counted, and before or after one of which one may die."""

    STEPS = ("upload", "start", "create", "remove", "training_completed")

    def __init__(self, port: Any, scene: Scene) -> None:
        self._port = port
        self._scene = scene

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if name not in self.STEPS:
            return method

        async def step(*args: Any, **named: Any) -> Any:
            scene = self._scene
            scene.steps.append(name)
            here = len(scene.steps)
            if scene.dies_at == (here, "before"):
                raise Died
            done = await method(*args, **named)
            if scene.dies_at == (here, "after"):
                raise Died
            return done

        return step


def _ended(result: Result) -> dict[str, Any]:
    return {
        "result": result,
        "message": "",
        "billable": result is Result.PASSED,
        "policy": "1",
        "classifier": "fake/1",
        "reasons": [],
        "counts": {category: [1, 0, 0, 0, 0, 0, 0, 0] for category in HarmCategory},
    }


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    """A customer without a file yet."""
    async with StandIn() as azure:
        yield Scene(azure)
