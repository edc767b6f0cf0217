"""checkov, over all files, with a skip list that holds nothing in vain."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.infrastructure import PROJECT, Infrastructure

CONFIGURATION = Path(__file__).parent / "checkov.yaml"


def checkov(folder: Path, *arguments: str) -> dict[str, Any]:
    """Its report on the Bicep of a folder. It asks the network nothing."""
    told = subprocess.run(
        [
            str(Path(sys.executable).parent / "checkov"),
            "--directory",
            str(folder),
            "--output",
            "json",
            *arguments,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    report: dict[str, Any] = json.loads(told.stdout)
    return report


@pytest.mark.timeout(240)
def test_checkov_finds_nothing_and_saw_everything(infra: Infrastructure, tmp_path: Path) -> None:
    # One run, with nothing skipped, and a planted mistake in a copy beside the real folder: it takes ten seconds.
    skipped = set(yaml.safe_load(CONFIGURATION.read_text())["skip-check"])
    shutil.copytree(PROJECT / "infra", tmp_path / "real")
    storage = (PROJECT / "infra" / "modules" / "storage-account.bicep").read_text()
    (tmp_path / "planted").mkdir()
    (tmp_path / "planted" / "storage.bicep").write_text(
        storage.replace("supportsHttpsTrafficOnly: true", "supportsHttpsTrafficOnly: false")
    )
    report = checkov(tmp_path, "--framework", "bicep")
    assert report["summary"]["parsing_errors"] == 0
    failed = [
        found for found in report["results"]["failed_checks"] if found["file_path"].startswith("/real/")
    ]
    assert {found["check_id"] for found in failed} == skipped
    mistakes = {
        found["check_id"]
        for found in report["results"]["failed_checks"]
        if found["file_path"].startswith("/planted/")
    }
    assert "CKV_AZURE_3" in mistakes
    seen = {resource.partition(":")[0] for resource in _seen(report)}
    made = {resource.file.name for resource in infra.resources()}
    assert {Path(path).name for path in seen} >= {"storage-account.bicep", "function-app.bicep"}
    assert report["summary"]["resource_count"] >= len(made)


def _seen(report: dict[str, Any]) -> list[str]:
    results = report["results"]
    return [found["file_path"] for found in (*results["passed_checks"], *results["failed_checks"])]
