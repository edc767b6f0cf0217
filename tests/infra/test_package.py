"""What is deployed: its files and size, its host.json, and what Microsoft's checks of an app say of it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from shared.joining import MOST_JOINED
from shared.shards import MIN_SHARD_BYTES
from shared.times import SHARD_BUDGET
from tests.infra.infrastructure import PROJECT, Infrastructure, at
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


def test_the_cost_of_a_model_counts_the_conversations_that_are_shipped() -> None:
    lines = [
        json.loads(line)
        for path in sorted((PROJECT / "shared" / "scenarios").glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]
    benign = sum(line["id"].startswith("benign-") for line in lines)
    answers = sum(len(line["turns"]) for line in lines)
    # Read and not imported: the library it talks with is no part of this environment.
    source = (PROJECT / "shared" / "adapters" / "chat_model.py").read_text()
    (tokens,) = re.findall(r"^MAX_TOKENS: Final = (\d+)$", source, re.MULTILINE)
    text = (PROJECT / "docs" / "deploy.md").read_text()
    assert (
        f"holds {len(lines):,} conversations: 4 categories · {(len(lines) - benign) // 4}, and {benign} benign"
        in text
    )
    assert f"up to {answers:,}, of at most {tokens} tokens each: {answers:,} · ({tokens} · p out" in text


TEXTS_PER_SHARD = 1_500
"""Requests of a shard whose texts all stand alone, as docs/architecture.md reckons: about three a KiB."""


def test_the_quota_feeds_all_shards_at_work_within_their_time(infra: Infrastructure) -> None:
    options = json.loads((PROJECT / "host.json").read_text())["extensions"]["serviceBus"]
    app = dict(infra.the("function-app.bicep", "app").properties)
    instances = at(app, "functionAppConfig.scaleAndConcurrency.maximumInstanceCount")
    quota = infra["main.bicep"].parameters["requestsPerSecond"].default
    assert isinstance(instances, int) and isinstance(quota, str)
    at_work = instances * options["maxConcurrentCalls"]
    # C <= 240 s * Q / R
    joined = MIN_SHARD_BYTES / MOST_JOINED
    assert at_work <= SHARD_BUDGET.total_seconds() * int(quota) / joined
    assert at_work <= SHARD_BUDGET.total_seconds() * int(quota) / TEXTS_PER_SHARD
    text = (PROJECT / "docs" / "architecture.md").read_text()
    assert f"*R* = {TEXTS_PER_SHARD:,}" in text
    assert f"*R* = {round(joined)}" in text
    assert f"{instances} instances of {options['maxConcurrentCalls']} calls" in text


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
