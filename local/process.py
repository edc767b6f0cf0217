"""Child processes that never outlive their parent: how the local cloud's servers are started and stopped."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

Facts = dict[str, Any]
Readiness = Callable[[str], Facts | None]
"""Reads a line of a server's output; its facts once the server serves, None before."""


class StartFailed(RuntimeError):
    """A server did not come up; the text says which, why and where its log is."""


def announced(line: str) -> Facts | None:
    """The facts of the JSON line by which our own servers say that they serve."""
    with contextlib.suppress(msgspec.DecodeError):
        facts = msgspec.json.decode(line)
        if isinstance(facts, dict) and "ready" in facts:
            return facts
    return None


@dataclass(slots=True)
class Server:
    """A running child process and what it said when it came up."""

    name: str
    facts: Facts
    log: Path
    process: asyncio.subprocess.Process
    _drain: asyncio.Task[None] = field(repr=False)

    @property
    def port(self) -> int:
        return int(self.facts["port"])

    async def stop(self, *, grace_s: float = 8.0) -> None:
        """End the process and whatever it started: its input ends, then SIGTERM, then SIGKILL."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        for number in (None, signal.SIGTERM, signal.SIGKILL):
            if number is not None:
                self._signal(number)
            try:
                async with asyncio.timeout(grace_s):
                    await self.process.wait()
                break
            except TimeoutError:
                continue
        self._signal(signal.SIGKILL)  # whatever is left of its group
        await self._drain

    async def kill(self) -> None:
        """End the process at once, as a crash would."""
        self._signal(signal.SIGKILL)
        await self.process.wait()
        await self._drain

    def _signal(self, number: int) -> None:
        # The child leads a session of its own, so its process group has its number.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


async def start(
    name: str,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    ready: Readiness = announced,
    timeout_s: float = 30.0,
) -> Server:
    """Start a server and return once it serves; raises StartFailed where it ends first or takes too long.

    The child gets a session of its own, so that Ctrl-C reaches the parent alone, which stops its servers in
    order; and a pipe as its input, whose end tells it that the parent is gone, however it died.
    """
    log = folder / f"{name}.log"
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            env=dict(environment),
            cwd=folder,  # whatever it writes unasked lands there
            start_new_session=True,
        )
    assert process.stdout is not None  # noqa: S101 -- a pipe was asked for
    output = process.stdout
    facts: Facts | None = None
    try:
        async with asyncio.timeout(timeout_s):
            facts = await _until_ready(output, ready)
            if facts is None:
                await process.wait()  # it said all it had to say: it is ending
    except TimeoutError:
        pass
    except BaseException:
        await Server(name, {}, log, process, _drain=asyncio.create_task(_drain(output))).kill()
        raise
    code = process.returncode
    server = Server(name, facts or {}, log, process, _drain=asyncio.create_task(_drain(output)))
    if facts is None:
        await server.kill()
        why = f"did not serve within {timeout_s:g} s" if code is None else _how_it_ended(code)
        raise StartFailed(f"{name} {why}. Its log: {log}\n{_last_line(log)}")
    return server


async def _until_ready(output: asyncio.StreamReader, ready: Readiness) -> Facts | None:
    while line := await output.readline():
        facts = ready(line.decode(errors="replace").strip())
        if facts is not None:
            return facts
    return None


def _how_it_ended(code: int) -> str:
    return f"ended with code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"


async def _drain(output: asyncio.StreamReader) -> None:
    # A pipe nobody reads would fill and stop the child.
    while await output.read(65536):
        pass


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
