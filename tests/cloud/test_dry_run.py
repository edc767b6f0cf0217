"""The cloud suites say what is missing, where no resources are named; dry_run.py holds them on a local cloud."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cloud.named import APP, DISPOSABLE, NOT_NAMED

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


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({}, f"{DISPOSABLE}=disposable"),
        ({DISPOSABLE: "yes", APP: "stopped"}, f"{DISPOSABLE}=disposable"),
        ({DISPOSABLE: "disposable", APP: "running"}, f"{APP}=stopped"),
        (
            {DISPOSABLE: "disposable", APP: "stopped"},
            "ServiceBus__fullyQualifiedNamespace is missing",
        ),
    ],
    ids=["nothing", "not disposable", "the app runs", "no names"],
)
async def test_without_resources_a_suite_ends_and_says_what_is_missing(
    environment: dict[str, str], reason: str
) -> None:
    code, told = await run(SUITES["stopped"], environment)
    assert code == NOT_NAMED, told
    assert "passed" not in told
    assert "failed" not in told
    assert reason in told
