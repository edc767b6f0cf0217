"""The local Content Safety service: `python -m local.content_safety --port 0 --key KEY --with-parent`."""

import argparse
import asyncio
import sys

from aiohttp import web

from local import lifetime
from local.content_safety.scoring import EmbeddedScorer, MarkerScorer
from local.content_safety.service import ContentSafety, Rules


def main() -> int:
    """Serve until stopped; 0 at a signal or when the parent is gone."""
    options = _parser().parse_args()
    if not options.key.strip():
        sys.stderr.write("The key must not be empty.\n")
        return 2
    asyncio.run(_serve(options))
    return 0


async def _serve(options: argparse.Namespace) -> None:
    scorer = MarkerScorer() if options.marker_tokens else EmbeddedScorer()
    rules = Rules(
        key=options.key,
        requests_per_10s=options.requests_per_10s,
        retry_after=not options.no_retry_after,
        fail_every=options.fail_every,
        fail_status=options.fail_status,
    )
    runner = web.AppRunner(
        ContentSafety(rules, scorer).application(), access_log=None, handle_signals=False, shutdown_timeout=2
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", options.port)
        await site.start()
        port = runner.addresses[0][1]
        lifetime.announce(
            "content_safety", port=port, url=f"http://127.0.0.1:{port}", classifier=scorer.label
        )
        await lifetime.until_stopped(with_parent=options.with_parent)
    finally:
        await runner.cleanup()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="content_safety", description="The local Content Safety service.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--key", required=True, help="the subscription key that clients must send")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input ends")
    parser.add_argument("--requests-per-10s", type=_positive, default=1000, help="the quota")
    parser.add_argument("--no-retry-after", action="store_true", help="answer 429 without Retry-After")
    parser.add_argument("--fail-every", type=int, default=0, help="play a fault at every n-th request")
    parser.add_argument("--fail-status", type=int, default=503, help="the status of that fault")
    parser.add_argument(
        "--marker-tokens",
        action="store_true",
        help="test only: [[violence:6]] sets a severity, nothing is classified",
    )
    return parser


def _positive(given: str) -> int:
    number = int(given)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
