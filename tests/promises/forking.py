"""Runs of pytest, each in a fork of one process that has imported what they all need but for the core itself.

Started as a program it takes a run a line, `[folder, test, ...]` in JSON, and answers each with pytest's exit code.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Final, NoReturn, Self

_OPTIONS: Final = (
    *("-x", "--tb=line", "-p", "no:cacheprovider", "-p", "no:xdist"),
    # Imported before the fork, plug-ins cannot have their own asserts rewritten.
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)


class Runner:
    """A process to fork from. A run that fails ends with 1; where no test could be run it is another code."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.promises.forking"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            env={"PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=60)

    def run(self, folder: Path, *tests: str) -> int:
        """The exit code of the tests in that folder; what they print is in its file `output`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(folder), *tests]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def _serve() -> None:
    import hypothesis.strategies
    import msgspec
    import pytest_asyncio.plugin
    import pytest_timeout

    assert all((hypothesis.strategies, msgspec, pytest_asyncio.plugin, pytest_timeout))
    for line in sys.stdin:
        folder, *tests = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(folder, tests)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _run(folder: str, tests: list[str]) -> NoReturn:
    import pytest

    code = 70
    try:
        os.chdir(folder)
        # The core is the folder's, not the project's.
        for name in [name for name in sys.modules if name.partition(".")[0] in {"shared", "tests"}]:
            del sys.modules[name]
        sys.path[:] = [folder, *(entry for entry in sys.path[1:] if entry)]
        with Path("output").open("w") as output:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            code = int(pytest.main([*_OPTIONS, *tests]))
            sys.stdout.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    _serve()
