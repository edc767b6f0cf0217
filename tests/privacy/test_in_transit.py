"""What the functions say on the wire, in their log at debug level and on disk, with services that quote every text.

One cloud for all of it: taps stand before the broker and the table, the classifier and the tuned model answer and
fail with the text in their answers, every logger is set to debug after the functions pinned theirs, and what is on
disk is read after everything has stopped.
"""

import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from local.cloud import LocalCloud
from tests.journey import chat_line, complete_training, new_job, outcome, row_of, upload
from tests.privacy.echoing import LASTING, PASSING, Classifier, Model, serving
from tests.privacy.extents import outside_of
from tests.privacy.scanner import Scanner
from tests.privacy.tap import Tap, tapped

CANARY = "BilbySherbetLevante"
ANSWERED = "DugongFudgePampero"
PROJECT = Path(__file__).parents[2]

# The project's own app; whenever it pins its loggers, somebody sets every logger there is to debug.
CHATTY = f"""
import importlib.util, logging
import shared.services

logging.getLogger().setLevel(logging.DEBUG)
pin = shared.services.pin_loggers

def pin_then_loosen():
    pin()
    for name in ["azure", "openai", "httpx2", "httpcore2", "aiohttp", *logging.root.manager.loggerDict]:
        logging.getLogger(name).setLevel(logging.DEBUG)
    logging.getLogger("chatty").debug("every logger is at debug")

shared.services.pin_loggers = pin_then_loosen
spec = importlib.util.spec_from_file_location("the_app", {str(PROJECT / "function_app.py")!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
app = module.app
"""


def line_of(*words: str) -> bytes:
    return chat_line(" ".join((CANARY, *words)))


FILES = {
    "harm": line_of("harmful"),
    "harmless": line_of("fine"),
    # Each too long to travel with another, or only the first would be played.
    "passing faults": b"".join(line_of(name, *["word"] * 400) for name in PASSING),
    **{name: line_of(name) for name in LASTING},
    "keys": json.dumps({"messages": [{"role": "user", "content": "x"}], f"{CANARY} harmful": 1}).encode(),
    "not JSON": b'{"messages": [{"content": "' + CANARY.encode(),
    "half a character": line_of("\ud800"),
    "too long": chat_line(f"{CANARY} harmful " * 1000),
}


@dataclass
class Evidence:
    """All that was seen of one cloud's life."""

    folder: Path
    told: dict[str, dict] = field(default_factory=dict)
    model: dict = field(default_factory=dict)
    row: dict = field(default_factory=dict)
    inputs: frozenset[str] = frozenset()
    leaks: set[str] = field(default_factory=set)
    bus: Tap = field(default_factory=Tap)
    table: Tap = field(default_factory=Tap)
    classifier: Classifier = field(default_factory=Classifier)
    chat: Model = field(default_factory=lambda: Model(ANSWERED))

    @property
    def log(self) -> str:
        return (self.folder / "host.log").read_text()


def leaks_in(content: bytes) -> list[str]:
    return [canary for canary in (CANARY, ANSWERED) if Scanner(canary).sees(content)]


async def live(evidence: Evidence, app: Path) -> None:
    """A cloud's whole life, up to its end."""
    environment: dict[str, str] = {"OPENAI_LOG": "debug", "AZURE_LOG_LEVEL": "DEBUG"}
    cloud = LocalCloud(
        folder=evidence.folder,
        keep=True,
        parts=("azurite", "broker"),
        extra={"host": ["--app", str(app)]},
        environment=environment,
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(cloud)
        settings = cloud.settings
        table_port = int(re.search(r"TableEndpoint=http://127\.0\.0\.1:(\d+)", settings["VerdictStorage"])[1])
        evidence.bus = await stack.enter_async_context(tapped(cloud.servers["broker"].port))
        evidence.table = await stack.enter_async_context(tapped(table_port))
        address = await stack.enter_async_context(serving(evidence.classifier, evidence.chat))
        environment["ServiceBus"] = re.sub(r":\d+;", f":{evidence.bus.port};", settings["ServiceBus"])
        environment["VerdictStorage"] = settings["VerdictStorage"].replace(
            f":{table_port}/", f":{evidence.table.port}/"
        )
        settings |= {
            "ContentSafety__endpoint": address,
            "ContentSafety__key": "key",
            "TUNEGATE_MODEL_ENDPOINTS": f"{address}/v1",
            "TUNEGATE_MODEL_KEY": "key",
            "TUNEGATE_DEADLINE_SECONDS": "90",
        }
        await cloud.start("host")
        await use(evidence, settings)
        sessions = [data["evaluation"] for data in (*evidence.told.values(), evidence.model)]
        for canary in (CANARY, ANSWERED):
            evidence.leaks |= await Scanner(canary, inputs=evidence.inputs).leaks(cloud, sessions)
        await cloud.servers.pop("host").stop(grace_s=5)


async def use(evidence: Evidence, settings: dict[str, str]) -> None:
    jobs = {name: new_job() for name in FILES}
    evidence.inputs = frozenset(f"training/{job}/train.jsonl" for job in jobs.values())
    sessions = {name: await upload(settings, jobs[name], content) for name, content in FILES.items()}
    tuned = new_job()
    training = await complete_training(settings, tuned, "m")
    ended = await asyncio.gather(*(outcome(settings, each) for each in (*sessions.values(), training)))
    evidence.told = {name: event["data"] for name, event in zip(sessions, ended[:-1], strict=True)}
    evidence.model = ended[-1]["data"]
    evidence.row = await row_of(settings, tuned)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    folder = tmp_path_factory.mktemp("transit")
    app = folder / "app"
    app.mkdir()
    (app / "function_app.py").write_text(CHATTY)
    shutil.copy(PROJECT / "host.json", app)
    evidence = Evidence(folder=folder / "cloud")
    asyncio.run(live(evidence, app))
    return evidence


def test_texts_and_answers_were_at_work(evidence: Evidence) -> None:
    """What follows would see a leak: every text was sent, every fault was played, harm was found and told."""
    results = {name: data["result"] for name, data in evidence.told.items()}
    assert results == {
        "harm": "failed",
        "harmless": "passed",
        "passing faults": "passed",
        **dict.fromkeys(LASTING, "incomplete"),
        "keys": "failed",
        "not JSON": "incomplete",
        "half a character": "incomplete",
        "too long": "failed",
    }
    assert evidence.classifier.played.keys() == {"well", *PASSING, *LASTING}
    assert evidence.chat.played.keys() == {"well", "a conversation went on", *evidence.chat.faults}
    assert evidence.model["result"] == "failed"
    assert evidence.row["Deployable"] is False


def test_no_message_on_the_bus_ever_held_a_text(evidence: Evidence) -> None:
    said = evidence.bus.everything
    for data in evidence.told.values():
        assert f"{data['evaluation']}:0".encode() in said, "the tap hears messages"
    assert b"Tunegate.EvaluationCompleted" in said
    assert leaks_in(said) == []


def test_no_request_to_the_table_holds_more_than_the_verdict(evidence: Evidence) -> None:
    requests = evidence.table.everything
    assert b"Deployable" in requests, "the tap hears requests"
    assert leaks_in(requests) == []


def test_at_debug_level_the_log_holds_no_text(evidence: Evidence) -> None:
    assert "DEBUG chatty: every logger is at debug" in evidence.log
    assert leaks_in(evidence.log.encode()) == []


def test_the_services_loggers_stay_silent_at_debug_level(evidence: Evidence) -> None:
    loud = set(
        re.findall(r"(?:DEBUG|INFO) ((?:azure|openai|httpx2|httpcore2|aiohttp|asyncio)[\w.]*):", evidence.log)
    )
    assert loud == set()


def test_services_that_quote_texts_crash_no_function(evidence: Evidence) -> None:
    assert not re.search(r"invocation \S+ of \S+ failed", evidence.log)


def test_nothing_in_the_running_cloud_leaks(evidence: Evidence) -> None:
    assert evidence.leaks == set()


@pytest.mark.parametrize("canary", [CANARY, ANSWERED])
def test_when_all_is_stopped_only_the_inputs_extents_hold_the_text(evidence: Evidence, canary: str) -> None:
    scanner = Scanner(canary)
    storage = evidence.folder / "azurite"
    assert scanner.in_files(evidence.folder) == set()
    extents = list((storage / "__blobstorage__").iterdir())
    held = b"".join(path.read_bytes() for path in extents)
    assert scanner.sees(held) is (canary == CANARY), "what was uploaded is on disk, and is found there"
    assert not scanner.sees(outside_of(storage, evidence.inputs))
    for canary_blind in evidence.inputs:
        others = evidence.inputs - {canary_blind}
        if canary == CANARY:
            assert scanner.sees(outside_of(storage, others)), "an input that is not allowed for is found"
