"""What stands around the scripts of a pipeline, and would let a release go on after a verdict that says no."""

import re
from collections.abc import Iterator
from typing import Any

from tests.pipelines.steps import ASK, Part, scripts, steps_of

_FORGIVING = ("continue-on-error", "continueOnError")
_CONDITIONS = {"if": "success()", "condition": "succeeded()"}
"""With what each has where nothing is said."""
_THE_JOB = re.compile(r"\$\{\{ (inputs|parameters)\.job \}\}")


def lets_through(pipeline: Part) -> list[str]:
    """Whatever would let a release go on after a no or without an answer, or would run what a job's name says."""
    return [*_around(pipeline), *_within(pipeline), *_order(pipeline)]


def jobs_of(pipeline: Part) -> dict[str, Part]:
    """Every job by its name."""
    if "stages" in pipeline:
        return {name: job for stage in pipeline["stages"] for name, job in jobs_of(stage).items()}
    if isinstance(pipeline["jobs"], dict):
        return pipeline["jobs"]
    return {job.get("job") or job["deployment"]: job for job in pipeline["jobs"]}


def _around(pipeline: Part) -> Iterator[str]:
    stages = {stage["stage"]: stage for stage in pipeline.get("stages", ())}
    steps = {_name(step): step for step in steps_of(pipeline)}
    for name, part in [
        *stages.items(),
        *jobs_of(pipeline).items(),
        *steps.items(),
        ("the pipeline", pipeline),
    ]:
        if any(part.get(key, "false") != "false" for key in _FORGIVING):
            yield f"{name}: goes on after an error"
        if any(part.get(key, unsaid) != unsaid for key, unsaid in _CONDITIONS.items()):
            yield f"{name}: has a condition of its own"
        if part.get("enabled", "true") != "true":
            yield f"{name}: is left out"
        if "defaults" in part:
            yield f"{name}: sets what its steps do not say"


def _within(pipeline: Part) -> Iterator[str]:
    for each in scripts(pipeline):
        if "${{" in each.script or "$(" in each.script:
            yield f"{each.name}: an expression becomes part of the script"
        if not each.is_strict:
            yield f"{each.name}: does not stop at an error"
    asking, releasing = (
        [each for each in scripts(pipeline) if (each.name == ASK) is so] for so in (True, False)
    )
    told = {each.environment.get("JOB", "") for each in asking}
    if len(told) != 1 or not all(_THE_JOB.fullmatch(each) for each in told):
        yield "verdict: is not asked about the job that was named"
    if {each.environment["JOB"] for each in releasing if "JOB" in each.environment} != told:
        yield "release: is of another job than was asked about"


def _order(pipeline: Part) -> Iterator[str]:
    parts = (
        {stage["stage"]: stage for stage in pipeline["stages"]} if "stages" in pipeline else pipeline["jobs"]
    )
    (first, gate), *others = parts.items()
    if ASK not in [each.name for each in scripts(gate)]:
        yield f"{first}: does not ask"
    if "stages" in pipeline and len(gate["jobs"]) != 1:
        yield f"{first}: has jobs that wait for no verdict"
    if not others:
        yield "nothing waits for the verdict"
    for name, part in others:
        needed = part.get("dependsOn" if "stages" in pipeline else "needs", [])
        if first not in ([needed] if isinstance(needed, str) else needed):
            yield f"{name}: does not wait for the verdict"


def _name(step: Part) -> str:
    return step.get("name") or step.get("displayName") or str(step)


def asking_step(pipeline: Part) -> Any:
    return next(step for step in steps_of(pipeline) if _name(step) == ASK)
