"""Bring Azurite into the project's folder; `python -m local.azurite.install` is a step of the set-up."""

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from local.node import Node, NodeMissing, bring

VERSION: Final = "3.35.0"
ROOT: Final = Path(__file__).parents[2] / ".tunegate"
HOME: Final = ROOT / f"azurite-{VERSION}"
SCRIPT: Final = HOME / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"

_HERE: Final = Path(__file__).parent


class AzuriteMissing(RuntimeError):
    """Azurite could not be had; the text says what to do."""


def install() -> Path:
    """The path of Azurite's script, fetched where it is not there yet; raises AzuriteMissing or NodeMissing.

    It is fetched into a folder of its own and moved into place whole: an interrupted or a second set-up at the
    same time leaves either all of it or nothing.
    """
    if SCRIPT.exists():
        return SCRIPT
    node = bring()
    print(
        f"Fetching Azurite {VERSION} from the npm registry (186 MB unpacked, about half a minute) ...",
        flush=True,
    )
    ROOT.mkdir(exist_ok=True)
    fresh = ROOT / f"azurite.{secrets.token_hex(4)}"
    fresh.mkdir()
    try:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_HERE / name, fresh / name)
        _fetch(node, fresh)
        try:
            fresh.rename(HOME)
        except OSError:
            if not SCRIPT.exists():  # else another set-up was quicker, and its copy is as good
                shutil.rmtree(HOME)  # somebody removed a part of it
                fresh.rename(HOME)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return SCRIPT


def _fetch(node: Node, folder: Path) -> None:
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(node.node).parent), os.environ.get("PATH", "")]),
        "npm_config_cache": str(ROOT / "npm-cache"),
        "npm_config_update_notifier": "false",
        # Behind a proxy with a certificate of its own, the machine's store knows it; Node's built-in one does not.
        "NODE_USE_SYSTEM_CA": os.environ.get("NODE_USE_SYSTEM_CA", "1"),
    }
    command = [*node.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    done = subprocess.run(command, cwd=folder, env=environment, check=False, stdout=subprocess.DEVNULL)
    if done.returncode or not (folder / SCRIPT.relative_to(HOME)).exists():
        raise AzuriteMissing(
            f"The npm package azurite {VERSION} could not be had (above is what npm says). Check that the "
            "registry can be reached: npm_config_registry in the environment, or registry= in ~/.npmrc, names "
            "another one, NODE_EXTRA_CA_CERTS a certificate it needs. Then run the command again."
        )


if __name__ == "__main__":
    try:
        bring()  # where Azurite is here already, Node may have gone with the virtual environment
        install()
    except (AzuriteMissing, NodeMissing) as problem:
        print(problem, file=sys.stderr)
        sys.exit(3)
    except KeyboardInterrupt:
        sys.exit(130)
