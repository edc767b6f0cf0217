"""Files of canaries through a whole cloud: each string reaches the classifier, and none reaches anything else."""

import asyncio
import re
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

from aiohttp import web
from hypothesis import HealthCheck, Phase, given, settings

from local.cloud import LocalCloud
from tests.journey import new_job, outcome, upload
from tests.privacy.echoing import Classifier, Model, serving
from tests.privacy.scanner import Scanner
from tests.privacy.tap import tapped
from tests.torture import WORD, file_of, shapes

FILES = 25


class Hearing(Classifier):
    """Keeps what it is asked; everything is harmless."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.heard.append((await request.json())["text"])
        return await super().answer(request)


def built() -> tuple[list[bytes], list[str]]:
    """Files as hypothesis builds them, and all their canaries."""
    files: list[bytes] = []
    canaries: list[str] = []
    numbers = count(1)

    @given(records=shapes)
    @settings(
        max_examples=FILES,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def build(records: list[dict[str, object]]) -> None:
        content, planted = file_of(records, numbers)
        files.append(content)
        canaries.extend(planted)

    build()
    return files, canaries


async def test_each_canary_reaches_the_classifier_and_none_anything_else(tmp_path: Path) -> None:
    files, canaries = built()
    assert len(canaries) > 100, "the files hold canaries"
    hearing = Hearing()
    environment: dict[str, str] = {}
    cloud = LocalCloud(
        folder=tmp_path / "cloud", keep=True, parts=("azurite", "broker"), environment=environment
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(cloud)
        bus = await stack.enter_async_context(tapped(cloud.servers["broker"].port))
        address = await stack.enter_async_context(serving(hearing, Model("x")))
        environment["ServiceBus"] = re.sub(r":\d+;", f":{bus.port};", cloud.settings["ServiceBus"])
        cloud.settings |= {
            "ContentSafety__endpoint": address,
            "ContentSafety__key": "key",
            "TUNEGATE_MODEL_ENDPOINTS": f"{address}/v1",
            "TUNEGATE_MODEL_KEY": "key",
        }
        await cloud.start("host")
        jobs = [new_job() for _ in files]
        sent = [await upload(cloud.settings, job, content) for job, content in zip(jobs, files, strict=True)]
        told = await asyncio.gather(*(outcome(cloud.settings, evaluation) for evaluation in sent))
        inputs = frozenset(f"training/{job}/train.jsonl" for job in jobs)
        leaks = await Scanner(WORD, inputs=inputs).leaks(cloud, sent)
    heard = "\n".join(hearing.heard)
    assert [canary for canary in canaries if canary not in heard] == []
    assert {event["data"]["result"] for event in told} <= {"passed", "incomplete"}
    said = bus.everything
    assert b"Tunegate.EvaluationCompleted" in said, "the tap hears messages"
    assert not Scanner(WORD).sees(said)
    assert leaks == set()
