"""`make`: what a machine lacks is named, and two set-ups in one folder take turns."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.alone import hold

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """As much of the project as its Makefile reads."""
    for name in ("Makefile", "pyproject.toml", "requirements.txt", "local/alone.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(PROJECT / name, tmp_path / name)
    shutil.copytree(PROJECT / "requirements", tmp_path / "requirements")
    (tmp_path / "local" / "azurite").mkdir()
    shutil.copy(PROJECT / "local/azurite/package-lock.json", tmp_path / "local/azurite")
    return tmp_path


def make(clone: Path, python: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "setup", f"PYTHON={python}"], cwd=clone, capture_output=True, text=True, check=False
    )


def fake_python(clone: Path, script: str) -> str:
    path = clone / "python"
    path.write_text(f'#!/bin/sh\ncase "$*" in {script} esac\nexec {sys.executable} "$@"\n')
    path.chmod(0o755)
    return str(path)


def test_no_python_is_told(clone: Path) -> None:
    done = make(clone, "no-such-python")
    assert done.returncode == 2
    assert "No no-such-python found. Install Python 3.11 or newer" in done.stdout


def test_an_old_python_is_told(clone: Path) -> None:
    done = make(clone, fake_python(clone, "*version_info*) exit 1;;"))
    assert done.returncode == 2
    assert "Needs Python 3.11 or newer" in done.stdout


def test_a_missing_venv_is_told_and_nothing_of_it_is_left(clone: Path) -> None:
    done = make(clone, fake_python(clone, "*venv*) mkdir -p .venv/bin; exit 1;;"))
    assert done.returncode == 2
    assert "apt install python3-venv" in done.stdout
    assert not (clone / ".venv").exists()


def test_a_set_up_without_its_packages_is_not_done(clone: Path) -> None:
    # A virtual environment is there, and its pip finds no index.
    (clone / ".venv" / "bin").mkdir(parents=True)
    pip = clone / ".venv" / "bin" / "python"
    pip.write_text('#!/bin/sh\ncase "$*" in *--version*) exit 0;; esac\nexit 1\n')
    pip.chmod(0o755)
    done = make(clone, sys.executable)
    assert done.returncode == 2
    assert [path.name for path in (clone / ".venv" / "stamps").iterdir()] == ["venv"]


def test_what_to_do_is_told_where_a_package_cannot_be_had(tmp_path: Path) -> None:
    script = PROJECT / "local" / "packages.py"
    done = subprocess.run(
        [sys.executable, "-I", str(script), str(tmp_path / "none.txt")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "A package could not be had" in done.stderr
    assert "none.txt" in done.stderr, "what pip says is passed on"
    assert "Traceback" not in done.stderr


def test_a_second_set_up_waits_for_the_first(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    held = hold(lock)
    assert held is not None
    assert hold(lock) is None
    with subprocess.Popen(
        [sys.executable, "-I", str(PROJECT / "local/alone.py"), str(lock), "echo", "done"],
        stdout=subprocess.PIPE,
        text=True,
    ) as second:
        assert second.stdout is not None
        assert "waiting" in second.stdout.readline()
        assert second.poll() is None
        os.close(held)
        assert second.stdout.read() == "done\n"


def test_the_lock_is_held_while_the_command_runs(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    asks = f"import fcntl, sys; fcntl.flock(open({str(lock)!r}), {fcntl.LOCK_EX | fcntl.LOCK_NB})"
    command = [sys.executable, "-I", str(PROJECT / "local/alone.py"), str(lock), sys.executable, "-c", asks]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "BlockingIOError" in done.stderr
    assert hold(lock) is not None
