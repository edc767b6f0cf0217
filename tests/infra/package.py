"""What a deployment would carry: the project's files without what .funcignore leaves out."""

import subprocess
from pathlib import Path

from pathspec import GitIgnoreSpec


def packaged(project: Path) -> list[Path]:
    """The files of the package, relative to the project; what git does not know of is no part of a clean checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    ignored = GitIgnoreSpec.from_lines((project / ".funcignore").read_text().splitlines())
    files = sorted({Path(name) for name in listed.stdout.split("\0") if name})
    return [path for path in files if not ignored.match_file(path) and (project / path).is_file()]
