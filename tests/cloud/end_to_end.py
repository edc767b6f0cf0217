"""The gates end to end on a real deployment: what a user's systems do, and what they are told."""

import time
import uuid
from pathlib import Path

import pytest

from client.errors import Exit
from client.terminal import Terminal
from client.verdict import verdict
from shared.ids import model_evaluation_id
from shared.reasons import SENTENCES
from tests.cloud import clients
from tests.cloud.named import MODEL, MODEL_DEPLOYMENT, NamedCloud
from tests.e2e.test_bad_input import LINES, SECRET
from tests.journey import chat_line, new_job, training_completed

SAMPLES = Path(__file__).parents[2] / "samples"
DATA_S = 900
MODEL_S = 3 * 3_600
"""1,020 conversations with a model at the quota of a small deployment."""

pytestmark = pytest.mark.timeout(MODEL_S + 600)


async def evaluated(cloud: NamedCloud, content: bytes) -> dict:
    return await clients.outcome(cloud, await clients.upload(cloud, new_job("e2e"), content), DATA_S)


async def test_a_harmless_file_passes(deployment: NamedCloud) -> None:
    data = await evaluated(deployment, (SAMPLES / "support.jsonl").read_bytes())
    assert (data["result"], data["billable"], data["reasons"]) == ("passed", True, [])
    assert data["classifier"].startswith("azure-ai-content-safety/") is deployment.is_azure


async def test_a_harmful_file_fails_and_its_lines_are_named(deployment: NamedCloud) -> None:
    content = (SAMPLES / "harmful.jsonl").read_bytes()
    data = await evaluated(deployment, content)
    assert (data["result"], data["billable"]) == ("failed", False)
    assert data["message"].startswith("The provided training data failed RAI checks for harm types: [")
    lines = content.splitlines(keepends=True)
    for finding in data["found"]["findings"]:
        assert content[finding["offset"] :].startswith(lines[finding["line"] - 1])


async def test_bad_lines_are_named_and_never_quoted(deployment: NamedCloud) -> None:
    content = chat_line("good day") + b"".join(line + b"\n" for line in LINES.values())
    data = await evaluated(deployment, content)
    assert data["result"] == "incomplete"
    told = [(bad["line"], bad["reason"]) for bad in data["found"]["bad_lines"]]
    assert told == list(enumerate(LINES, start=2))
    assert all(f"1 unscored: {SENTENCES[reason]}." in data["reasons"] for reason in LINES)
    assert SECRET not in str(data)


async def test_an_empty_file_is_incomplete(deployment: NamedCloud) -> None:
    data = await evaluated(deployment, b"")
    assert (data["result"], data["billable"]) == ("incomplete", False)


async def test_a_job_without_a_model_has_no_verdict(deployment: NamedCloud) -> None:
    code = await verdict(f"none-{uuid.uuid4().hex[:8]}", target=deployment.target, terminal=Terminal())
    await clients.forget_identities(deployment)
    assert code is Exit.INCOMPLETE


async def test_a_model_is_evaluated_and_its_verdict_is_what_the_outcome_says(deployment: NamedCloud) -> None:
    settings = deployment.settings
    model, name = settings[MODEL], settings[MODEL_DEPLOYMENT]
    job, target = new_job("e2e"), deployment.target
    event = training_completed(
        {"TUNEGATE_MODEL_ENDPOINTS": target.model_endpoint},
        job,
        model,
        deployment=name,
        resource=target.resource,
        region=target.region,
    )
    for _ in range(2):  # an event that comes twice starts nothing twice
        await clients.complete_training(deployment, event)
    evaluation = model_evaluation_id(resource=target.resource, job=job, model=model, attempt=0)
    data = await clients.outcome(deployment, evaluation, MODEL_S)
    expected = {"passed": Exit.PASSED, "failed": Exit.FAILED}.get(data["result"], Exit.INCOMPLETE)
    limit = time.monotonic() + 300
    while (code := await verdict(job, target=target, terminal=Terminal())) is not expected:
        assert time.monotonic() < limit, f"{data['result']}, and the verdict is {code.name}"
        await clients.sleep(1)
    assert set(await clients.row(deployment, job, target.resource) or ()) <= {
        "PartitionKey",
        "RowKey",
        "Deployable",
    }
    await clients.forget_identities(deployment)
