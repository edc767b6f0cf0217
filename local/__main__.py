"""`make local`: the whole cloud on fixed ports, up until Ctrl-C, and how to use it."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from local.azurite.install import ROOT, AzuriteMissing
from local.cloud import PARTS, PROJECT, LocalCloud, Occupied
from local.lifetime import until_stopped
from local.node import NodeMissing
from local.ports import FIXED, Ports
from local.process import StartFailed

FOLDER: Final = ROOT / "local"

_WHAT: Final = {
    "azurite": "blobs, queues, tables (Azurite)",
    "broker": "Service Bus",
    "content_safety": "Content Safety",
    "model_server": "tuned models (OpenAI-compatible)",
    "host": "Functions host",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until a signal; 0 at a signal, 3 where a server does not come up."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--without-host", action="store_true", help="leave the functions to `func start`")
    parser.add_argument("--free-ports", action="store_true", help="take free ports instead of the usual ones")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where it writes (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    try:
        asyncio.run(_run(chosen.folder, without_host=chosen.without_host, free=chosen.free_ports))
    except (StartFailed, AzuriteMissing, NodeMissing) as problem:
        print(problem, file=sys.stderr)
        return 3
    except KeyboardInterrupt:  # before it caught signals
        return 130
    except Occupied as problem:
        print(
            f"{problem} Stop what uses it, or take free ports and another folder: "
            ".venv/bin/python -m local --free-ports --folder .tunegate/another",
            file=sys.stderr,
        )
        return 3
    return 0


async def _run(folder: Path, *, without_host: bool, free: bool) -> None:
    parts = [part for part in PARTS if not (without_host and part == "host")]
    cloud = LocalCloud(
        folder=folder,
        keep=True,
        parts=parts,
        ports=Ports() if free else FIXED,
        told=lambda part: print(f"  {_WHAT[part]} is up", flush=True),
    )
    stopped = asyncio.create_task(until_stopped(with_parent=False))
    await asyncio.sleep(0)  # it catches signals from here on, before there is anything to stop
    print("Starting the local cloud ...", flush=True)
    up = asyncio.Event()
    running = asyncio.create_task(_serve(cloud, up, stopped))
    await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not running.done() and not up.is_set():
        running.cancel()  # stopped while it was still starting
    await asyncio.gather(running, return_exceptions=False)
    stopped.cancel()


async def _serve(cloud: LocalCloud, up: asyncio.Event, stopped: asyncio.Task[None]) -> None:
    try:
        async with cloud:
            up.set()
            told = {"cloud.json": cloud.describe(), "local.settings.json": _func_settings(cloud.settings)}
            try:
                for name, content in told.items():
                    _write_private(cloud.folder / name, content)
                print(_how_to_use(cloud), flush=True)
                await stopped
                print("\nStopping ...", flush=True)
            finally:
                for name in told:
                    (cloud.folder / name).unlink(missing_ok=True)
    except asyncio.CancelledError:
        if not stopped.done():
            raise


def _func_settings(settings: dict[str, str]) -> bytes:
    told = {key: value for key, value in settings.items() if not key.startswith("TUNEGATE_HOST")}
    values = {"FUNCTIONS_WORKER_RUNTIME": "python", **told}
    return msgspec.json.format(msgspec.json.encode({"IsEncrypted": False, "Values": values}))


def _how_to_use(cloud: LocalCloud) -> str:
    table = "\n".join(
        f"  {_WHAT[name]:34} {'amqp' if name == 'broker' else 'http'}://127.0.0.1:{server.port}"
        for name, server in cloud.servers.items()
    )
    settings = cloud.folder / "local.settings.json"
    return f"""
The local cloud is up; everything it writes is below {cloud.folder}, and Ctrl-C stops it.

{table}

With the command, from this folder (it finds this cloud by itself):
  .venv/bin/tunegate submit samples/support.jsonl --job first
  .venv/bin/tunegate train --job first
  .venv/bin/tunegate watch first
  .venv/bin/tunegate verdict first

With Core Tools instead of the embedded host (start this with --without-host):
  cp {settings} {PROJECT / "local.settings.json"} && func start

With any Azure SDK: the connection strings and keys are in
  {settings}
"""


def _write_private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


if __name__ == "__main__":
    sys.exit(main())
