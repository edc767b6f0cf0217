"""The cloud suites say what is missing, where no resources are named; dry_run.py holds them on a local cloud."""

import asyncio
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from shared.scenario_set import shipped_set
from tests.cloud.named import APP, DISPOSABLE, MODEL, MODEL_DEPLOYMENT, NOT_NAMED, TOPIC, why_not

PROJECT = Path(__file__).parents[2]
SUITES = {"stopped": "contract.py", "running": "end_to_end.py"}


async def run(suite: str, environment: Mapping[str, str]) -> tuple[int, str]:
    """pytest's exit code and report of a suite in this environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "NO_PROXY", "no_proxy") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", f"tests/cloud/{suite}"),
        cwd=PROJECT,
        env={**kept, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, told.decode()


READY = {
    DISPOSABLE: "disposable",
    MODEL: "tuned",
    MODEL_DEPLOYMENT: "tuned",
    "TUNEGATE_RESOURCE": "contoso",
    "TUNEGATE_REGION": "swedencentral",
    "TUNEGATE_TRAINING_CONTAINER": "training",
    "TUNEGATE_MODEL_ENDPOINTS": "https://contoso.invalid/openai/v1",
    "TrainingStorage__blobServiceUri": "https://training.blob.invalid",
    "VerdictStorage__tableServiceUri": "https://verdicts.table.invalid",
    "ServiceBus__fullyQualifiedNamespace": "contoso.invalid",
    "ContentSafety__endpoint": "https://contoso.invalid",
    TOPIC: "https://contoso.invalid/api/events",
}
"""Names of what nobody has made."""
OTHER = {"stopped": "running", "running": "stopped"}
LACKING = {
    "nothing": (dict.fromkeys(READY, ""), f"{DISPOSABLE}=disposable"),
    "not disposable": ({DISPOSABLE: "yes"}, f"{DISPOSABLE}=disposable"),
    "no bus": ({"ServiceBus__fullyQualifiedNamespace": ""}, "ServiceBus__fullyQualifiedNamespace is missing"),
    "no model": ({MODEL: ""}, f"set {MODEL}"),
    "no deployment": ({MODEL_DEPLOYMENT: ""}, MODEL_DEPLOYMENT),
}


@pytest.mark.parametrize("lacking", [*LACKING, "the app's other state"])
@pytest.mark.parametrize("app", SUITES)
async def test_without_resources_a_suite_ends_and_says_what_is_missing(app: str, lacking: str) -> None:
    without, reason = LACKING.get(lacking, ({APP: OTHER[app]}, f"{APP}={app}"))
    await ends_and_says(app, without, reason)


async def test_without_a_topic_no_training_can_be_completed() -> None:
    await ends_and_says("running", {TOPIC: ""}, f"set {TOPIC}")


async def ends_and_says(app: str, without: Mapping[str, str], reason: str) -> None:
    code, told = await run(SUITES[app], {**READY, APP: app, **without})
    assert code == NOT_NAMED, told
    assert "passed" not in told
    assert "failed" not in told
    assert reason in told


@pytest.mark.parametrize("app", SUITES)
def test_where_all_is_named_a_suite_runs(app: str) -> None:
    assert why_not({**READY, APP: app}, app) == ""


def test_a_local_cloud_needs_no_topic() -> None:
    local = {"ServiceBus__fullyQualifiedNamespace": "", "ServiceBus": "Endpoint=sb://127.0.0.1:1", TOPIC: ""}
    assert why_not({**READY, APP: "running", **local}, "running") == ""


@pytest.mark.parametrize("path", ["tests/cloud/README.md", "tests/cloud/end_to_end.py"])
def test_the_number_of_conversations_is_told_as_it_is(path: str) -> None:
    assert re.findall(r"\b(\d[\d,]*) conversations", (PROJECT / path).read_text()) == [
        f"{len(shipped_set()):,}"
    ]
