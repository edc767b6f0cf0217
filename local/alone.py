"""Hold a lock file, so that neither two set-ups nor two clouds work in one folder at once.

The Makefile also runs this file itself, with whatever Python it has and before any package is there:
`python alone.py LOCK COMMAND ...` becomes the command once the lock is free.
"""

import fcntl
import os
import sys
from pathlib import Path


def hold(lock: Path) -> int | None:
    """A descriptor that holds the lock until it is closed or its process ends, however; None while another does."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _become(lock: Path, command: list[str]) -> None:
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another set-up is at work here; waiting for it ...", flush=True)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    # The command and what it starts inherit the lock: it stays held until the last of them is gone.
    os.set_inheritable(descriptor, True)
    os.execvp(command[0], command)  # noqa: S606 -- no shell, and the command is the Makefile's


if __name__ == "__main__":
    try:
        _become(Path(sys.argv[1]), sys.argv[2:])
    except KeyboardInterrupt:
        sys.exit(130)
