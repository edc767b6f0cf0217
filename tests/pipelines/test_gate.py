"""Nothing around the scripts of a pipeline lets a release through, and each way that would is seen."""

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.pipelines.gate import asking_step, jobs_of, lets_through
from tests.pipelines.steps import ASK, FILES, PIPELINES, Part, read, step, steps_of

GITHUB, AZURE = FILES
OTHER_JOB = {"JOB": "some-other-job"}


@pytest.mark.parametrize("file", FILES)
def test_nothing_around_the_script_lets_a_release_through(file: str) -> None:
    assert lets_through(read(file)) == []


@pytest.mark.parametrize("file", FILES)
def test_a_pipeline_reads_one_secret_and_what_the_script_asks_for(file: str) -> None:
    text = (PIPELINES / file).read_text()
    assert re.findall(r"secrets\.\w+", text) == ["secrets.TUNEGATE_HOST_KEY"] * (file == GITHUB)
    asked = set(re.findall(r"\b(TUNEGATE_[A-Z_]+)", (PIPELINES / "ask.sh").read_text()))
    assert set(step(read(file), ASK).environment) == {"JOB", *asked}


def _release(pipeline: Part) -> Part:
    """What waits for the verdict: a job, or a stage."""
    return pipeline["jobs"]["release"] if "jobs" in pipeline else pipeline["stages"][1]


def _set(find: Callable[[Part], Part], **values: Any) -> Callable[[Part], object]:
    return lambda pipeline: find(pipeline).update(
        {name.replace("_", "-"): told for name, told in values.items()}
    )


def _job(name: str) -> Callable[[Part], Part]:
    return lambda pipeline: jobs_of(pipeline)[name]


def _deploying(pipeline: Part) -> Part:
    return list(steps_of(pipeline))[-1]


def _without_shells(pipeline: Part) -> None:
    for each in steps_of(pipeline):
        each.pop("shell", None)


GITHUBS: Mapping[str, Callable[[Part], object]] = {
    "the asking step goes on after an error": _set(asking_step, continue_on_error="true"),
    "the asking job goes on after an error": _set(_job("verdict"), continue_on_error="true"),
    "the asking step is left out": _set(asking_step, **{"if": "false"}),
    "the asking job is left out": _set(_job("verdict"), **{"if": "false"}),
    "the release does not wait": lambda pipeline: _release(pipeline).pop("needs"),
    "the release waits for another": _set(_release, needs=["build"]),
    "it is released always": _set(_release, **{"if": "always()"}),
    "its step is run always": _set(_deploying, **{"if": "always()"}),
    "a second job needs nothing": _set(lambda p: p["jobs"], deploy={"runs-on": "x", "steps": []}),
    "nobody says how bash is started": _without_shells,
    "the asking step's shell runs nothing": _set(asking_step, shell="true {0}"),
    "a shell for all": _set(lambda p: p, defaults={"run": {"shell": "true {0}"}}),
    "a shell for the job": _set(_job("verdict"), defaults={"run": {"shell": "true {0}"}}),
    "it does not ask": _set(asking_step, name="Sleep"),
    "a name that is run": _set(asking_step, run='bash tunegate/pipelines/ask.sh "${{ inputs.job }}"'),
    "another job is asked about": lambda pipeline: asking_step(pipeline)["env"].update(OTHER_JOB),
    "another job is released": lambda pipeline: _deploying(pipeline)["env"].update(OTHER_JOB),
    "both are of another job": lambda pipeline: [
        each["env"].update(OTHER_JOB) for each in (asking_step(pipeline), _deploying(pipeline))
    ],
}


def _inputs(pipeline: Part) -> Part:
    return asking_step(pipeline)["inputs"]


def _first_stage(pipeline: Part) -> Part:
    return pipeline["stages"][0]


AZURES: Mapping[str, Callable[[Part], object]] = {
    "the asking step goes on after an error": _set(asking_step, continueOnError="true"),
    "the asking job goes on after an error": _set(_job("Verdict"), continueOnError="true"),
    "the asking step is left out": _set(asking_step, condition="false"),
    "the asking step is disabled": _set(asking_step, enabled="false"),
    "the asking job is left out": _set(_job("Verdict"), condition="false"),
    "the asking stage is left out": _set(_first_stage, condition="false"),
    "the release does not wait": lambda pipeline: _release(pipeline).pop("dependsOn"),
    "the release waits for nothing": _set(_release, dependsOn=[]),
    "it is released always": _set(_release, condition="always()"),
    "its job is run always": _set(_job("Release"), condition="always()"),
    "a second stage needs nothing": lambda pipeline: pipeline["stages"].append(
        {"stage": "Deploy", "dependsOn": [], "jobs": []}
    ),
    "a second job beside the question": lambda pipeline: _first_stage(pipeline)["jobs"].append(
        {"job": "Deploy", "steps": []}
    ),
    "it does not ask": _set(asking_step, displayName="Sleep"),
    "it asks in another shell": lambda pipeline: _inputs(pipeline).update(scriptType="pscore"),
    "it runs another file": lambda pipeline: _inputs(pipeline).update(scriptLocation="scriptPath"),
    "it does not stop at an error": lambda pipeline: _inputs(pipeline).update(
        inlineScript='bash tunegate/pipelines/ask.sh "$JOB"\n'
    ),
    "a name that is run": lambda pipeline: _inputs(pipeline).update(
        inlineScript='set -euo pipefail\nbash tunegate/pipelines/ask.sh "${{ parameters.job }}"\n'
    ),
    "another job is asked about": lambda pipeline: asking_step(pipeline)["env"].update(OTHER_JOB),
    "another job is released": lambda pipeline: _deploying(pipeline)["env"].update(OTHER_JOB),
}
PLANTED = [(file, name) for file, plants in ((GITHUB, GITHUBS), (AZURE, AZURES)) for name in plants]


@pytest.mark.parametrize(("file", "mistake"), PLANTED)
def test_a_planted_mistake_is_seen(file: str, mistake: str) -> None:
    wrong = copy.deepcopy(read(file))
    (GITHUBS if file == GITHUB else AZURES)[mistake](wrong)
    assert wrong != read(file)
    assert lets_through(wrong)


@pytest.mark.parametrize("file", FILES)
def test_a_condition_that_says_the_default_is_no_mistake(file: str) -> None:
    told = read(file)
    _release(told).update({"condition": "succeeded()"} if file == AZURE else {"if": "success()"})
    assert lets_through(told) == []
