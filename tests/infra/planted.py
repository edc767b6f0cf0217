"""A copy of what the checks look at, with one mistake planted in it."""

import shutil
from pathlib import Path

from tests.infra.infrastructure import PROJECT

COPIED = ("infra", "docs/permissions.md", "functions", "shared", "function_app.py", "host.json", "azure.yaml")


def planted(folder: Path, file: str, right: str, wrong: str) -> Path:
    """A project whose `file` says `wrong` once where it said `right`; what it does not lie in are links."""
    for name in COPIED:
        source, target = PROJECT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not Path(file).is_relative_to(name):
            target.symlink_to(source)
        elif source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.bin", "*.npz"))
        else:
            shutil.copy(source, target)
    path = folder / file
    text = path.read_text()
    # Else the mistake would be planted nowhere, and the test would show nothing.
    assert right in text, f"{file} does not say {right!r}"
    path.write_text(text.replace(right, wrong, 1))
    return folder
