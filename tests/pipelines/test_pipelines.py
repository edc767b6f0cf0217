"""A release goes on only where a verdict says that it may: the pipelines' own lines against a local cloud."""

import re
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.adapters.verdict_table import TableVerdicts
from shared.settings import Connection
from tests.clouds import CloudThread
from tests.contract.answering import answering
from tests.pipelines.steps import ASK, BRING, FILES, PIPELINES, PROJECT, Step, given, read, run, step

CODES = {"allowed": 0, "denied": 1, "none": 2, "away": 3}
NOBODY = "https://127.0.0.1:9"


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
def signed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `az` that gives a token and remembers what it was asked."""
    stub = tmp_path / "bin" / "az"
    stub.parent.mkdir()
    stub.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\necho a-token\n')
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stub.parent}:/usr/bin:/bin")
    return tmp_path


@pytest.fixture
def folder(signed_in: Path) -> Path:
    """Where a runner works: the script stands where the step before has brought it."""
    (signed_in / "tunegate").mkdir()
    (signed_in / "tunegate" / "pipelines").symlink_to(PIPELINES)
    return signed_in


def route_of(cloud: CloudThread) -> dict[str, str]:
    """What the script reads, but for the job."""
    return {
        "TUNEGATE_HOST": cloud.settings["TUNEGATE_HOST"],
        "TUNEGATE_HOST_KEY": cloud.settings["TUNEGATE_HOST_KEY"],
        "TUNEGATE_RESOURCE": "local",
        "TUNEGATE_AUDIENCE": "api://verdicts",
    }


async def asked(asking: Step, folder: Path, cloud: CloudThread, verdict: str, job: str) -> tuple[int, str]:
    route = route_of(cloud) | ({"TUNEGATE_HOST": NOBODY} if verdict == "away" else {})
    variables = {
        f"{where}{name}": told for name, told in route.items() for where in ("", "vars.", "secrets.")
    }
    return await run(asking, folder, given(asking, {"inputs.job": job, "parameters.job": job, **variables}))


EXPECTED = {
    "allowed": "The model of job {} is deployable.",
    "denied": "The model of job {} is not deployable.",
    "none": "There is no verdict on job {}",
    "away": "Failed to connect",
}


@pytest.mark.parametrize("verdict", CODES)
@pytest.mark.parametrize("file", FILES)
async def test_a_release_goes_on_only_where_the_model_is_deployable(
    cloud: CloudThread, jobs: dict[str, str], folder: Path, file: str, verdict: str
) -> None:
    code, said = await asked(step(read(file), ASK), folder, cloud, verdict, jobs[verdict])
    assert code == CODES[verdict], said
    assert EXPECTED[verdict].format(jobs[verdict]) in said
    assert "a-token" not in said
    assert (
        (folder / "asked").read_text().startswith("account get-access-token --scope api://verdicts/.default")
    )


QUESTION = 'ask.sh "$JOB"'
MISTAKES = {
    "swallowed": f"{QUESTION} || true",
    "in a condition": f"{QUESTION} && echo goes; exit 0",
    "in the background": f"{QUESTION} & wait",
}


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("file", FILES)
async def test_a_script_that_lets_a_denied_model_through_is_seen(
    cloud: CloudThread, jobs: dict[str, str], folder: Path, file: str, mistake: str
) -> None:
    """What the test above would say of it: each of these ends with 0 for a denied model."""
    asking = step(read(file), ASK)
    wrong = replace(asking, script=asking.script.replace(QUESTION, MISTAKES[mistake]))
    assert wrong.script != asking.script
    code, _ = await asked(wrong, folder, cloud, "denied", jobs["denied"])
    assert code == 0


@pytest.mark.parametrize(("file", "more"), [(FILES[0], "| cat"), (FILES[1], "\necho done")])
async def test_without_what_makes_bash_strict_a_denied_model_would_go_through(
    cloud: CloudThread, jobs: dict[str, str], folder: Path, file: str, more: str
) -> None:
    """On GitHub `shell: bash`, without which a pipe hides the answer; on Azure Pipelines the script's first line."""
    pipeline = read(file)
    loose = read(file)
    for each in loose.get("jobs", {}).get("verdict", {}).get("steps", ()):
        each.pop("shell", None)
    for told, is_strict in ((pipeline, True), (loose, False)):
        asking = step(told, ASK)
        script = asking.script.replace(QUESTION, f"{QUESTION} {more}")
        script = script if is_strict else script.removeprefix("set -euo pipefail\n")
        code, said = await asked(replace(asking, script=script), folder, cloud, "denied", jobs["denied"])
        assert code == (1 if is_strict else 0), said


# What brings the script, and the other way to ask.


def documented() -> list[str]:
    """The lines that docs/pipelines.md gives for a runner that reads the table."""
    section = (PROJECT / "docs" / "pipelines.md").read_text().partition("## Inside the network")[2]
    return re.findall(r"^```\n(.*?)^```$", section.partition("\n## ")[0], re.M | re.S)


@pytest.mark.parametrize("verdict", CODES)
async def test_the_command_reads_the_table_with_the_same_exit_codes(
    cloud: CloudThread, jobs: dict[str, str], tmp_path: Path, verdict: str
) -> None:
    command = tmp_path / "tunegate" / ".venv" / "bin" / "tunegate"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nPYTHONPATH={PROJECT} exec {sys.executable} -m client.main "$@"\n')
    command.chmod(0o755)
    environment = {"JOB": jobs[verdict], "TUNEGATE_RESOURCE": "local"}
    # The local table is reached by its key, Azure's by who is signed in.
    if verdict == "away":
        environment["VerdictStorage__tableServiceUri"] = NOBODY
    else:
        environment["VerdictStorage"] = cloud.settings["VerdictStorage"]
    asking = replace(step(read(FILES[0]), ASK), script=documented()[1])
    code, said = await run(asking, tmp_path, environment)
    assert code == CODES[verdict], said
    assert (EXPECTED | {"away": "Table storage"})[verdict].format(jobs[verdict]) in said


@pytest.mark.parametrize("way", ["the route", "the table"])
@pytest.mark.parametrize("file", FILES)
async def test_what_brings_the_script_takes_the_commit_that_is_named(
    tmp_path: Path, file: str, way: str
) -> None:
    """From a repository made here, whose `bring.sh` says that it ran; a commit that is not there stops the release."""
    made = tmp_path / "made"
    lines = f"""
        git init --quiet {made}
        mkdir {made}/pipelines
        echo 'echo brought' > {made}/pipelines/bring.sh
        git -C {made} add .
        git -C {made} -c user.name=n -c user.email=n@example.org commit --quiet --message one
    """
    assert await run(Step(name="", script=f"set -e\n{lines}", environment={}), tmp_path, {}) == (0, "")
    bringing = step(read(file), BRING)
    if way == "the table":
        bringing = replace(bringing, script=bringing.script + documented()[0])
    for commit, expected in (("HEAD", 0), ("0" * 40, 128)):
        told = {"TUNEGATE_REPOSITORY": str(made), "TUNEGATE_COMMIT": commit}
        where = tmp_path / f"at-{commit}"
        where.mkdir()
        values = told | {f"vars.{name}": value for name, value in told.items()}
        code, said = await run(bringing, where, given(bringing, values))
        assert code == expected, said
        assert ("brought" in said) is (way == "the table" and code == 0)
        assert (where / "tunegate" / "pipelines" / "bring.sh").exists()


# Whatever else the script meets.


ASKING = Step(name="ask", script=f'bash {PIPELINES / "ask.sh"} "$JOB"\n', environment={})


@pytest.mark.parametrize("fault", ["no key", "no token", "no such name", "no resource", "another route"])
async def test_whatever_is_no_verdict_stops_a_release(
    cloud: CloudThread, jobs: dict[str, str], signed_in: Path, fault: str
) -> None:
    environment = {"JOB": jobs["allowed"], **route_of(cloud)}
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


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [*((status, body, 3) for status, body in ANSWERS), (200, b'{"deployable": true}', 0)],
    ids=repr,
)
async def test_only_a_200_that_says_true_is_believed(
    signed_in: Path, status: int, body: bytes, code: int
) -> None:
    async with answering(status, body) as server:
        environment = {
            "JOB": "job",
            "TUNEGATE_HOST": server.url,
            "TUNEGATE_RESOURCE": "local",
            "TUNEGATE_AUDIENCE": "api://verdicts",
        }
        ended, said = await run(ASKING, signed_in, environment)
    assert ended == code, said
