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
JUDGED = {
    "Microsoft.CognitiveServices/accounts",
    "Microsoft.EventGrid/topics",
    "Microsoft.Network/networkSecurityGroups",
    "Microsoft.Network/virtualNetworks",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.Storage/storageAccounts/blobServices/containers",
    "Microsoft.Web/serverfarms",
    "Microsoft.Web/sites",
    "Microsoft.Web/sites/config",
}
"""The types that checkov has rules for, of those that are made here."""


def checkov(folder: Path, *arguments: str) -> dict[str, Any]:
    """Its report on the Bicep of a folder. It asks the network nothing."""
    program = str(Path(sys.executable).parent / "checkov")
    told = subprocess.run(
        [program, "--directory", str(folder), "--output", "json", "--skip-download", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    report: dict[str, Any] = json.loads(told.stdout)
    return report


@pytest.mark.timeout(240)
def test_checkov_finds_nothing_and_saw_everything(infra: Infrastructure, tmp_path: Path) -> None:
    # One run, with nothing skipped, and planted mistakes in a copy beside the real folder: it takes ten seconds.
    skipped = set(yaml.safe_load(CONFIGURATION.read_text())["skip-check"])
    shutil.copytree(PROJECT / "infra", tmp_path / "real")
    storage = (PROJECT / "infra" / "modules" / "storage-account.bicep").read_text()
    (tmp_path / "planted").mkdir()
    for right, wrong in (
        ("supportsHttpsTrafficOnly: true", "supportsHttpsTrafficOnly: false"),
        ("    publicAccess: 'None'", "    // checkov:skip=CKV_AZURE_34: x\n    publicAccess: 'None'"),
    ):
        assert right in storage
        storage = storage.replace(right, wrong)
    (tmp_path / "planted" / "storage.bicep").write_text(storage)
    report = checkov(tmp_path, "--framework", "bicep")
    assert report["summary"]["parsing_errors"] == 0
    assert {check for check, _, _ in _found(report, "failed", "real")} == skipped
    assert "CKV_AZURE_3" in {check for check, _, _ in _found(report, "failed", "planted")}
    # A comment could silence a rule; the configuration alone may.
    assert _found(report, "skipped", "real") == set()
    assert len(_found(report, "skipped", "planted")) == 1
    seen = {
        (file, resource)
        for result in ("passed", "failed")
        for _, file, resource in _found(report, result, "real")
    }
    made = {(resource.file.name, f"{resource.kind}.{resource.name}") for resource in infra.resources(*JUDGED)}
    assert len(made) > len(JUDGED)
    assert seen == made


def _found(report: dict[str, Any], result: str, folder: str) -> set[tuple[str, str, str]]:
    """Rule, file and resource of a result below a folder."""
    return {
        (found["check_id"], Path(found["file_path"]).name, found["resource"])
        for found in report["results"][f"{result}_checks"]
        if found["file_path"].startswith(f"/{folder}/")
    }
