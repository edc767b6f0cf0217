"""Servers never outlive their parent, and one that does not come up is told with its log."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.process import StartFailed, announced, start
from tests.local.children import gone, none_left_below, serves

PROJECT = Path(__file__).parents[2]
SERVES = 'import sys; print(\'{"ready": "x", "port": 1}\', flush=True); sys.stdin.read()'


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


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("pass", "ended with code 0"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "was ended by SIGTERM"),
        ("import os, time; os.close(1); time.sleep(0.3); os._exit(7)", "ended with code 7"),
        ("import os, time; os.close(1); time.sleep(60)", r"did not serve within 1 s"),
    ],
)
async def test_how_a_server_ended_is_told(code: str, how: str, tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match=f"part {how}"):
        await run(code, tmp_path, timeout_s=1)
    assert none_left_below(tmp_path)


async def test_a_server_whose_words_cannot_be_read_is_ended(tmp_path: Path) -> None:
    def unreadable(line: str) -> None:
        raise LookupError(line)

    with pytest.raises(LookupError):
        await run(SERVES, tmp_path, ready=unreadable)
    assert none_left_below(tmp_path)


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
    parent = subprocess.Popen(
        [sys.executable, "-c", CLOUD, str(tmp_path)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    with parent:
        line = parent.stdout.readline()
        assert line, "the cloud did not come up; its own words are above"
        told = json.loads(line)
        assert len(told["pids"]) == 5
        parent.send_signal(number)
        parent.wait(30)
    assert all(gone(pid) for pid in told["pids"])
    assert not any(serves(port) for port in told["ports"])
    assert none_left_below(tmp_path)
