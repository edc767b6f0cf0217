"""No text can get into telemetry: not through an instrument, not through an SDK, not through a log, not on the way."""

import asyncio
import json
import logging
from pathlib import Path

import pytest
from opentelemetry import _logs, metrics, trace

from shared.adapters.chat_model import OpenAIChat
from shared.adapters.content_safety import ContentSafety
from shared.adapters.quiet import pin_loggers
from shared.adapters.telemetry import (
    INSTRUMENTS,
    MeasuredBus,
    MeasuredChat,
    MeasuredClassifier,
    Recorder,
)
from shared.collect import collect_evaluation
from shared.errors import Unavailable, Unscorable
from shared.evaluate_data import evaluate_data_shard
from shared.evaluate_model import evaluate_model_shard
from shared.harm import HarmCategory
from shared.messages import CollectEvaluation, EvaluateDataShard, EvaluateModelShard
from shared.ports import Turn
from shared.settings import Connection
from shared.subject import TrainingFile, TunedModel
from tests.clouds import CloudThread
from tests.contract.answering import answering
from tests.contract.test_chat_model import completion, model_at, settings_for
from tests.fakes import FakeBus, FakeChat, FakeClassifier, FakeClock, FakeFiles
from tests.journey import chat_line, new_job, outcome, upload
from tests.made_scenarios import scenario, shipped_of
from tests.privacy.scanner import Scanner
from tests.telemetry.ingestion import Ingestion, ingestion
from tests.unit.test_collect_and_lost import SETTINGS

PROJECT = Path(__file__).parents[2]
CANARY = "BilbyMeringueSirocco"
SCANNER = Scanner(CANARY)
E = "e" * 32


def test_the_stand_in_would_show_a_canary(recorder: Recorder, insights: Ingestion) -> None:
    """Past the recorder's own check, a text does arrive: the other tests could see it."""
    assert recorder._write is not None
    recorder._write("tunegate.dead_letters", 1, {"entity": CANARY})
    recorder.close()
    assert SCANNER.sees(insights.everything)


def test_a_label_that_is_not_on_the_list_is_not_told(recorder: Recorder, insights: Ingestion) -> None:
    """Through every method of the recorder, by every label."""
    recorder.scored(CANARY, 1)
    recorder.published(CANARY, CANARY)
    recorder.dead_letter(CANARY)
    recorder._asked(CANARY, CANARY)
    with recorder.in_flight(CANARY):
        pass
    for name, each in INSTRUMENTS.items():
        recorder._add(name, 1, **dict.fromkeys(each.labels, CANARY))
    recorder.close()
    assert {data["metrics"][0]["name"] for data in insights.data()} == set(INSTRUMENTS)
    assert {value for data in insights.data() for value in data["properties"].values()} == {"other"}
    assert not SCANNER.sees(insights.everything)


async def test_a_pipeline_full_of_the_canary_tells_numbers_alone(
    recorder: Recorder, insights: Ingestion, caplog: pytest.LogCaptureFixture
) -> None:
    """In texts, names, ids, answers, in every error that a service may raise, with every log wide open."""
    caplog.set_level(logging.DEBUG)
    pin_loggers()
    clock = FakeClock()
    fakes = FakeBus()
    bus = MeasuredBus(fakes, recorder)
    content = f'{{"messages": [{{"role": "user", "content": "{CANARY} harm_violence_5"}}], "{CANARY}": 1}}\n'.encode()
    subject = TrainingFile(
        job=CANARY,
        account=CANARY,
        container=CANARY,
        blob=f"{CANARY}/f",
        etag=CANARY,
        length=len(content),
    )
    shard = EvaluateDataShard(evaluation=E, shards=1, shard=0, start=0, end=len(content), file=subject)
    errors = [Unavailable(f"{CANARY} answered 429"), Unavailable(CANARY), Unscorable(CANARY)]
    classifier = MeasuredClassifier(FakeClassifier(errors=errors), recorder)
    with recorder.in_flight("data"):
        await evaluate_data_shard(
            shard, files=FakeFiles(content), classifier=classifier, bus=bus, clock=clock
        )
    collection = CollectEvaluation(
        evaluation=E,
        shards=1,
        deadline_utc=clock.now(),
        started_utc=clock.now(),
        policy=CANARY,
        subject=subject,
    )
    scenarios = shipped_of({"violence-001": scenario("violence-001", HarmCategory.VIOLENCE, f"ask {CANARY}")})
    event = await collect_evaluation(collection, bus=bus, clock=clock, settings=SETTINGS, scenarios=scenarios)
    recorder.collected(collection, event)
    model = TunedModel(
        resource="local", job="j", attempt=0, model=CANARY, endpoint=f"https://{CANARY}/v1", deployment=CANARY
    )
    chat = MeasuredChat(FakeChat(CANARY, {f"ask {CANARY}": [Unavailable(CANARY), CANARY]}), recorder)
    await evaluate_model_shard(
        EvaluateModelShard(evaluation=E, shard=0, shards=1, model=model, scenarios=("violence-001",)),
        chat=chat,
        classifier=classifier,
        bus=bus,
        clock=clock,
        scenarios=scenarios,
    )
    recorder.close()
    seen = {name for name in INSTRUMENTS if insights.sums(name)}
    assert seen == set(INSTRUMENTS) - {"tunegate.dead_letters"}, "the pipeline was measured"
    assert SCANNER.sees(b"".join(str(message).encode() for _, message, _ in fakes.sent)), (
        "the canary was there"
    )
    assert not SCANNER.sees(insights.everything)
    assert not SCANNER.sees(caplog.text.encode())


async def test_what_the_sdks_send_and_get_is_not_instrumented(
    recorder: Recorder, insights: Ingestion, caplog: pytest.LogCaptureFixture
) -> None:
    """Requests of the real SDKs, with telemetry on: what arrives is what was counted, and nothing of the requests."""
    caplog.set_level(logging.DEBUG)
    pin_loggers()
    said = completion(message={"role": "assistant", "content": CANARY})
    async with answering(200, json.dumps({**said, "categoriesAnalysis": []}).encode()) as server:
        safety = ContentSafety(Connection(address=f"{server.url}/{CANARY}", secret=CANARY))
        await MeasuredClassifier(safety, recorder).analyze(CANARY)
        await safety._client.close()
        chat = OpenAIChat(settings_for(f"{server.url}/v1", key=CANARY))
        turns = [Turn(role="user", content=CANARY)]
        assert (await MeasuredChat(chat, recorder).answer(model_at(f"{server.url}/v1"), turns)).text == CANARY
        await chat.close()
        assert len(server.bodies) == 2
    recorder.close()
    assert insights.sums("tunegate.requests") == {("answered", "classifier"): 1, ("answered", "model"): 1}
    assert len(insights.items) == 2
    assert not SCANNER.sees(insights.everything)
    assert not SCANNER.sees(caplog.text.encode())


def test_nothing_but_our_numbers_is_sent(recorder: Recorder, insights: Ingestion) -> None:
    recorder.published("data", "passed")
    recorder.close()
    [item] = insights.items
    assert item["data"]["baseType"] == "MetricData"
    assert set(item["data"]["baseData"]) == {"ver", "properties", "metrics"}
    assert set(item["tags"]) == {
        "ai.cloud.role",
        "ai.cloud.roleInstance",
        "ai.device.id",
        "ai.device.locale",
        "ai.device.type",
        "ai.internal.nodeName",
        "ai.internal.sdkVersion",
    }
    assert item["tags"]["ai.cloud.role"] == "tunegate"
    instance = item["tags"]["ai.cloud.roleInstance"]
    assert {item["tags"]["ai.device.id"], item["tags"]["ai.internal.nodeName"]} == {instance}


def test_no_tracer_no_log_exporter_and_no_provider_for_others_is_set(recorder: Recorder) -> None:
    """An SDK that would measure or trace its own requests finds nobody to tell."""
    with trace.get_tracer("an SDK").start_as_current_span(CANARY) as span:
        assert not span.is_recording()
    assert "opentelemetry.sdk" not in type(metrics.get_meter_provider()).__module__
    assert "opentelemetry.sdk" not in type(_logs.get_logger_provider()).__module__
    assert not any("opentelemetry" in type(each).__module__ for each in logging.getLogger().handlers)


def test_no_instrumentation_is_deployed() -> None:
    """The distribution that instruments every library behind the code's back, and the settings that load it."""
    pinned = (PROJECT / "requirements.txt").read_text()
    assert "azure-monitor-opentelemetry-exporter==" in pinned
    assert "azure-monitor-opentelemetry==" not in pinned
    assert "opentelemetry-instrumentation" not in pinned
    for path in (PROJECT / "infra").rglob("*.bicep"):
        told = path.read_text()
        assert "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY" not in told
        assert "PYTHON_ENABLE_OPENTELEMETRY" not in told


async def test_a_whole_cloud_reports_and_tells_no_text(tmp_path: Path) -> None:
    """The functions as they are wired, by the settings of a deployment."""
    with ingestion() as insights:
        environment = {
            "APPLICATIONINSIGHTS_CONNECTION_STRING": insights.connection_string,
            "OTEL_METRIC_EXPORT_INTERVAL": "300",
        }
        options = {"environment": environment, "extra": {"content_safety": ["--marker-tokens"]}}
        with CloudThread(folder=tmp_path / "cloud", **options) as cloud:
            content = chat_line(f"{CANARY} [[violence:6]]") + f'{{"{CANARY}": '.encode() + b"\n"
            evaluation = await upload(cloud.settings, new_job(CANARY), content)
            data = (await outcome(cloud.settings, evaluation))["data"]
            assert data["result"] == "failed"
            await asyncio.to_thread(insights.until, lambda: insights.sums("tunegate.evaluation_duration"))
    assert insights.sums("tunegate.outcomes") == {("data", "failed"): 1}
    assert insights.sums("tunegate.records_scored") == {("data",): 1}
    [(labels, seconds)] = insights.sums("tunegate.evaluation_duration").items()
    assert labels == ("data", "failed")
    assert 0 < seconds < 120
    assert {data["metrics"][0]["name"] for data in insights.data()} <= set(INSTRUMENTS)
    assert not SCANNER.sees(insights.everything)
