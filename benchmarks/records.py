"""How long a line of 16 MiB takes to read, and in how much memory: `python benchmarks/records.py`."""

import base64
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from shared.errors import Unscorable
from shared.records import read_record
from shared.shards import MAX_LINE_BYTES

SIZE = MAX_LINE_BYTES - 64
PNG = b"\x89PNG\r\n\x1a\n"


def filled(unit: bytes) -> bytes:
    """A record whose one list is full of the unit."""
    return b'{"a":[' + (unit * (SIZE // len(unit)))[:-1] + b"]}"


LINES: dict[str, Callable[[], bytes]] = {
    "one text": lambda: b'{"a":"' + b"word " * (SIZE // 5) + b'"}',
    "one text with one emoji": lambda: b'{"a":"' + "\U0001f642".encode() + b"word " * (SIZE // 5 - 1) + b'"}',
    "an image of 12 MB": lambda: (
        b'{"a":"data:image/png;base64,' + base64.b64encode(PNG + bytes(SIZE * 3 // 4 - 80)) + b'"}'
    ),
    "empty lists": lambda: filled(b"[],"),
    "short strings": lambda: filled(b'"ab",'),
    "one number": lambda: b'{"a":' + b"9" * SIZE + b"}",
    "199,990 texts": lambda: b'{"a":[' + b",".join(b'"%060d"' % at for at in range(199_990)) + b"]}",
    "lists in lists": lambda: b'{"a":' + b"[" * (SIZE // 2) + b"]" * (SIZE // 2) + b"}",
}


def main() -> int:
    if len(sys.argv) == 1:
        # Each in a process of its own: a peak is never taken back.
        print("The line itself is held as well; a reason stands where the line is refused.")
        print(f"{'line':26}{'MiB':>6}{'seconds':>9}{'peak MB':>9}  reason", flush=True)
        for name in LINES:
            subprocess.run([sys.executable, __file__, name], check=True)
        return 0
    line = LINES[sys.argv[1]]()
    reason, started = "", time.perf_counter()
    try:
        read_record(line, first=False)
    except Unscorable as error:
        reason = error.reason
    seconds = time.perf_counter() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{sys.argv[1]:26}{len(line) / 2**20:6.1f}{seconds:9.2f}{peak_mb:9.0f}  {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
