"""What the hooks ask of the Azure command line, which azd's user is signed in to."""

import json
import os
import shutil
import subprocess
import sys
from typing import Any, NoReturn


class AzRefused(Exception):
    """az ended in an error; it says what was asked and what az said."""


def ask(*arguments: str) -> Any:
    """az's answer, decoded (None where it says nothing); its own words and exit 1 where it refuses."""
    try:
        return attempt(*arguments)
    except AzRefused as error:
        refuse(str(error))


def attempt(*arguments: str) -> Any:
    """The same for what may pass: raises AzRefused where az refuses."""
    told = subprocess.run(
        [_program("az"), *arguments, "--output", "json"], capture_output=True, text=True, check=False
    )
    if told.returncode:
        raise AzRefused(f"az {' '.join(arguments[:3])} failed:\n{told.stderr.strip()}")
    return json.loads(told.stdout) if told.stdout.strip() else None


def keep(name: str, value: str) -> None:
    """Set a value of the azd environment."""
    told = subprocess.run(
        [_program("azd"), "env", "set", name, value], capture_output=True, text=True, check=False
    )
    if told.returncode:
        refuse(f"azd env set {name} failed:\n{told.stderr.strip()}")


def value(name: str) -> str:
    """A value of the azd environment, which azd hands to its hooks; exit 1 where it is missing."""
    found = os.environ.get(name, "")
    if not found:
        refuse(f"{name} is missing: azd env set {name} VALUE")
    return found


def refuse(reason: str) -> NoReturn:
    """Say why on standard error and stop azd."""
    print(reason, file=sys.stderr)
    sys.exit(1)


def _program(name: str) -> str:
    # On Windows it is az.cmd, which only a search finds.
    return shutil.which(name) or refuse(f"{name} is not installed (docs/deploy.md, Prerequisites)")
