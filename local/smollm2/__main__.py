"""`python -m local.smollm2`: serve SmolLM2-135M-Instruct on loopback until stopped."""

import argparse
import asyncio
import logging
import os
import sys
from typing import Final

from aiohttp import web

from local.lifetime import announce, until_stopped
from local.smollm2.engine import Engine, NotInstalled
from local.smollm2.service import MODEL, SmolService

LONGEST: Final = 128
"""Tokens: so small a model seldom ends by itself, it repeats itself."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.smollm2", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free port")
    parser.add_argument("--key", required=True, help="the key that requests must bear")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input ends")
    parser.add_argument(
        "--longest",
        type=_tokens,
        default=LONGEST,
        metavar="N",
        help="cut answers off after so many tokens, at most 400 (default: %(default)s)",
    )
    return parser.parse_args()


def _tokens(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 400:
        raise argparse.ArgumentTypeError("not from 1 to 400")
    return number


async def serve(*, key: str, port: int, with_parent: bool, longest: int) -> None:
    """Load the model, serve on 127.0.0.1 and return when stopped."""
    # It listens for signals while it loads: a starter may give up at once.
    stopped = asyncio.create_task(until_stopped(with_parent=with_parent))
    loading = asyncio.create_task(asyncio.to_thread(Engine))
    await asyncio.wait({stopped, loading}, return_when=asyncio.FIRST_COMPLETED)
    if stopped.done():
        return
    service = SmolService(loading.result(), key=key, longest=longest)
    runner = web.AppRunner(service.application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    bound_port = runner.addresses[0][1]
    announce("smollm2", port=bound_port, url=f"http://127.0.0.1:{bound_port}/v1", model=MODEL)
    await stopped


async def _serve_and_exit(given: argparse.Namespace) -> None:
    code = 0
    try:
        await serve(key=given.key, port=given.port, with_parent=given.with_parent, longest=given.longest)
    except (NotInstalled, OSError, RuntimeError) as problem:
        print(problem, file=sys.stderr)
        code = 3
    # At once, answers under way and all: llama.cpp's own end waits for ever where it comes a moment after its
    # beginning, Python waits for the threads that wait for an answer, and there is nothing to save.
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Read the arguments and serve."""
    given = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(_serve_and_exit(given))


if __name__ == "__main__":
    main()
