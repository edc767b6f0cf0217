"""What is counted, and that it arrives as the docs say; where nobody listens, nothing is even loaded."""

import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.adapters.chat_model import OpenAIChat
from shared.adapters.content_safety import ContentSafety
from shared.adapters.telemetry import (
    INSTRUMENTS,
    MeasuredBus,
    MeasuredChat,
    MeasuredClassifier,
    Recorder,
    recorder_to,
)
from shared.errors import Unavailable, Unscorable
from shared.evaluation import incomplete
from shared.harm import HarmCategory, Score
from shared.messages import CollectEvaluation
from shared.outcome import OutcomeEvent, outcome_event
from shared.settings import Connection
from shared.subject import TrainingFile
from shared.tally import BadLine, DataTally, ModelTally, Span, lost_data_tally
from tests.contract.answering import answering
from tests.contract.test_chat_model import TURNS, model_at, settings_for
from tests.fakes import FakeBus, FakeClassifier
from tests.telemetry.ingestion import Ingestion

PROJECT = Path(__file__).parents[2]
E = "d" * 32
NOW = datetime(2026, 1, 1, tzinfo=UTC)
FILE = TrainingFile(job="j", account="a", container="c", blob="j/f", etag="e", length=40)


def collection(**changes: object) -> CollectEvaluation:
    values = {"evaluation": E, "shards": 1, "policy": "1", "subject": FILE, "started_utc": NOW}
    return CollectEvaluation(**{**values, "deadline_utc": NOW + timedelta(hours=1), **changes})


def ended(after: timedelta) -> OutcomeEvent:
    outcome = incomplete(evaluation=E, subject=FILE, gaps=["x"])
    return outcome_event(outcome, source="/tests", time=NOW + after)


def test_every_instrument_arrives_under_its_name(recorder: Recorder, insights: Ingestion) -> None:
    recorder.scored("data", 7)
    recorder.scored("data", 5)
    recorder.published("model", "failed")
    recorder.collected(collection(), ended(timedelta(seconds=90)))
    recorder.collected(collection(), ended(timedelta(hours=1)))
    recorder.dead_letter("outcomes/verdicts")
    recorder._asked("model", "throttled")
    with recorder.in_flight("data"), recorder.in_flight("data"):
        recorder.close()
    told = {name: insights.sums(name) for name in INSTRUMENTS}
    assert told == {
        "tunegate.records_scored": {("data",): 12},
        "tunegate.requests": {("throttled", "model"): 1},
        "tunegate.requests_throttled": {("model",): 1},
        "tunegate.shards_in_flight": {("data",): 2},
        "tunegate.evaluation_duration": {("data", "incomplete"): 90 + 3_600},
        "tunegate.outcomes": {("model", "failed"): 1},
        "tunegate.deadlines_passed": {("data",): 1},
        "tunegate.dead_letters": {("outcomes/verdicts",): 1},
    }
    assert insights.paths == {"/v2.1/track"}


def test_an_evaluation_that_goes_on_has_no_duration(recorder: Recorder, insights: Ingestion) -> None:
    recorder.collected(collection(), None)
    recorder.collected(collection(started_utc=None), ended(timedelta(seconds=1)))
    recorder.scored("data", 0)
    recorder.close()
    assert insights.items == []


def test_a_level_falls_again_after_an_error() -> None:
    told: list[float] = []
    recorder = Recorder(lambda name, value, labels: told.append(value))
    with pytest.raises(Unavailable), recorder.in_flight("data"):
        raise Unavailable("away")
    assert told == [1, -1]


class Told:
    """What a recorder was told, by instrument and the values of its labels."""

    def __init__(self) -> None:
        self.sums: dict[tuple[str, ...], float] = {}
        self.recorder = Recorder(self._write)

    def _write(self, name: str, value: float, labels: dict[str, str]) -> None:
        key = (name.removeprefix("tunegate."), *labels.values())
        self.sums[key] = self.sums.get(key, 0) + value


async def test_requests_are_counted_by_how_they_end() -> None:
    told = Told()
    errors = [
        Unavailable("content safety answered 429"),
        Unavailable("away"),
        Unavailable("content safety answered 503"),
        Unscorable("classifier_refused"),
    ]
    classifier = MeasuredClassifier(FakeClassifier(errors=errors), told.recorder)
    for error in list(errors):
        with pytest.raises(type(error)) as raised:
            await classifier.analyze("a text")
        assert raised.value is error
    assert (await classifier.analyze("harm_violence_5")).severities[HarmCategory.VIOLENCE] == 5
    assert (await classifier.analyze_image(b"\xff\xfeharm_sexual_4")).severities[HarmCategory.SEXUAL] == 4
    assert told.sums == {
        ("requests", "classifier", "throttled"): 1,
        ("requests_throttled", "classifier"): 1,
        ("requests", "classifier", "away"): 2,
        ("requests", "classifier", "refused"): 1,
        ("requests", "classifier", "answered"): 2,
    }


@pytest.mark.parametrize(("status", "answer"), [(429, "throttled"), (503, "away"), (400, "refused")])
async def test_what_the_adapters_raise_is_understood(status: int, answer: str) -> None:
    """Whoever rewords the adapters' errors hears of it here."""
    told = Told()
    async with answering(status) as server:
        safety = ContentSafety(Connection(address=server.url, secret="key"))
        with pytest.raises((Unavailable, Unscorable)):
            await MeasuredClassifier(safety, told.recorder).analyze("a text")
        await safety._client.close()
        chat = OpenAIChat(settings_for(f"{server.url}/v1"))
        with pytest.raises((Unavailable, Unscorable)):
            await MeasuredChat(chat, told.recorder).answer(model_at(f"{server.url}/v1"), TURNS)
        await chat.close()
    throttled = {("requests_throttled", service): 1 for service in ("classifier", "model") if status == 429}
    expected = {("requests", service, answer): 1 for service in ("classifier", "model")}
    assert told.sums == {**expected, **throttled}


async def test_records_are_counted_once_their_tally_is_sent() -> None:
    told, bus = Told(), FakeBus()
    measured = MeasuredBus(bus, told.recorder)
    spans = frozenset({Span(0, 40, 9)})
    bad = (BadLine(offset=0, line=0, reason="not_json"),)
    await measured.send_tally(DataTally(evaluation=E, shard=0, spans=spans, bad_lines=bad, bad_total=1))
    await measured.send_tally(lost_data_tally(E, 1, 2, "dead_letter"))
    scored, unscored = Score(severity=0), Score(unscored=frozenset({"answer_empty"}))
    conversations = {
        "x-001": {HarmCategory.VIOLENCE: scored, HarmCategory.SEXUAL: unscored},
        "x-002": {HarmCategory.VIOLENCE: unscored},
    }
    await measured.send_tally(ModelTally(evaluation=E, shard=2, conversations=conversations))
    assert told.sums == {("records_scored", "data"): 8, ("records_scored", "model"): 1}
    assert len(bus.of("tally")) == 3
    bus.away = True
    with pytest.raises(Unavailable):
        await measured.send_tally(DataTally(evaluation=E, shard=0, spans=spans))
    assert told.sums["records_scored", "data"] == 8


async def test_the_measured_bus_hands_everything_on() -> None:
    told, bus = Told(), FakeBus()
    measured = MeasuredBus(bus, told.recorder)
    await measured.send_collection(collection(), delay_s=3)
    await measured.send_shards([], delay_s=2)
    await measured.publish(ended(timedelta()))
    assert bus.sent == [("collection", collection(), 3), ("event", ended(timedelta()), 0)]
    assert told.sums == {("outcomes", "data", "incomplete"): 1}
    await measured.send_tally(lost_data_tally(E, 0, 1, "dead_letter"))
    async with measured.tallies(E) as session:
        assert len(await session.receive(1)) == 1


@pytest.mark.parametrize("status", [400, 401, 429, 500, 503])
def test_a_telemetry_service_that_fails_harms_nobody(insights: Ingestion, status: int) -> None:
    insights.status = status
    recorder = recorder_to(Connection(secret=insights.connection_string))
    started = time.monotonic()
    for _ in range(1_000):
        recorder.scored("data", 1)
    assert time.monotonic() - started < 1, "numbers are only added up; sending is another thread's"
    recorder.close()
    assert insights.asked


def test_where_no_connection_is_set_nothing_is_loaded() -> None:
    told = subprocess.run(
        [sys.executable, "-c", OFF], cwd=PROJECT, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["0", "False", "1", "True"]


ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT)}
OFF = """
import sys, threading
from shared.adapters.telemetry import recorder_to
from shared.settings import Connection

def tell(recorder):
    recorder.scored("data", 1)
    print(threading.active_count() - 1, "opentelemetry.sdk" in sys.modules)

tell(recorder_to(Connection()))
recorder = recorder_to(Connection(secret="InstrumentationKey=00000000-0000-0000-0000-000000000000;"
                                         "IngestionEndpoint=http://127.0.0.1:9/"))
tell(recorder)
sys.stdout.flush()
import os
os._exit(0)  # nobody listens there: do not wait for what is left to be sent
"""


def test_the_docs_name_every_instrument_and_label() -> None:
    docs = (PROJECT / "docs" / "monitoring.md").read_text()
    for each in INSTRUMENTS.values():
        labels = "; ".join(
            f"{label}: {', '.join(f'`{value}`' for value in sorted(values))}"
            for label, values in each.labels.items()
        )
        unit = each.unit.strip("{}")
        assert f"| `{each.name}` | {each.shape} | {unit} | {labels} | {each.what} |" in docs


def test_the_docs_name_every_alert() -> None:
    made = (PROJECT / "infra" / "modules" / "alerts.bicep").read_text()
    section = (PROJECT / "docs" / "monitoring.md").read_text().partition("\n## Alerts\n")[2]
    names = re.findall(r"^    name: '([a-z-]+)'$", made, re.M)
    assert "dead-letters" in names
    assert re.findall(r"^\| `([a-z-]+)` \|", section, re.M) == names
