"""Install pinned packages with pip and say how far it is; the Makefile runs this file before any package is there:
`python packages.py REQUIREMENTS`."""

import subprocess
import sys
from typing import Final

PIP: Final = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]


def install(requirements: str) -> int:
    """pip's exit code for the pinned packages, then for this project itself; its errors are passed on."""
    code = _run([*PIP, "-r", requirements])
    return code or subprocess.call([*PIP, "--quiet", "--no-deps", "--editable", "."])


def _run(command: list[str]) -> int:
    shown = sys.stdout.isatty()
    seen = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as pip:
        assert pip.stdout is not None  # noqa: S101 -- a pipe was asked for
        for line in pip.stdout:
            if line.startswith(("Collecting ", "Requirement already satisfied")):
                seen += 1
                told = f"  {seen} packages found"
            elif line.startswith("Installing collected"):
                told = f"  installing {seen} packages"
            else:
                continue
            if shown:
                sys.stdout.write(f"\r{told:<40}")
                sys.stdout.flush()
    if shown:
        sys.stdout.write(f"\r{'':<40}\r")
    return pip.returncode


if __name__ == "__main__":
    try:
        code = install(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit(130)
    if code:
        print(
            "A package could not be had (see above). Check that pip reaches an index (pip config list), "
            "and run the command again.",
            file=sys.stderr,
        )
        sys.exit(3)
