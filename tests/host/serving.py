"""Processes under test: a host with its record and its log, and a broker; both end with the test."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
APPS = HERE / "apps"
KEY = "key-of-the-tests"
BROKER_KEY = "broker-key-of-the-tests"


@dataclass(frozen=True, slots=True)
class Process:
    """A local server, serving."""

    popen: subprocess.Popen[bytes]
    facts: dict[str, Any]
    log: Path

    @property
    def port(self) -> int:
        return int(self.facts["port"])

    def logged(self) -> str:
        return self.log.read_text()


@dataclass(frozen=True, slots=True)
class Host(Process):
    """A host of a test app."""

    record: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def recorded(self, function: str = "") -> list[dict[str, Any]]:
        """What the app wrote down, in order; of one function or of all."""
        lines = self.record.read_text().splitlines() if self.record.exists() else []
        facts = [json.loads(line) for line in lines]
        return [fact for fact in facts if function in ("", fact["function"])]

    def wait_for(
        self, function: str, matches: Callable[[dict[str, Any]], bool] = lambda fact: True, *, count: int = 1
    ) -> list[dict[str, Any]]:
        """The function's first `count` records that match, as soon as they are there."""

        def found() -> list[dict[str, Any]]:
            return [fact for fact in self.recorded(function) if matches(fact)]

        wait_until(lambda: len(found()) >= count, f"{count} records of {function}")
        return found()


def wait_until(condition: Callable[[], bool], what: str, *, timeout_s: float = 20.0) -> None:
    """Return once the condition holds; fail the test after the time-out."""
    ends = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > ends:
            raise AssertionError(f"not within {timeout_s:g} s: {what}")
        time.sleep(0.02)


@contextlib.contextmanager
def serving_broker(folder: Path, *, port: int = 0) -> Iterator[Process]:
    command = [
        "local.broker",
        "--config",
        str(HERE / "entities.json"),
        "--key",
        BROKER_KEY,
        "--port",
        str(port),
    ]
    with _started(command, folder / "broker.log", {}) as (popen, facts):
        yield Process(popen, facts, folder / "broker.log")


@contextlib.contextmanager
def serving_host(
    app: str, folder: Path, settings: dict[str, str], *, arguments: Sequence[str] = ()
) -> Iterator[Host]:
    record, log = folder / "record.jsonl", folder / "host.log"
    command = ["local.host", "--app", str(APPS / app), "--key", KEY, *arguments]
    with _started(command, log, {**settings, "RECORD": str(record)}) as (popen, facts):
        yield Host(popen, facts, log, record)


def refusal(app: str | Path, settings: dict[str, str] | None = None, *, arguments: Sequence[str] = ()) -> str:
    """The reason for which the host refuses the app, having served nothing; fails where it does not refuse."""
    command = [sys.executable, "-m", "local.host", "--app", str(APPS / app), "--key", KEY, *arguments]
    environment = {**os.environ, **(settings or {})}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stdout) == (3, ""), ended
    return ended.stderr.splitlines()[-1].removeprefix("refused: ")


def connection_to(broker: Process) -> str:
    return (
        f"Endpoint=sb://127.0.0.1:{broker.port};SharedAccessKeyName=RootManageSharedAccessKey;"
        f"SharedAccessKey={BROKER_KEY};UseDevelopmentEmulator=true;"
    )


@contextlib.contextmanager
def _started(
    command: Sequence[str], log: Path, settings: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    with log.open("ab") as errors:
        popen = subprocess.Popen(
            [sys.executable, "-m", *command, "--with-parent"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, **settings},
        )
    with popen:
        try:
            assert popen.stdout is not None
            line = popen.stdout.readline()
            assert line, f"it did not come up: {log.read_text()}"
            yield popen, json.loads(line)
        finally:
            assert popen.stdin is not None
            popen.stdin.close()
            try:
                popen.wait(timeout=15)
            except subprocess.TimeoutExpired:
                popen.kill()
                raise
