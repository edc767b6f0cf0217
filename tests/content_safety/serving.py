"""The service as a process of its own, as the local cloud starts it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

KEY = "a-key-for-tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A service that is ready."""

    url: str
    classifier: str
    process: subprocess.Popen[bytes]


@contextmanager
def served(*switches: str) -> Iterator[Served]:
    """Start the service on a free port; end it by closing its standard input, and expect a quiet exit."""
    process = subprocess.Popen(
        [sys.executable, "-m", "local.content_safety", "--key", KEY, "--with-parent", *switches],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            ready = json.loads(process.stdout.readline())
            yield Served(url=ready["url"], classifier=ready["classifier"], process=process)
            process.stdin.close()
            assert process.wait(timeout=10) == 0
            assert process.stderr.read() == b"", "the service logged something"
        finally:
            process.kill()
