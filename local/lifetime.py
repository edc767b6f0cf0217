"""How a local server lives: it says once that it serves, and ends with its parent or at a signal."""

import asyncio
import json
import os
import signal
import sys
import threading


def announce(part: str, **facts: object) -> None:
    """Print the one line a starter waits for: `{"ready": part, ...facts}` as JSON on standard output."""
    sys.stdout.write(json.dumps({"ready": part, **facts}) + "\n")
    sys.stdout.flush()


async def until_stopped(*, with_parent: bool) -> None:
    """Return at SIGINT or SIGTERM or, with a parent, when standard input ends.

    The parent holds the other end of standard input and never writes to it; the kernel closes it however
    the parent dies, so no server outlives a parent that was killed.
    """
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    if with_parent:

        def wait_for_the_end_of_input() -> None:
            # Not sys.stdin: its buffer's lock, held by this thread, would stop the interpreter from ending.
            while os.read(0, 1):
                pass
            loop.call_soon_threadsafe(stopped.set)

        threading.Thread(target=wait_for_the_end_of_input, daemon=True).start()
    await stopped.wait()
