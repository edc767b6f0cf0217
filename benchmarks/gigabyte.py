"""What a large file costs a worker: `python benchmarks/gigabyte.py [--size MB]`; 1000 is the gigabyte.

Evaluates a generated chat file of 10 MB, and one of the size given, each on a fresh local cloud with a stub for a
classifier, and measures the peak memory of the process that ran all of its functions; and how long the planner
takes for an upload of either size, with no host that would take its messages. Then `tunegate check` and `tunegate
clean` of the same files, with one harmful line behind, and the peak memory of each. Linux only: the peak is the
kernel's.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from client.container import TrainingContainer, evaluation_of
from local.azurite.install import ROOT
from local.cloud import LocalCloud
from shared.adapters.clock import WallClock
from shared.adapters.service_bus import ServiceBus
from shared.events import BLOB_CREATED, Event
from shared.plan import plan_data_evaluation
from shared.settings import Connection, read_settings
from shared.shards import shard_count
from tests.contract.mail import close
from tests.journey import chat_line, new_job, outcome

SMALL_BYTES = 10 * 10**6
ROUNDS = 7
WAIT_S = 3600
STUB = {"content_safety": ["--marker-tokens", "--requests-per-10s", "1000000"]}
FAST = {"TUNEGATE_REQUESTS_PER_SECOND": "10000"}
"""The quota would hide what is measured here."""


@dataclass(frozen=True)
class Evaluated:
    """An evaluation: how long it took from upload to outcome, and the highest memory its worker ever held."""

    seconds: float
    peak_bytes: int


def generate(path: Path, size: int) -> None:
    """Write a chat file of at least so many bytes, line by line, of few distinct texts."""
    questions = [f"Where is parcel {n}? I have waited for some days now. " * 40 for n in range(8)]
    answers = [f"Parcel {n} left our house yesterday and is on its way. " * 40 for n in range(8)]
    with path.open("wb") as file:
        number = 0
        while file.tell() < size:
            turns = (("user", questions[number % 8]), ("assistant", answers[number // 8 % 8]))
            record = {"messages": [{"role": role, "content": text} for role, text in turns]}
            file.write(json.dumps(record).encode() + b"\n")
            number += 1


def peak_of(process: int) -> int:
    """The peak of a process's resident memory in bytes, which is its ru_maxrss as long as it runs."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel does not tell a process's peak memory")


async def evaluated(path: Path) -> Evaluated:
    """The file's evaluation on a fresh cloud."""
    length = (await asyncio.to_thread(path.stat)).st_size
    async with LocalCloud(extra=STUB, environment=FAST) as cloud:
        storage = Connection(secret=cloud.settings["TrainingStorage"])
        async with TrainingContainer(storage, cloud.settings["TUNEGATE_TRAINING_CONTAINER"]) as container:
            file = await container.upload(path, length, new_job(), lambda done, total: None)
        begun = time.perf_counter()
        event = await outcome(cloud.settings, evaluation_of(file), WAIT_S)
        seconds = time.perf_counter() - begun
        assert event["data"]["result"] == "passed", event["data"]["reasons"]
        return Evaluated(seconds=seconds, peak_bytes=peak_of(cloud.servers["host"].process.pid))


async def planned(lengths: list[int]) -> list[float]:
    """How long the planner takes for an upload of each length: the median of several, taken in turns."""
    took: list[list[float]] = [[] for _ in lengths]
    async with LocalCloud(extra=STUB, parts=("azurite", "broker", "content_safety", "model_server")) as cloud:
        settings = read_settings(cloud.settings)
        bus, job = ServiceBus(settings.service_bus), new_job()
        for turn in range(ROUNDS + 1):
            for times, length in zip(took, lengths, strict=True):
                data = {
                    "url": f"http://127.0.0.1/{settings.training_account}/training/{job}/train.jsonl",
                    "eTag": f"0x{turn}{length:014}",
                    "contentLength": length,
                }
                event = Event(id="e", type=BLOB_CREATED, data=data)
                begun = time.perf_counter()
                await plan_data_evaluation(event, bus=bus, clock=WallClock(), settings=settings)
                if turn:  # the first opens the connections
                    times.append(time.perf_counter() - begun)
        await close(bus)
    return [statistics.median(times) for times in took]


async def commands(path: Path) -> dict[str, Evaluated]:
    """What `check` and `clean` of the file took, its last line being harmful."""
    with path.open("ab") as file:
        file.write(chat_line("hello", "[[violence:6]]"))
    async with LocalCloud(extra=STUB, parts=("content_safety",)) as cloud:
        environment = {**os.environ, "KEY": cloud.settings["ContentSafety__key"]}
        to = ("--endpoint", cloud.settings["ContentSafety__endpoint"], "--key-env", "KEY")
        out = path.with_suffix(".clean")
        lines = {
            "check": ("check", str(path), *to),
            "clean": ("clean", str(path), "-o", str(out), "--force", *to),
        }
        ends = {}
        for name, arguments in lines.items():
            ends[name], code = await asyncio.to_thread(_run, arguments, environment)
            assert code == {"check": 1, "clean": 0}[name], code
        assert (await asyncio.to_thread(out.stat)).st_size < (await asyncio.to_thread(path.stat)).st_size
        return ends


def _run(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[Evaluated, int]:
    begun = time.perf_counter()
    command = [sys.executable, "-m", "client.main", *arguments]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    ended = Evaluated(seconds=time.perf_counter() - begun, peak_bytes=usage.ru_maxrss * 1024)
    return ended, os.waitstatus_to_exitcode(status)


async def main(size: int) -> None:
    ROOT.mkdir(exist_ok=True)
    sizes = [SMALL_BYTES, size]
    ends, by_command = [], []
    planning = await planned(sizes)
    with tempfile.TemporaryDirectory(dir=ROOT, prefix="gigabyte-") as folder:
        for each in sizes:
            path = Path(folder) / "train.jsonl"
            generate(path, each)
            ends.append(await evaluated(path))
            by_command.append(await commands(path))
    small, large = ends
    print(
        f"A worker's peak memory for {size // 10**6:,} MB was {large.peak_bytes / small.peak_bytes:.2f} times that for "
        f"{SMALL_BYTES // 10**6} MB; planning, which reads nothing, took "
        f"{planning[1] / planning[0]:.1f} times as long."
    )
    print(
        f"\n{'file':>9}{'shards':>8}{'planning':>11}{'ratio':>7}{'peak memory':>13}{'ratio':>7}{'to outcome':>12}"
    )
    for length, plan_s, end in zip(sizes, planning, ends, strict=True):
        plan = f"{1000 * plan_s:>8.0f} ms{plan_s / planning[0]:>7.1f}"
        memory = f"{end.peak_bytes / 10**6:>10.1f} MB{end.peak_bytes / small.peak_bytes:>7.2f}"
        print(f"{length // 10**6:>6,} MB{shard_count(length):>8,}{plan}{memory}{end.seconds:>10.0f} s")
    print("\nThe command by itself, asking the same stub:")
    print(f"{'':>9}{'file':>9}{'peak memory':>13}{'ratio':>7}{'took':>9}")
    for name in ("check", "clean"):
        for length, took in zip(sizes, by_command, strict=True):
            ratio = took[name].peak_bytes / by_command[0][name].peak_bytes
            memory = f"{took[name].peak_bytes / 10**6:>10.1f} MB{ratio:>7.2f}"
            print(f"{name:>9}{length // 10**6:>6,} MB{memory}{took[name].seconds:>7.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=100, metavar="MB", help="the larger file (default 100)")
    asyncio.run(main(max(11, parser.parse_args().size) * 10**6))
