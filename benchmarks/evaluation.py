"""How much of a data evaluation is its classifier, and how much the way to it.

Measures, within one run, the same texts (a) scored in a loop by the unmodified SDK, one request at a time, and
(b) uploaded as a training file and evaluated by the functions over host and broker; and how many requests the
evaluation spends on them, since the Content Safety quota is what limits it.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from azure.ai.contentsafety.aio import ContentSafetyClient
from azure.ai.contentsafety.models import AnalyzeTextOptions
from azure.core.credentials import AzureKeyCredential

from local.cloud import LocalCloud
from shared.joining import requests_of
from tests.journey import new_job, outcome, upload

RECORDS = 1000


def records() -> list[list[str]]:
    """Records as training files have them: one system prompt for all, two questions and an answer of their own."""
    system = "You are the support assistant of a mail-order shop. Answer briefly and kindly. " * 3
    return [
        [
            system,
            f"Where is order {n}? I have waited for {n % 9} days now.",
            f"Order {n} leaves us today. " * 8,
            f"Thank you. And can I send lamp {n} back, should it not fit beside the sofa in the front room?",
        ]
        for n in range(RECORDS)
    ]


def training_file(all_records: list[list[str]]) -> bytes:
    roles = ("system", "user", "assistant", "user")
    lines = [
        json.dumps({"messages": [{"role": r, "content": c} for r, c in zip(roles, record, strict=True)]})
        for record in all_records
    ]
    return ("\n".join(lines) + "\n").encode()


async def main() -> None:
    made = records()
    texts = [text for record in made for text in record]
    # The quota would hide what is measured here.
    async with LocalCloud(extra={"content_safety": ["--requests-per-10s", "1000000"]}) as cloud:
        settings = cloud.settings
        key = AzureKeyCredential(settings["ContentSafety__key"])
        async with ContentSafetyClient(settings["ContentSafety__endpoint"], key) as client:
            start = time.perf_counter()
            for text in texts:
                await client.analyze_text(AnalyzeTextOptions(text=text))
            loop_s = time.perf_counter() - start
        start = time.perf_counter()
        event = await outcome(settings, await upload(settings, new_job(), training_file(made)), 300)
        gate_s = time.perf_counter() - start
    assert event["data"]["found"]["texts"] == len(texts), "not every text was scored"
    joined = len(list(requests_of(dict.fromkeys(texts))))
    print(
        "An evaluation joins distinct texts and asks eight requests at a time; this is what it took in this run."
    )
    print(f"{'':34}{'seconds':>9}{'ratio':>8}{'requests':>10}")
    print(f"{'each text in a loop, SDK alone':34}{loop_s:9.2f}{1:8.2f}{len(texts):10}")
    print(f"{'upload to outcome, all functions':34}{gate_s:9.2f}{gate_s / loop_s:8.2f}{joined:10}")


if __name__ == "__main__":
    asyncio.run(main())
