"""`make local`: it tells how to be found, and Ctrl-C at any moment leaves nothing."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.local.children import processes_below, serves

PROJECT = Path(__file__).parents[2]


def command(folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "local", "--free-ports", "--folder", str(folder), *more]


@contextmanager
def running(folder: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command(folder, *more), cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout is not None
    read = ""
    for line in process.stdout:
        read += line
        if words in line:
            return read
    pytest.fail(f"it ended before it said {words!r}:\n{read}")


def ports_of(settings: dict[str, str]) -> list[int]:
    parts = [*settings["TrainingStorage"].split(";"), settings["TUNEGATE_HOST"]]
    return [int(part.split(":")[-1].split("/")[0]) for part in parts if "http://" in part]


def test_it_can_be_found_while_it_is_up_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        told = read_until(process, "With any Azure SDK")
        assert "tunegate submit" in told
        assert "func start" in told
        cloud = tmp_path / "cloud.json"
        settings = json.loads(cloud.read_bytes())["settings"]
        for path in (cloud, tmp_path / "local.settings.json"):
            assert path.stat().st_mode & 0o777 == 0o600
        for_func = json.loads((tmp_path / "local.settings.json").read_bytes())["Values"]
        assert for_func["AzureWebJobsStorage"] == settings["TrainingStorage"]
        assert for_func["FUNCTIONS_WORKER_RUNTIME"] == "python"
        ports = ports_of(settings)
        assert len(ports) == 4
        assert all(serves(port) for port in ports)

        second = subprocess.run(command(tmp_path), cwd=PROJECT, capture_output=True, text=True, check=False)
        assert second.returncode == 3
        assert f"Another local cloud runs in {tmp_path}" in second.stderr
        assert cloud.exists()

        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    # At once: it waits for its servers.
    assert not any(serves(port) for port in ports)
    assert processes_below(tmp_path) == []
    assert not cloud.exists()


@pytest.mark.parametrize("moment", ["Starting", "Service Bus is up", "Azurite) is up", "host is up"])
def test_ctrl_c_while_it_starts_leaves_nothing(moment: str, tmp_path: Path) -> None:
    with running(tmp_path) as process:
        read_until(process, moment)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stdout is not None
        assert "Traceback" not in process.stdout.read()
    assert processes_below(tmp_path) == []
    assert not (tmp_path / "cloud.json").exists()


def test_the_host_can_be_left_to_core_tools(tmp_path: Path) -> None:
    with running(tmp_path, "--without-host") as process:
        read_until(process, "With any Azure SDK")
        assert "TUNEGATE_HOST" not in json.loads((tmp_path / "cloud.json").read_bytes())["settings"]
        assert not (tmp_path / "host.log").exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert processes_below(tmp_path) == []
