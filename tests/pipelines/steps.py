"""The scripts of the pipelines, as their runners take them out of the YAML and run them."""

import asyncio
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).parents[2]
PIPELINES = PROJECT / "pipelines"
FILES = ("github-actions.yml", "azure-pipelines.yml")
ASK = "Ask for the verdict"
BRING = "Bring the question"
Part = dict[str, Any]
"""A pipeline, or a stage, job or step of it."""
_GITHUBS_BASH: Mapping[str | None, tuple[str, ...]] = {
    "bash": ("--noprofile", "--norc", "-eo", "pipefail"),
    None: ("-e",),
}
"""https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell"""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step's script, the settings it is given, and how its runner starts bash."""

    name: str
    script: str
    environment: Mapping[str, str]
    bash: tuple[str, ...] = ()

    @property
    def is_strict(self) -> bool:
        """Whether it ends at the first command that fails, in a pipe too."""
        return "pipefail" in self.bash or self.script.startswith("set -euo pipefail\n")


def read(name: str) -> Part:
    # Strings alone: "on" is no boolean here.
    return yaml.load((PIPELINES / name).read_text(), Loader=yaml.BaseLoader)


def steps_of(pipeline: object) -> Iterator[Part]:
    """Every step, wherever it stands, in order."""
    if isinstance(pipeline, dict):
        if "steps" in pipeline:
            yield from pipeline["steps"]
        else:
            for part in pipeline.values():
                yield from steps_of(part)
    elif isinstance(pipeline, list):
        for part in pipeline:
            yield from steps_of(part)


def scripts(pipeline: object) -> list[Step]:
    """The steps that run a script in bash.

    GitHub starts it as the step's `shell` says; Azure Pipelines start it plainly, so that a script has to see to its
    errors itself. A step of another shell, or that runs a file, is none of them.
    """
    found = []
    for step in steps_of(pipeline):
        bash: tuple[str, ...] | None = ()
        inputs = step.get("inputs", {})
        script = step.get("bash")
        if "run" in step:
            script, bash = step["run"], _GITHUBS_BASH.get(step.get("shell"))
        elif (inputs.get("scriptType"), inputs.get("scriptLocation")) == ("bash", "inlineScript"):
            script = inputs["inlineScript"]
        if script is not None and bash is not None:
            name = step.get("name") or step["displayName"]
            found.append(Step(name=name, script=script, environment=step.get("env", {}), bash=bash))
    return found


def step(pipeline: object, name: str) -> Step:
    [found] = [each for each in scripts(pipeline) if each.name == name]
    return found


def given(step: Step, values: Mapping[str, str]) -> dict[str, str]:
    """The step's settings, each expression replaced by its value."""
    expression = re.compile(r"\$\{\{ *([\w.]+) *\}\}|\$\((\w+)\)")
    return {
        name: expression.sub(lambda found: values[found[1] or found[2]], told)
        for name, told in step.environment.items()
    }


async def run(step: Step, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """The script's exit code and what it says, run in the folder."""
    file = folder / "script.sh"
    file.write_text(step.script)
    process = await asyncio.create_subprocess_exec(
        "bash",
        *step.bash,
        str(file),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()
