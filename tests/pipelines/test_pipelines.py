"""A release goes on only where a verdict says that it may: the pipelines' own lines against a local cloud."""

import copy
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.verdict_table import TableVerdicts
from shared.settings import Connection
from tests.clouds import CloudThread
from tests.contract.answering import answering
from tests.pipelines.steps import FILES, PIPELINES, PROJECT, Step, given, read, run, scripts, step, steps_of

ASK = "Ask for the verdict"
CODES = {"allowed": 0, "denied": 1, "none": 2, "away": 3}
TABLE = "VerdictStorage__tableServiceUri"


@pytest.fixture(scope="module")
def cloud() -> Iterator[CloudThread]:
    environment = {"ContentSafety__endpoint": "http://127.0.0.1:9"}  # nobody is asked to score
    with CloudThread(parts=("azurite", "host", "broker"), environment=environment) as running:
        yield running


@pytest.fixture(scope="module")
def jobs(cloud: CloudThread) -> dict[str, str]:
    """A job of each verdict, by its name."""
    named = {verdict: f"{verdict}-{uuid.uuid4().hex[:8]}" for verdict in CODES}

    async def record() -> None:
        verdicts = TableVerdicts(Connection(secret=cloud.settings["VerdictStorage"]))
        for verdict in ("allowed", "away"):
            await verdicts.allow(resource="local", job=named[verdict])
        await verdicts.deny(resource="local", job=named["denied"])
        await verdicts._table.close()

    cloud.run(record())
    return named


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a runner works: the command stands where the step before has brought it."""
    command = tmp_path / "tunegate" / ".venv" / "bin" / "tunegate"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nPYTHONPATH={PROJECT} exec {sys.executable} -m client.main "$@"\n')
    command.chmod(0o755)
    return tmp_path


async def asked(asking: Step, folder: Path, cloud: CloudThread, verdict: str, job: str) -> tuple[int, str]:
    values = {
        "inputs.job": job,
        "parameters.job": job,
        "vars.TUNEGATE_RESOURCE": "local",
        "TUNEGATE_RESOURCE": "local",
        "vars.VERDICT_TABLE_URI": "https://127.0.0.1:9",
        "VERDICT_TABLE_URI": "https://127.0.0.1:9",
    }
    environment = given(asking, values)
    if verdict != "away":
        # The local table is reached by its key, Azure's by who is signed in.
        del environment[TABLE]
        environment["VerdictStorage"] = cloud.settings["VerdictStorage"]
    return await run(asking, folder, environment)


@pytest.mark.parametrize("verdict", CODES)
@pytest.mark.parametrize("file", FILES)
async def test_a_release_goes_on_only_where_the_model_is_deployable(
    cloud: CloudThread, jobs: dict[str, str], folder: Path, file: str, verdict: str
) -> None:
    code, said = await asked(step(read(file), ASK), folder, cloud, verdict, jobs[verdict])
    assert code == CODES[verdict], said
    expected = {
        "allowed": f"The model of job {jobs[verdict]} is deployable.",
        "denied": f"The model of job {jobs[verdict]} is not deployable.",
        "none": f"There is no verdict on job {jobs[verdict]}",
        "away": "Table storage",
    }
    assert expected[verdict] in said


MISTAKES = {
    "swallowed": 'verdict "$JOB" || true',
    "in a condition": 'verdict "$JOB" && echo goes; exit 0',
    "in the background": 'verdict "$JOB" & wait',
}


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("file", FILES)
async def test_a_script_that_lets_a_denied_model_through_is_seen(
    cloud: CloudThread, jobs: dict[str, str], folder: Path, file: str, mistake: str
) -> None:
    """What the test above would say of it: each of these ends with 0 for a denied model."""
    asking = step(read(file), ASK)
    wrong = replace(asking, script=asking.script.replace('verdict "$JOB"', MISTAKES[mistake]))
    assert wrong.script != asking.script
    code, _ = await asked(wrong, folder, cloud, "denied", jobs["denied"])
    assert code == 0


async def test_without_its_first_line_azure_pipelines_would_go_on_after_an_error(
    cloud: CloudThread, jobs: dict[str, str], folder: Path
) -> None:
    """Their bash does not stop at an error by itself."""
    asking = step(read("azure-pipelines.yml"), ASK)
    script = asking.script.replace('verdict "$JOB"', 'verdict "$JOB"\necho done')
    strict, loose = replace(asking, script=script), replace(asking, script=script.partition("\n")[2])
    assert (await asked(strict, folder, cloud, "denied", jobs["denied"]))[0] == 1
    assert (await asked(loose, folder, cloud, "denied", jobs["denied"]))[0] == 0


# What stands around the scripts.


def lets_through(pipeline: dict[str, Any]) -> list[str]:
    """Whatever would let a release go on after a verdict that says no, or would run what a job's name says."""
    found = []
    for each in steps_of(pipeline):
        name = each.get("name") or each.get("displayName") or str(each)
        if (
            each.get("continue-on-error", "false") != "false"
            or each.get("continueOnError", "false") != "false"
        ):
            found.append(f"{name}: goes on after an error")
        if "if" in each or "condition" in each:
            found.append(f"{name}: may be left out")
    for each in scripts(pipeline):
        if "${{" in each.script or "$(" in each.script:
            found.append(f"{each.name}: an expression becomes part of the script")
        if not each.bash and not each.script.startswith("set -euo pipefail\n"):
            found.append(f"{each.name}: does not stop at an error")
    jobs = pipeline.get("jobs")
    if isinstance(jobs, dict):
        gate, release = jobs["verdict"], jobs["release"]
        if release.get("needs") != "verdict" or "if" in release:
            found.append("release: does not wait for the verdict")
    else:
        gate, release = pipeline["stages"]
        if release.get("dependsOn") != "Verdict" or release.get("condition") != "succeeded()":
            found.append("release: does not wait for the verdict")
    if any(gate.get(key, "false") != "false" for key in ("continue-on-error", "continueOnError", "if")):
        found.append("verdict: may fail or be left out")
    if ASK not in [each.name for each in scripts(gate)]:
        found.append("verdict: does not ask")
    return found


@pytest.mark.parametrize("file", FILES)
def test_nothing_around_the_script_lets_a_release_through(file: str) -> None:
    assert lets_through(read(file)) == []


def _asking(pipeline: dict[str, Any]) -> dict[str, Any]:
    return next(each for each in steps_of(pipeline) if ASK in (each.get("name"), each.get("displayName")))


def _release(pipeline: dict[str, Any]) -> dict[str, Any]:
    return pipeline["jobs"]["release"] if "jobs" in pipeline else pipeline["stages"][1]


PLANTED = {
    "goes on after an error": lambda p: _asking(p).update(
        {"continue-on-error": "true", "continueOnError": "true"}
    ),
    "left out": lambda p: _asking(p).update({"if": "false"}),
    "does not wait": lambda p: [_release(p).pop(key, None) for key in ("needs", "dependsOn")],
    "released always": lambda p: _release(p).update({"if": "always()", "condition": "always()"}),
    "not asked": lambda p: _asking(p).update({"name": "Sleep", "displayName": "Sleep"}),
    "a name that is run": lambda p: (_asking(p).get("inputs") or _asking(p)).update(
        {"run": "x ${{ inputs.job }}", "inlineScript": "set -euo pipefail\nx ${{ parameters.job }}"}
    ),
}


@pytest.mark.parametrize("mistake", PLANTED)
@pytest.mark.parametrize("file", FILES)
def test_a_planted_mistake_is_seen(file: str, mistake: str) -> None:
    wrong = copy.deepcopy(read(file))
    PLANTED[mistake](wrong)
    assert lets_through(wrong)


@pytest.mark.parametrize("file", FILES)
def test_a_pipeline_holds_no_secret_and_asks_for_what_the_command_reads(file: str) -> None:
    text = (PIPELINES / file).read_text()
    assert "secrets." not in text
    assert set(step(read(file), ASK).environment) == {"JOB", "TUNEGATE_RESOURCE", TABLE}


@pytest.mark.parametrize("file", FILES)
async def test_what_brings_the_command_takes_the_commit_that_is_named(
    folder: Path, tmp_path: Path, file: str
) -> None:
    """From a repository made here, whose `bring.sh` says that it ran; a commit that is not there stops the release."""
    made = tmp_path / "made"
    for line in (
        f"git init --quiet {made}",
        f"mkdir {made}/pipelines",
        f"cp {folder}/bring.sh {made}/pipelines/",
        f"git -C {made} add .",
        f"git -C {made} -c user.name=n -c user.email=n@example.org commit --quiet --message one",
    ):
        (folder / "bring.sh").write_text("echo brought\n")
        code, said = await run(Step(name="", script=line, environment={}, bash=()), folder, {})
        assert code == 0, said
    bringing = step(read(file), "Bring the command")
    for commit, expected in (("HEAD", 0), ("0" * 40, 128)):
        values = {
            "vars.TUNEGATE_REPOSITORY": str(made),
            "TUNEGATE_REPOSITORY": str(made),
            "vars.TUNEGATE_COMMIT": commit,
            "TUNEGATE_COMMIT": commit,
        }
        where = tmp_path / f"at-{commit}"
        where.mkdir()
        code, said = await run(bringing, where, given(bringing, values))
        assert (code, "brought" in said) == (expected, expected == 0), said


# The same question over HTTP.


ASKING = Step(name="ask", script=f'bash {PIPELINES / "ask.sh"} "$JOB"\n', environment={}, bash=())


@pytest.fixture
def signed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `az` that gives a token and remembers what it was asked."""
    stub = tmp_path / "bin" / "az"
    stub.parent.mkdir()
    stub.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\necho a-token\n')
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stub.parent}:/usr/bin:/bin")
    return tmp_path


@pytest.mark.parametrize("verdict", CODES)
async def test_the_route_is_asked_with_the_same_exit_codes(
    cloud: CloudThread, jobs: dict[str, str], signed_in: Path, verdict: str
) -> None:
    environment = {
        "JOB": jobs[verdict],
        "TUNEGATE_HOST": "http://127.0.0.1:9" if verdict == "away" else cloud.settings["TUNEGATE_HOST"],
        "TUNEGATE_HOST_KEY": cloud.settings["TUNEGATE_HOST_KEY"],
        "TUNEGATE_RESOURCE": "local",
        "TUNEGATE_AUDIENCE": "api://verdicts",
    }
    code, said = await run(ASKING, signed_in, environment)
    assert code == CODES[verdict], said
    assert (
        (signed_in / "asked")
        .read_text()
        .startswith("account get-access-token --scope api://verdicts/.default")
    )
    assert "a-token" not in said


@pytest.mark.parametrize("fault", ["no key", "no token", "no such name", "no resource", "another route"])
async def test_whatever_is_no_verdict_stops_a_release(
    cloud: CloudThread, jobs: dict[str, str], signed_in: Path, fault: str
) -> None:
    environment = {
        "JOB": jobs["allowed"],
        "TUNEGATE_HOST": cloud.settings["TUNEGATE_HOST"],
        "TUNEGATE_HOST_KEY": cloud.settings["TUNEGATE_HOST_KEY"],
        "TUNEGATE_RESOURCE": "local",
        "TUNEGATE_AUDIENCE": "api://verdicts",
    }
    match fault:
        case "no key":
            del environment["TUNEGATE_HOST_KEY"]
        case "no token":
            (signed_in / "bin" / "az").write_text("#!/bin/sh\nexit 1\n")
        case "no such name":
            environment["JOB"] = f"../local/{jobs['allowed']}"
        case "no resource":
            del environment["TUNEGATE_RESOURCE"]
        case "another route":
            environment["TUNEGATE_HOST"] += "/elsewhere"
    code, said = await run(ASKING, signed_in, environment)
    assert code not in (0, 1, 2), said


ANSWERS = [
    (200, b'{"deployable": "true"}'),
    (200, b'{"deployable": true, "deployable": false}'),
    (200, b""),
    (200, b"<html>Sign in</html>"),
    (302, b'{"deployable": true}'),
    (401, b'{"deployable": true}'),
    (404, b'{"deployable": true}'),
    (503, b'{"deployable": true}'),
]


@pytest.mark.parametrize(("status", "body"), ANSWERS, ids=repr)
async def test_only_a_200_that_says_true_is_believed(signed_in: Path, status: int, body: bytes) -> None:
    async with answering(status, body) as server:
        environment = {
            "JOB": "job",
            "TUNEGATE_HOST": server.url,
            "TUNEGATE_RESOURCE": "local",
            "TUNEGATE_AUDIENCE": "api://verdicts",
        }
        code, said = await run(ASKING, signed_in, environment)
    assert code == 3, said


async def test_the_same_server_that_says_true_is_believed(signed_in: Path) -> None:
    async with answering(200, b'{"deployable": true}') as server:
        environment = {
            "JOB": "job",
            "TUNEGATE_HOST": server.url,
            "TUNEGATE_RESOURCE": "local",
            "TUNEGATE_AUDIENCE": "api://verdicts",
        }
        code, said = await run(ASKING, signed_in, environment)
    assert code == 0, said
