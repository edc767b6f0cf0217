"""What is deployed: its files and size, its host.json, and what Microsoft's checks of an app say of it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from tests.infra.infrastructure import PROJECT, Infrastructure
from tests.infra.package import packaged

ROOTS = {"function_app.py", "functions", "host.json", "requirements.txt", "shared"}
KINDS = {".py", ".json", ".jsonl", ".txt", ".bin", ".npz", ".toml"}
MOST_BYTES = 4_000_000


def test_the_package_holds_the_functions_and_nothing_else() -> None:
    files = packaged(PROJECT)
    assert {path.parts[0] for path in files} == ROOTS
    assert {path.suffix for path in files} <= KINDS
    assert Path("functions/plan_data_evaluation.py") in files
    assert Path("shared/policy.py") in files
    deployed = {path for path in (PROJECT / "functions").rglob("*.py") if "__pycache__" not in path.parts}
    assert deployed <= {PROJECT / path for path in files}


def test_the_package_is_small() -> None:
    size = sum((PROJECT / path).stat().st_size for path in packaged(PROJECT))
    print(f"{len(packaged(PROJECT))} files, {size:,} bytes")
    assert 100_000 < size < MOST_BYTES


def test_host_json_follows_the_published_schema() -> None:
    schema = json.loads((Path(__file__).parent / "host.schema.json").read_text())
    told = json.loads((PROJECT / "host.json").read_text())
    jsonschema.validate(told, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**told, "functionTimeout": 30}, schema)


DOCTOR_WARNS = {
    "check_programming_model_v2": "looks for decorators in function_app.py only; ours stand in functions/",
    "check_binding_connection_resolution": "knows no `__fullyQualifiedNamespace`; settings.py checks the connection",
    "check_native_dependency_risk": "azd has Azure build the packages, for its own platform",
}
"""What the doctor remarks on an app as it should be."""


@pytest.mark.timeout(180)
def test_the_doctor_passes(infra: Infrastructure, tmp_path: Path) -> None:
    # Of the package alone: of a whole checkout it would read every virtual environment.
    for path in (*packaged(PROJECT), Path(".funcignore")):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / path, tmp_path / path)
    settings = dict.fromkeys(infra.the("function-app.bicep", "settings").properties, "set")
    code, remarks = _doctor(tmp_path, settings)
    assert (code, remarks - set(DOCTOR_WARNS)) == (0, set())
    (tmp_path / "host.json").write_text("{")
    assert _doctor(tmp_path, settings)[0] != 0


def _doctor(folder: Path, settings: dict[str, str]) -> tuple[int, set[str]]:
    """azure-functions-doctor's exit code, and the rules about a deployment that it remarks on."""
    program = Path(sys.executable).parent / "azure-functions-doctor"
    told = subprocess.run(
        [str(program), "--path", str(folder), "--format", "json", "--profile", "deploy"],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    items = [item for section in json.loads(told.stdout)["results"] for item in section["items"]]
    return told.returncode, {item["rule_id"] for item in items if item["status"] not in {"pass", "skip"}}
