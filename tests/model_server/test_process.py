"""The server as the process that others start: its ready line, its end, and a log without text."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import IO, cast

import openai
import pytest

from local.model_server.refusals import refusal
from tests.model_server.chats import SHOP, chat_jsonl

Server = subprocess.Popen[str]


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, "-m", "local.model_server", "--port", "0", "--key", "k", *request.param],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


def ready_url(server: Server) -> str:
    ready = json.loads(cast(IO[str], server.stdout).readline())
    assert ready["ready"] == "model_server"
    assert ready["base_model"] == "tunegate-base"
    assert ready["url"] == f"http://127.0.0.1:{ready['port']}/v1"
    return str(ready["url"])


@pytest.mark.parametrize("server", [["--with-parent"]], indirect=True)
def test_it_ends_with_its_parent_and_logs_no_text(server: Server) -> None:
    url = ready_url(server)
    with openai.OpenAI(api_key="k", base_url=url, max_retries=0) as client:
        file = client.files.create(file=("secret-name.jsonl", chat_jsonl(SHOP)), purpose="fine-tune")
        bad = client.files.create(file=("bad.jsonl", b'{"prompt": "hush"}'), purpose="fine-tune")
        client.fine_tuning.jobs.create(training_file=file.id, model="tunegate-base", suffix="a")
        client.fine_tuning.jobs.create(training_file=bad.id, model="tunegate-base", suffix="b")
        answer = client.chat.completions.create(
            model="tunegate-base", messages=[{"role": "user", "content": "a hush question"}]
        )
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("hush-model")
    _, log = server.communicate(timeout=10)  # closes standard input
    assert server.returncode == 0
    assert "POST /v1/chat/completions 200" in log
    text = answer.choices[0].message.content
    assert text == refusal("a hush question", None)  # drawn alike in every process
    for private in ("hush", "secret-name", "borrowed", text):
        assert private not in log
    assert "Traceback" not in log


@pytest.mark.parametrize("server", [["--with-parent"]], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_quietly(server: Server, number: signal.Signals) -> None:
    ready_url(server)
    server.send_signal(number)
    assert server.wait(timeout=10) == 0
    assert cast(IO[str], server.stderr).read() == ""


def test_options_that_make_no_sense_are_refused() -> None:
    for options in (["--fail-status", "200"], ["--empty-every", "0"], ["--filter-answers", "rudeness"]):
        refused = subprocess.run(
            [sys.executable, "-m", "local.model_server", "--key", "k", *options],
            capture_output=True,
            timeout=30,
        )
        assert refused.returncode == 2
