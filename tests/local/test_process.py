"""Servers never outlive their parent, and one that does not come up is told with its log."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.process import StartFailed, announced, start

PROJECT = Path(__file__).parents[2]
SERVES = 'import sys; print(\'{"ready": "x", "port": 1}\', flush=True); sys.stdin.read()'


def gone(pid: int, timeout_s: float = 10) -> bool:
    limit = time.monotonic() + timeout_s
    while time.monotonic() < limit:
        try:
            if (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


async def run(code: str, folder: Path, **options):
    return await start("part", [sys.executable, "-c", code], environment=os.environ, folder=folder, **options)


async def test_a_server_that_serves_is_stopped_by_the_end_of_its_input(tmp_path: Path) -> None:
    server = await run(SERVES, tmp_path)
    assert server.port == 1
    await server.stop()
    assert server.process.returncode == 0


async def test_a_server_that_ends_early_is_told_with_its_code_and_log(tmp_path: Path) -> None:
    with pytest.raises(StartFailed) as failed:
        await run("import sys; sys.stderr.write('no such port\\n'); sys.exit(7)", tmp_path)
    assert "ended with code 7" in str(failed.value)
    assert str(tmp_path / "part.log") in str(failed.value)
    assert "no such port" in str(failed.value)


async def test_a_server_that_never_serves_is_ended(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match=r"did not serve within 0\.5 s"):
        await run("import time; time.sleep(60)", tmp_path, timeout_s=0.5)


async def test_a_server_that_ignores_everything_is_killed(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        'print(\'{"ready": "x"}\', flush=True); time.sleep(60)'
    )
    server = await run(stubborn, tmp_path)
    await server.stop(grace_s=0.3)
    assert server.process.returncode == -signal.SIGKILL


async def test_what_a_server_started_ends_with_it(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, json;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(json.dumps({'ready': 'x', 'child': child.pid}), flush=True); sys.stdin.read()"
    )
    server = await run(code, tmp_path)
    await server.stop(grace_s=0.5)
    assert gone(server.facts["child"])


def test_only_a_ready_line_is_one() -> None:
    assert announced('{"ready": "x", "port": 7}') == {"ready": "x", "port": 7}
    for line in ("", "ready", "[]", '{"port": 7}', "{"):
        assert announced(line) is None


CLOUD = """
import asyncio, json, sys
from pathlib import Path
from local.cloud import LocalCloud
async def main():
    async with LocalCloud(folder=Path(sys.argv[1]), keep=True) as cloud:
        pids = [server.process.pid for server in cloud.servers.values()]
        ports = [server.port for server in cloud.servers.values()]
        print(json.dumps({"pids": pids, "ports": ports}), flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_cloud_whose_parent_ends_leaves_no_process_and_no_port(number: int, tmp_path: Path) -> None:
    import json
    import socket

    parent = subprocess.Popen(
        [sys.executable, "-c", CLOUD, str(tmp_path)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert parent.stdout is not None
    with parent:
        told = json.loads(parent.stdout.readline())
        assert len(told["pids"]) == 5
        parent.send_signal(number)
        parent.wait(30)
    assert all(gone(pid) for pid in told["pids"])
    for port in told["ports"]:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
