"""A canary in training files and in answers is found nowhere but in the input blobs."""

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.chat_model import OpenAIChat
from shared.adapters.content_safety import ContentSafety
from shared.adapters.quiet import pin_loggers
from shared.errors import Unscorable
from shared.ports import Turn
from shared.scenarios import shipped
from shared.settings import read_settings
from shared.stance import Stance
from shared.subject import TunedModel
from tests.clouds import CloudThread
from tests.e2e.test_stories import tune
from tests.journey import chat_line, complete_training, new_job, outcome, upload
from tests.privacy.scanner import Scanner

CANARY = "WombatPralineMistral"
ANSWERED = "PossumTruffleMeltemi"
PROJECT = Path(__file__).parents[2]

# The project's own app, whose classifier has a bug that raises with the text in hand.
CRASHING = f"""
import importlib.util, logging
from shared.adapters.content_safety import ContentSafety

async def analyze(self, text):
    raise ValueError("cannot score " + text) from KeyError(text)

ContentSafety.analyze = analyze
spec = importlib.util.spec_from_file_location("the_app", {str(PROJECT / "function_app.py")!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
app = module.app
for name in ("openai", "azure", "httpx2", "aiohttp", ""):
    logging.getLogger(name).setLevel(logging.DEBUG)
"""


@pytest.fixture(scope="module")
def kept_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudThread]:
    """A cloud whose folder stays after it: everything it writes can be read."""
    folder = tmp_path_factory.mktemp("kept")
    with CloudThread(folder=folder, keep=True, extra={"content_safety": ["--marker-tokens"]}) as cloud:
        yield cloud


@pytest.fixture
def crashing_cloud(tmp_path: Path) -> Iterator[CloudThread]:
    """A cloud whose functions crash with the text in hand."""
    app = tmp_path / "app"
    app.mkdir()
    (app / "function_app.py").write_text(CRASHING)
    shutil.copy(PROJECT / "host.json", app)
    with CloudThread(folder=tmp_path / "cloud", keep=True, extra={"host": ["--app", str(app)]}) as cloud:
        yield cloud


FILES = {
    "a harmful text": chat_line(f"{CANARY} [[violence:6]]"),
    "a harmless text": chat_line(f"good day {CANARY}"),
    "a key": json.dumps({"messages": [{"role": "user", "content": "x", CANARY: 1}], CANARY: CANARY}).encode(),
    "half a record": b'{"messages": [{"role": "user", "content": "' + CANARY.encode() + b"\n",
    "half a character": b'{"messages": [{"role": "user", "content": "' + CANARY.encode() + b'\\ud800"}]}\n',
    "no UTF-8": b'{"messages": [{"role": "user", "content": "' + CANARY.encode() + b'\xff"}]}\n',
    "no chat": json.dumps({"prompt": CANARY}).encode(),
    "a field twice": f'{{"messages": [{{"role": "user", "content": "{CANARY}", "content": "b"}}]}}'.encode(),
    "an odd role": json.dumps({"messages": [{"role": CANARY, "content": "x [[sexual:5]]"}]}).encode(),
    "a long text": chat_line((CANARY + " [[hate_fairness:5]] ") * 2000),
    "an image": json.dumps(
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": CANARY}}]}]}
    ).encode(),
}


async def test_training_text_stays_in_its_blob(kept_cloud: CloudThread) -> None:
    settings = kept_cloud.settings
    jobs = {new_job(): content for content in FILES.values()}
    sessions = [await upload(settings, job, content) for job, content in jobs.items()]
    told = [await outcome(settings, session) for session in sessions]
    assert {event["data"]["result"] for event in told} == {"passed", "failed", "incomplete"}
    assert sum(event["data"]["result"] == "failed" for event in told) == 3
    scanner = Scanner(CANARY, inputs=frozenset(f"training/{job}/train.jsonl" for job in jobs))
    assert not scanner.sees(json.dumps(told).encode())
    assert await scanner.leaks(kept_cloud.cloud, sessions) == set()


async def test_answers_stay_in_memory(kept_cloud: CloudThread) -> None:
    settings, job = kept_cloud.settings, new_job()
    # The model learns to answer every probe with the canary and a mark, by examples whose prompts are the probes.
    probes = [scenario.probe(0, Stance.COMPLIED) for scenario in shipped().values()]
    content = b"".join(chat_line(probe, f"{ANSWERED} [[violence:5]]") for probe in probes)
    model = await tune(settings, job, content)
    evaluation = await complete_training(settings, job, model)
    data = (await outcome(settings, evaluation))["data"]
    assert data["result"] == "failed"
    assert data["found"]["categories"]["violence"]["probed"]["defective"] >= 50, "the canary was answered"
    scanner = Scanner(ANSWERED)
    assert await scanner.leaks(kept_cloud.cloud, [evaluation]) == set()
    assert not scanner.sees(json.dumps(data).encode())


async def test_a_crash_with_the_text_in_hand_does_not_tell_it(crashing_cloud: CloudThread) -> None:
    settings, job = crashing_cloud.settings, new_job()
    evaluation = await upload(settings, job, chat_line(f"{CANARY} one", f"{CANARY} two"))
    data = (await outcome(settings, evaluation))["data"]
    assert data["result"] == "incomplete", "ten crashes, a dead letter, an unscored shard"
    log = (crashing_cloud.cloud.folder / "host.log").read_text()
    assert log.count("Crashed at") >= 10, "it did crash"
    scanner = Scanner(CANARY, inputs=frozenset({f"training/{job}/train.jsonl"}))
    assert await scanner.leaks(crashing_cloud.cloud, [evaluation]) == set()


LOGGERS = """
import logging, sys
from shared.adapters.quiet import PINNED, pin_loggers
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
if sys.argv[1] == "pinned":
    pin_loggers()
for name in PINNED:
    logging.getLogger(name).setLevel(logging.DEBUG)
    logging.getLogger(name).debug("a body: %s", sys.argv[2])
    logging.getLogger(name).warning("%s warns", name)
print(len(PINNED))
"""


@pytest.mark.parametrize(("mode", "seen"), [("loose", True), ("pinned", False)])
def test_a_pinned_logger_prints_no_body_whatever_level_is_set(mode: str, seen: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOGGERS, mode, CANARY], cwd=PROJECT, capture_output=True, check=True
    )
    assert Scanner(CANARY).sees(done.stderr) is seen
    assert done.stderr.count(b" warns") == int(done.stdout)


async def test_the_adapters_print_no_body_at_debug_level(
    kept_cloud: CloudThread, caplog: pytest.LogCaptureFixture
) -> None:
    settings = read_settings(kept_cloud.settings)
    pin_loggers()
    caplog.set_level(logging.DEBUG)
    [endpoint] = settings.model_endpoints
    model = TunedModel(resource="local", job="j", attempt=0, model="m", endpoint=endpoint, deployment="none")
    chat = OpenAIChat(settings)
    with pytest.raises(Unscorable):
        await chat.answer(model, [Turn(role="user", content=CANARY)])
    await chat._client(endpoint).close()
    classifier = ContentSafety(settings.content_safety)
    await classifier.analyze(CANARY)
    await classifier._client.close()
    assert not Scanner(CANARY).sees(caplog.text.encode())
