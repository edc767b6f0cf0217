"""What is left of a child that ought to be gone."""

import socket
import time
from pathlib import Path


def gone(pid: int, timeout_s: float = 10) -> bool:
    """Whether the process ends in time; one that nobody has waited for yet counts as ended."""
    limit = time.monotonic() + timeout_s
    while time.monotonic() < limit:
        try:
            if (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def serves(port: int) -> bool:
    """Whether anything listens on the loopback's port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def processes_below(folder: Path) -> list[str]:
    """The command lines of the processes that work in the folder, as every server of a cloud does in its own."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "cwd").readlink().is_relative_to(folder):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def none_left_below(folder: Path, timeout_s: float = 10) -> bool:
    """Whether no process works in the folder any more, in time."""
    limit = time.monotonic() + timeout_s
    while processes_below(folder) and time.monotonic() < limit:
        time.sleep(0.05)
    return not processes_below(folder)
