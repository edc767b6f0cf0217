"""`bring.sh` installs all that `tunegate verdict` imports, without bringing it here."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.pipelines.steps import PIPELINES, PROJECT

BRING = (PIPELINES / "bring.sh").read_text()

OWNERS = """
import sys
before = set(sys.modules)
from importlib.metadata import distributions
from client.main import main
code = main(["verdict", "job"])
files = {getattr(module, "__file__", None) for name, module in sys.modules.items() if name not in before}
print(*{each.name for each in distributions() for file in each.files or () if str(each.locate_file(file)) in files})
sys.exit(code)
"""
"""Asks a table that nobody serves, and prints which packages what it has imported belongs to."""


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", OWNERS],
        cwd=tmp_path_factory.mktemp("runner"),
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(PROJECT),
            "TUNEGATE_RESOURCE": "local",
            "VerdictStorage__tableServiceUri": "https://127.0.0.1:9",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3, done.stderr
    return {canonicalize_name(name) for name in done.stdout.split()} - {"tunegate"}


def pinned(path: str) -> set[str]:
    return {
        canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", (PROJECT / path).read_text(), re.M)
    }


def with_what_it_needs(name: str) -> Iterator[str]:
    yield name
    try:
        needed = [Requirement(told) for told in requires(name) or ()]
    except PackageNotFoundError:
        return  # for another platform
    for each in needed:
        if each.marker is None or each.marker.evaluate({"extra": ""}):
            yield from with_what_it_needs(canonicalize_name(each.name))


def covered(script: str) -> tuple[set[str], set[str]]:
    """The packages that the script installs by pip, and those of them that have no pinned version."""
    brought: set[str] = set()
    versions: set[str] = set()
    for line in script.replace("\\\n", " ").splitlines():
        installed = line.partition(" pip install ")[2]
        if "--no-deps" in installed:
            continue
        words = iter(shlex.split(installed))
        for word in words:
            if word in ("--requirement", "--constraint"):
                names = pinned(next(words))
                versions |= names
                brought |= names if word == "--requirement" else set()
            elif not word.startswith("--"):
                brought |= set(with_what_it_needs(word))
    return brought, brought - versions


def test_all_that_a_verdict_imports_is_brought_at_a_pinned_version(imported: set[str]) -> None:
    brought, loose = covered(BRING)
    assert {"azure-data-tables", "azure-identity", "aiohttp", "msgspec", "rich"} <= imported
    assert imported <= brought
    assert loose == set()
    assert "\n.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps .\n" in BRING


@pytest.mark.parametrize("left_out", [" rich\n", "--requirement requirements.txt"])
def test_what_is_not_brought_is_seen(imported: set[str], left_out: str) -> None:
    wrong = BRING.replace(left_out, "\n" if left_out.endswith("\n") else "")
    assert wrong != BRING
    assert not imported <= covered(wrong)[0]


def test_a_version_that_is_not_pinned_is_seen() -> None:
    wrong = BRING.replace("--constraint requirements/local.txt", "")
    assert "rich" in covered(wrong)[1]
