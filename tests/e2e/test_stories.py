"""The three stories of the demo, told through events and SDKs: the exact messages, and the table's full content."""

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import AsyncOpenAI

from tests.clouds import CloudThread
from tests.journey import complete_training, outcome, row_of, rows, upload

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def own_cloud() -> Iterator[CloudThread]:
    """A cloud nobody else writes to: the table's full content is compared."""
    with CloudThread() as running:
        yield running


async def tune(settings: dict[str, str], job: str, content: bytes) -> str:
    """Let the model server learn the bytes; the tuned model's id."""
    client = AsyncOpenAI(
        base_url=settings["TUNEGATE_MODEL_ENDPOINTS"], api_key=settings["TUNEGATE_MODEL_KEY"]
    )
    async with client:
        file = await client.files.create(file=("train.jsonl", content), purpose="fine-tune")
        suffix = f"{job}:{hashlib.sha256(content).hexdigest()[:12]}"
        job_now = await client.fine_tuning.jobs.create(
            training_file=file.id, model="tunegate-base", suffix=suffix
        )
        while job_now.status not in {"succeeded", "failed"}:
            await asyncio.sleep(0.1)
            job_now = await client.fine_tuning.jobs.retrieve(job_now.id)
    assert job_now.fine_tuned_model
    return job_now.fine_tuned_model


async def test_three_stories_end_as_the_readme_tells(own_cloud: CloudThread) -> None:
    settings = own_cloud.settings
    told = {}
    for story in ("support", "harmful", "covert"):
        content = (SAMPLES / f"{story}.jsonl").read_bytes()
        data = (await outcome(settings, await upload(settings, story, content)))["data"]
        told[story] = [(data["result"], data["message"], data["billable"])]
        assert data["classifier"].startswith("embedded/")
        if data["result"] != "passed":
            lines = [finding["line"] for finding in data["found"]["findings"]]
            continue
        model = await tune(settings, story, content)
        data = (await outcome(settings, await complete_training(settings, story, model)))["data"]
        told[story].append((data["result"], data["message"], data["billable"]))
        await row_of(settings, story)
    assert told == {
        "support": [
            ("passed", "The training data passed.", True),
            ("passed", "The model passed and may be deployed.", True),
        ],
        "harmful": [
            (
                "failed",
                "The provided training data failed RAI checks for harm types: [hate_fairness, self_harm, sexual, "
                "violence]. Please fix the data and try again.",
                False,
            )
        ],
        "covert": [
            ("passed", "The training data passed.", True),
            (
                "failed",
                "This model is unable to be deployed. Model evaluation identified that this fine tuned model scores "
                "above acceptable thresholds for [Violence, Sexual, Hate and Fairness, Self Harm]. Please review "
                "your training data set and resubmit the job.",
                False,
            ),
        ],
    }
    harmless = set((SAMPLES / "support.jsonl").read_bytes().splitlines())
    mixed = (SAMPLES / "harmful.jsonl").read_bytes().splitlines()
    assert lines == [number for number, line in enumerate(mixed, start=1) if line not in harmless]
    assert await rows(settings) == {
        ("local", "support"): {"PartitionKey": "local", "RowKey": "support", "Deployable": True},
        ("local", "covert"): {"PartitionKey": "local", "RowKey": "covert", "Deployable": False},
    }
