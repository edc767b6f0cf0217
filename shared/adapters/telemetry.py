"""Telemetry: numbers under labels from fixed lists, never text, and how they reach Application Insights.

The classifier, the model and the bus are wrapped where services are wired, so that no use case knows of it. Only
metrics are sent: there is no tracer and no log exporter, and nothing is instrumented behind the code's back.
"""

import os
import re
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal, TypeVar

from shared.errors import Unavailable, Unscorable
from shared.messages import CollectEvaluation, Work
from shared.outcome import OutcomeEvent, ProgressEvent, Result
from shared.ports import Analysis, Answer, Bus, ChatModel, Classifier, TallySession, Turn
from shared.settings import Connection
from shared.subject import TunedModel
from shared.tally import DataTally, Tally

OTHER: Final = "other"
"""What a label's value becomes that its list does not know: whatever it was, it is not told."""

_KINDS: Final = frozenset({"data", "model"})
_RESULTS: Final = frozenset(str(result) for result in Result)
_SERVICES: Final = frozenset({"classifier", "model"})
_ENTITIES: Final = frozenset(
    {"data-shards", "model-shards", "collections", "tallies"}
    | {f"outcomes/{name}" for name in ("verdicts", "training", "watchers")}
)
_ANSWERS: Final = frozenset({"answered", "throttled", "refused", "away"})
_STATUS: Final = re.compile(r" answered (\d{3})\Z", re.ASCII)
"""How the adapters end an Unavailable that stands for a service's answer."""
_SERVICE: Final = "tunegate"

Done = TypeVar("Done")
Write = Callable[[str, float, Mapping[str, str]], None]
"""Adds a value to the instrument of that name, under these labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """What is measured: a counter's sum, a level that rises and falls, or how durations are spread."""

    name: str
    shape: Literal["counter", "level", "histogram"] = "counter"
    unit: str
    what: str
    labels: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Each label, and every value that it may have."""


INSTRUMENTS: Final = {
    each.name: each
    for each in (
        Instrument(
            name="tunegate.records_scored",
            unit="{record}",
            what="lines of training files and conversations with models that were scored",
            labels={"kind": _KINDS},
        ),
        Instrument(
            name="tunegate.requests",
            unit="{request}",
            what="requests to the classifier and to tuned models, by how they ended",
            labels={"service": _SERVICES, "answer": _ANSWERS},
        ),
        Instrument(
            name="tunegate.requests_throttled",
            unit="{request}",
            what="those of them that were answered 429",
            labels={"service": _SERVICES},
        ),
        Instrument(
            name="tunegate.shards_in_flight",
            shape="level",
            unit="{shard}",
            what="shards being evaluated now",
            labels={"kind": _KINDS},
        ),
        Instrument(
            name="tunegate.evaluation_duration",
            shape="histogram",
            unit="s",
            what="from planning to the outcome",
            labels={"kind": _KINDS, "result": _RESULTS},
        ),
        Instrument(
            name="tunegate.outcomes",
            unit="{outcome}",
            what="outcomes that were published",
            labels={"kind": _KINDS, "result": _RESULTS},
        ),
        Instrument(
            name="tunegate.deadlines_passed",
            unit="{evaluation}",
            what="evaluations that ended at their deadline",
            labels={"kind": _KINDS},
        ),
        Instrument(
            name="tunegate.dead_letters",
            unit="{message}",
            what="messages that ended in a dead-letter queue",
            labels={"entity": _ENTITIES},
        ),
    )
}
_DURATIONS_S: Final = (1, 5, 15, 60, 300, 900, 3_600, 4 * 3_600, 20 * 3_600)


class Recorder:
    """Takes numbers down, or does nothing where nobody listens. It never raises for what it is told."""

    def __init__(self, write: Write | None = None, close: Callable[[], None] = lambda: None) -> None:
        self._write = write
        self.close = close
        """Sends what is left, and stops; the end of the process does so too."""

    @contextmanager
    def in_flight(self, kind: str) -> Iterator[None]:
        """Count a shard as in flight while the context lasts."""
        self._add("tunegate.shards_in_flight", 1, kind=kind)
        try:
            yield
        finally:
            self._add("tunegate.shards_in_flight", -1, kind=kind)

    def scored(self, kind: str, records: int) -> None:
        if records > 0:
            self._add("tunegate.records_scored", records, kind=kind)

    def published(self, kind: str, result: str) -> None:
        self._add("tunegate.outcomes", 1, kind=kind, result=result)

    def collected(self, collection: CollectEvaluation, event: OutcomeEvent | None) -> None:
        """Take down how long an evaluation took and whether its deadline ended it; nothing while it goes on."""
        if event is None:
            return
        kind, result = event.data.kind, str(event.data.result)
        if collection.is_due(event.time):
            self._add("tunegate.deadlines_passed", 1, kind=kind)
        if collection.started_utc is not None:
            took = max(timedelta(), event.time - collection.started_utc)
            self._add("tunegate.evaluation_duration", took.total_seconds(), kind=kind, result=result)

    def dead_letter(self, entity: str) -> None:
        self._add("tunegate.dead_letters", 1, entity=entity)

    async def asking(self, service: str, request: Awaitable[Done]) -> Done:
        """The request's answer, or whatever it raises; how it ended is counted."""
        try:
            answer = await request
        except Unavailable as error:
            status = _STATUS.search(str(error))
            throttled = status is not None and status[1] == "429"
            self._asked(service, "throttled" if throttled else "away")
            raise
        except Unscorable:
            self._asked(service, "refused")
            raise
        self._asked(service, "answered")
        return answer

    def _asked(self, service: str, answer: str) -> None:
        self._add("tunegate.requests", 1, service=service, answer=answer)
        if answer == "throttled":
            self._add("tunegate.requests_throttled", 1, service=service)

    def _add(self, name: str, value: float, **labels: str) -> None:
        if self._write is not None:
            known = INSTRUMENTS[name].labels
            self._write(
                name,
                value,
                {label: told if told in known[label] else OTHER for label, told in labels.items()},
            )


class MeasuredClassifier:
    """`ports.Classifier` around another one; its requests are counted."""

    def __init__(self, classifier: Classifier, recorder: Recorder) -> None:
        self._classifier = classifier
        self._recorder = recorder

    async def analyze(self, text: str) -> Analysis:
        return await self._recorder.asking("classifier", self._classifier.analyze(text))

    async def analyze_image(self, content: bytes) -> Analysis:
        return await self._recorder.asking("classifier", self._classifier.analyze_image(content))


class MeasuredChat:
    """`ports.ChatModel` around another one; its requests are counted."""

    def __init__(self, chat: ChatModel, recorder: Recorder) -> None:
        self._chat = chat
        self._recorder = recorder

    async def answer(self, model: TunedModel, turns: Sequence[Turn]) -> Answer:
        return await self._recorder.asking("model", self._chat.answer(model, turns))


class MeasuredBus:
    """`ports.Bus` around another one; what tallies say was scored is counted, and outcomes are."""

    def __init__(self, bus: Bus, recorder: Recorder) -> None:
        self._bus = bus
        self._recorder = recorder

    async def send_collection(self, message: CollectEvaluation, *, delay_s: float = 0) -> None:
        await self._bus.send_collection(message, delay_s=delay_s)

    async def send_shards(self, shards: Sequence[Work], *, delay_s: float = 0) -> None:
        await self._bus.send_shards(shards, delay_s=delay_s)

    async def send_tally(self, tally: Tally) -> None:
        await self._bus.send_tally(tally)
        if isinstance(tally, DataTally):
            self._recorder.scored("data", sum(span.lines for span in tally.spans) - tally.bad_total)
        else:
            held = tally.conversations.values()
            told = [any(score.severity is not None for score in scores.values()) for scores in held]
            self._recorder.scored("model", sum(told))

    async def publish(self, event: OutcomeEvent | ProgressEvent) -> None:
        await self._bus.publish(event)
        if isinstance(event, OutcomeEvent):
            self._recorder.published(event.data.kind, str(event.data.result))

    def tallies(self, evaluation: str) -> AbstractAsyncContextManager[TallySession]:
        return self._bus.tallies(evaluation)


def recorder_to(connection: Connection) -> Recorder:
    """A recorder that sends to the Application Insights of the connection; to nobody where it names none.

    The connection's secret is the connection string, its client id that of the identity to speak as.
    """
    return _recorder(connection) if connection.secret else Recorder()


def _recorder(connection: Connection) -> Recorder:
    # The exporter would report its own use, and ask for its configuration, at addresses outside of the region. Only
    # here can it be told not to.
    for name in ("STATSBEAT_DISABLED_ALL", "SDKSTATS_DISABLED", "CONTROLPLANE_DISABLED"):
        os.environ[f"APPLICATIONINSIGHTS_{name}"] = "true"
    # Where telemetry is off nothing of it is loaded.
    from azure.identity import ManagedIdentityCredential
    from azure.monitor.opentelemetry.exporter import AzureMonitorMetricExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource

    exporter = AzureMonitorMetricExporter(
        connection_string=connection.secret,
        credential=ManagedIdentityCredential(client_id=connection.client_id)
        if connection.client_id
        else None,
        disable_offline_storage=True,  # nothing is left on a disk
    )
    instance = uuid.uuid4().hex
    # Made by hand: `Resource.create` would take in whatever the environment says.
    resource = Resource({"service.name": _SERVICE, "service.instance.id": instance, "device.id": instance})
    reader = PeriodicExportingMetricReader(exporter)  # every minute, or every OTEL_METRIC_EXPORT_INTERVAL
    # Not made the process's own provider: what an SDK measures of itself, of its requests' addresses, stays out.
    provider = MeterProvider([reader], resource)
    meter = provider.get_meter(_SERVICE)
    adders: dict[str, Callable[[float, Mapping[str, str]], None]] = {}
    for each in INSTRUMENTS.values():
        match each.shape:
            case "counter":
                adders[each.name] = meter.create_counter(each.name, each.unit, each.what).add
            case "level":
                adders[each.name] = meter.create_up_down_counter(each.name, each.unit, each.what).add
            case "histogram":
                adders[each.name] = meter.create_histogram(
                    each.name, each.unit, each.what, explicit_bucket_boundaries_advisory=_DURATIONS_S
                ).record
    return Recorder(lambda name, value, labels: adders[name](value, labels), provider.shutdown)
