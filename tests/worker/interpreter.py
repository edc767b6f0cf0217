"""A Python >= 3.13 with Microsoft's worker library: found on this machine, given a virtual environment of its own.

`python -m tests.worker.interpreter` says that there is none, and ends with 1 then.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).parents[2]
VENV = PROJECT / ".venv-worker"
MISSING = (
    "No Python >= 3.13 was found here. Microsoft's worker library needs one: tests/worker cannot be run."
)
REQUIREMENTS = (PROJECT / "requirements.txt", PROJECT / "requirements" / "worker.txt")


def found() -> Path | None:
    """The first interpreter that runs and is new enough; none where this machine has none."""
    tried: set[Path] = set()
    for candidate in _candidates():
        try:
            path = candidate.resolve()
            if path in tried or not path.is_file():
                continue
        except OSError:
            continue  # a folder of another user
        tried.add(path)
        if _is_new_enough(candidate):
            return candidate
    return None


def with_worker() -> Path | None:
    """The Python of the virtual environment that holds the worker library and the project's requirements.

    The stamp is named after what was installed and written last: an interrupted installation is done again.
    """
    base = found()
    if base is None:
        return None
    contents = b"".join(path.read_bytes() for path in REQUIREMENTS) + str(base).encode()
    stamp = VENV / f"installed-{hashlib.sha256(contents).hexdigest()[:16]}"
    python = VENV / "bin" / "python"
    with _alone():
        if not (stamp.is_file() and _runs(python)):
            shutil.rmtree(VENV, ignore_errors=True)
            _run(base, "-m", "venv", str(VENV))
            required = [part for path in REQUIREMENTS for part in ("-r", str(path))]
            _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *required)
            stamp.touch()
    return python


@contextmanager
def _alone() -> Iterator[None]:
    """Held by one of the processes that run the tests at a time: what the first has made, the others find."""
    lock = PROJECT / ".tunegate" / "worker.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _candidates() -> Iterator[Path]:
    yield Path(sys.executable)
    for name in ("python3.13", "python3.14", "python3.15", "python3"):
        if on_path := shutil.which(name):
            yield Path(on_path)
    roots = [Path.home() / ".pyenv", Path("/root/.pyenv")]
    if root := os.environ.get("PYENV_ROOT"):
        roots.insert(0, Path(root))
    for folder, pattern in (
        *((root / "versions", "*/bin/python") for root in roots),
        (Path("/usr/local/bin"), "python3.1[3-9]"),
        (Path("/opt"), "*/bin/python3"),
    ):
        try:
            yield from sorted(folder.glob(pattern), reverse=True)
        except OSError:
            continue  # not ours to read


def _is_new_enough(python: Path) -> bool:
    # A pyenv shim exists for versions that are not chosen; only running it tells.
    return _runs(python, "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 13))")


def _runs(python: Path, code: str = "") -> bool:
    try:
        return subprocess.run([python, "-c", code], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _run(python: Path, *arguments: str) -> None:
    ended = subprocess.run([python, *arguments], capture_output=True, text=True, timeout=600)
    if ended.returncode:
        raise RuntimeError(f"{VENV.name} could not be made: {ended.stderr.strip()[-400:]}")


if __name__ == "__main__":
    sys.exit(None if found() else MISSING)
