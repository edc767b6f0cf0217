"""What a test plants on the bus itself: collections, tallies, and messages that are none."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from shared.adapters.service_bus import ServiceBus
from shared.evaluation import incomplete
from shared.harm import HarmCategory
from shared.messages import CollectEvaluation
from shared.outcome import Outcome, OutcomeEvent, Result, outcome_event
from shared.policy import model_failure_message
from shared.settings import Connection
from shared.subject import Subject, TrainingFile, TunedModel
from shared.tally import DataTally, Span, TextFinding

LENGTH = 10
"""Bytes that a planted shard owns."""


def new_evaluation() -> str:
    return uuid.uuid4().hex


def file_of(shards: int) -> TrainingFile:
    """A file nobody reads: its tallies are planted."""
    return TrainingFile(
        job="planted", account="a", container="training", blob="planted/f", etag="e", length=LENGTH * shards
    )


def collection(
    evaluation: str, *, shards: int, deadline_s: float = 60, subject: Subject | None = None
) -> CollectEvaluation:
    return CollectEvaluation(
        evaluation=evaluation,
        shards=shards,
        deadline_utc=datetime.now(UTC) + timedelta(seconds=deadline_s),
        policy="1",
        subject=subject or file_of(shards),
    )


def tally(evaluation: str, shard: int, *, shards: int, severity: int = 0) -> DataTally:
    """A shard of one line and one text, which has this severity in violence."""
    counts = {category: [1, *[0] * 7] for category in HarmCategory}
    counts[HarmCategory.VIOLENCE] = [int(level == severity) for level in range(8)]
    harmful = TextFinding(
        offset=shard * LENGTH, line=0, path="$", category=HarmCategory.VIOLENCE, severity=severity
    )
    return DataTally(
        evaluation=evaluation,
        shard=shard,
        shard_counts=frozenset({shards}),
        classifiers=frozenset({"planted/1"}),
        spans=frozenset({Span(shard * LENGTH, (shard + 1) * LENGTH, 1)}),
        texts=1,
        counts={category: tuple(ladder) for category, ladder in counts.items()},
        findings=(harmful,) if severity >= 4 else (),
    )


@asynccontextmanager
async def bus_of(settings: dict[str, str]) -> AsyncIterator[ServiceBus]:
    """The product's own bus adapter, closed at the end."""
    bus = ServiceBus(Connection(secret=settings["ServiceBus"]))
    try:
        yield bus
    finally:
        for sender in bus._senders.values():
            await sender.close()
        await bus._client.close()


async def send_raw(settings: dict[str, str], queue: str, body: bytes, message_id: str, **more: Any) -> None:
    """Send a message as it is, whatever it holds."""
    async with (
        ServiceBusClient.from_connection_string(settings["ServiceBus"]) as client,
        client.get_queue_sender(queue) as sender,
    ):
        await sender.send_messages(ServiceBusMessage(body, message_id=message_id, **more))


def model_outcome(job: str, result: Result) -> OutcomeEvent:
    """A tuned model's outcome that no evaluation came to."""
    model = TunedModel(
        resource="local", job=job, attempt=0, model="m", endpoint="http://127.0.0.1:9/v1", deployment="m"
    )
    blank = incomplete(evaluation=new_evaluation(), subject=model, gaps=["planted"])
    failed = [HarmCategory.SEXUAL] if result is Result.FAILED else []
    values = {name: getattr(blank, name) for name in blank.__struct_fields__}
    changed = {"result": result, "failed": failed, "message": model_failure_message(failed)}
    return outcome_event(Outcome(**{**values, **changed}), source="/tests", time=datetime.now(UTC))
