"""`python -m local.host`: serve a function app's folder on loopback."""

import argparse
import os
import sys
from pathlib import Path

from local.host.host import Options, serve


def main() -> int:
    """Serve until stopped; the exit code is 3 where the app is refused."""
    parser = argparse.ArgumentParser(prog="python -m local.host", description=__doc__)
    parser.add_argument("--app", type=Path, required=True, help="the folder of function_app.py and host.json")
    parser.add_argument("--port", type=int, default=0, help="0: a free port")
    parser.add_argument("--key", required=True, help="opens the webhooks and the functions that need a key")
    parser.add_argument(
        "--uploads",
        action="append",
        default=[],
        metavar="SETTING/CONTAINER=FUNCTION",
        help="post a BlobCreated event to FUNCTION for what is uploaded to CONTAINER; may be repeated",
    )
    parser.add_argument("--with-parent", action="store_true", help="end when standard input ends")
    parser.add_argument(
        "--crash-at",
        default="",
        metavar="FUNCTION:before|after[:N]",
        help="for tests: end at FUNCTION's N-th call, before it or after it and before its message is settled",
    )
    given = parser.parse_args()
    return serve(
        Options(
            folder=given.app.resolve(),
            port=given.port,
            key=given.key,
            uploads=tuple(given.uploads),
            with_parent=given.with_parent,
            crash_at=given.crash_at,
        )
    )


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # A plain function that still runs in a thread cannot be stopped, and must not keep the host alive.
    os._exit(code)
