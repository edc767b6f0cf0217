"""Ctrl-C: one line, exit code 130, and nothing left running."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil
import pytest

from local.cloud import PROJECT
from tests.clouds import CloudThread


@asynccontextmanager
async def command(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The command in a process of its own, both outputs in one pipe."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "client.main",
        *arguments,
        cwd=PROJECT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def read_until(process: asyncio.subprocess.Process, start: str) -> None:
    """Read the output up to a line that begins so."""
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while line := await process.stdout.readline():
            if line.decode().startswith(start):
                return
    raise AssertionError(f"it never printed: {start}")


async def interrupted(process: asyncio.subprocess.Process, number: int) -> tuple[int, list[str]]:
    """The exit code and what was still printed after the signal."""
    process.send_signal(number)
    async with asyncio.timeout(60):
        rest, _ = await process.communicate()
    return process.returncode or 0, [line for line in rest.decode().splitlines() if line]


def children_of(pid: int) -> dict[int, str]:
    """The processes below a process, and their folders where they name one of a cloud."""
    found = {}
    for child in psutil.Process(pid).children():
        with suppress(psutil.NoSuchProcess):  # it ended just now
            found[child.pid] = child.environ().get("TMPDIR", "")
    return found


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("moment", "children", "number"),
    [
        ("Starting the local cloud", 1, signal.SIGTERM),
        ("Evaluating the training data", 5, signal.SIGINT),
    ],
)
async def test_a_demo_that_is_stopped_leaves_nothing(moment: str, children: int, number: int) -> None:
    async with command("demo") as process:
        await read_until(process, moment)
        async with asyncio.timeout(30):
            while len(running := children_of(process.pid)) < children:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        code, rest = await interrupted(process, number)
    assert code == 130
    assert rest[-1] == "Stopped: everything the demo started has ended."
    assert not any("Traceback" in line for line in rest)
    assert [pid for pid in running if is_alive(pid)] == []
    folders = {Path(folder) for folder in running.values() if folder}
    assert [folder for folder in folders if folder.exists()] == []


async def test_a_watch_that_is_stopped_says_one_line(services: CloudThread, tmp_path: Path) -> None:
    path = tmp_path / "cloud.json"
    path.write_text(json.dumps({"settings": services.settings}))
    async with command("watch", "any", "--model", "any", "--cloud", str(path)) as process:
        await read_until(process, "Evaluating the model")
        told = "Stopped. An evaluation that has begun goes on; see it with: tunegate watch any"
        assert await interrupted(process, signal.SIGINT) == (130, [told])
