"""`python -m local.model_server`: serve on loopback until stopped."""

import argparse
import asyncio
import logging

from aiohttp import web

from local.lifetime import announce, until_stopped
from local.model_server.faults import UNNAMED, Faults
from local.model_server.replies import FILTER_NAMES
from local.model_server.service import ModelService
from local.model_server.workshop import BASE_MODEL


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.model_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free port")
    parser.add_argument("--key", required=True, help="the key that requests must bear")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input ends")
    faults = parser.add_argument_group("faults, for tests of a caller")
    faults.add_argument(
        "--filter-answers", choices=[*FILTER_NAMES, UNNAMED], help="withhold every answer for this"
    )
    faults.add_argument("--annotate-answers", choices=[*FILTER_NAMES], help="annotate every answer with this")
    faults.add_argument(
        "--withhold-probes", action="store_true", help="refuse every prompt by the content filter"
    )
    faults.add_argument(
        "--empty-every", type=_positive, default=0, metavar="N", help="every N-th answer is empty"
    )
    faults.add_argument(
        "--fail-every", type=_positive, default=0, metavar="N", help="every N-th request fails"
    )
    faults.add_argument(
        "--fail-status", type=_error_status, default=500, metavar="S", help="with this HTTP status"
    )
    faults.add_argument("--other-model", action="store_true", help="answer under another model's name")
    faults.add_argument(
        "--delay-s", type=float, default=0.0, metavar="SECONDS", help="wait before every answer"
    )
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("not a positive number")
    return number


def _error_status(text: str) -> int:
    status = int(text)
    if not 400 <= status <= 599:
        raise argparse.ArgumentTypeError("not an HTTP error status")
    return status


async def serve(*, key: str, port: int, with_parent: bool, faults: Faults) -> None:
    """Serve on 127.0.0.1 and return when stopped."""
    runner = web.AppRunner(ModelService(key=key, faults=faults).application(), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port, shutdown_timeout=1.0)
        await site.start()
        bound_port = runner.addresses[0][1]
        # It listens for signals before it says that it serves: a starter may stop it at once.
        stopped = asyncio.create_task(until_stopped(with_parent=with_parent))
        await asyncio.sleep(0)
        announce(
            "model_server", port=bound_port, url=f"http://127.0.0.1:{bound_port}/v1", base_model=BASE_MODEL
        )
        await stopped
    finally:
        await runner.cleanup()


def main() -> None:
    """Read the arguments and serve."""
    given = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    faults = Faults(
        filter_answers=given.filter_answers,
        annotate_answers=given.annotate_answers,
        withhold_probes=given.withhold_probes,
        empty_every=given.empty_every,
        fail_every=given.fail_every,
        fail_status=given.fail_status,
        other_model=given.other_model,
        delay_s=given.delay_s,
    )
    asyncio.run(serve(key=given.key, port=given.port, with_parent=given.with_parent, faults=faults))


if __name__ == "__main__":
    main()
