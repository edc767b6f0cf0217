"""Run the broker alone: `python -m local.broker --config FILE --key KEY [--port N]`."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from local.broker.config_fields import ConfigError
from local.broker.configuration import load
from local.broker.declarations import Declarations
from local.broker.server import Broker
from local.lifetime import announce, until_stopped


def main() -> int:
    """Serve until stopped; a configuration that is wrong is one line on standard error and exit code 2."""
    parser = argparse.ArgumentParser(prog="python -m local.broker", description=__doc__)
    parser.add_argument(
        "--config", type=Path, required=True, help="entities, in the emulator's Config.json layout"
    )
    parser.add_argument("--key", required=True, help="the key of RootManageSharedAccessKey")
    parser.add_argument("--port", type=int, default=0, help="a port of 127.0.0.1 (default: a free one)")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input ends")
    parser.add_argument(
        "--cut-holds-sessions",
        action="store_true",
        help="a connection that is cut holds its session until the lock expires, and the delivery counts",
    )
    arguments = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="broker: %(levelname)s %(message)s")
    try:
        declared = load(arguments.config)
    except ConfigError as error:
        sys.stderr.write(f"broker: {error}\n")
        return 2
    asyncio.run(_serve(declared, arguments))
    return 0


async def _serve(declared: Declarations, arguments: argparse.Namespace) -> None:
    broker = Broker(
        declared, arguments.key, port=arguments.port, cut_holds_sessions=arguments.cut_holds_sessions
    )
    async with broker:
        announce("broker", port=broker.port, entities=sorted(broker.entities.paths))
        await until_stopped(with_parent=arguments.with_parent)


if __name__ == "__main__":
    sys.exit(main())
