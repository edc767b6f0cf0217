"""`tunegate`: the command line. What a command needs is imported only once it runs: Ctrl-C and --help are quick."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from client.arguments import USAGE, parser

if TYPE_CHECKING:
    from client.errors import Exit
    from client.target import Target
    from client.terminal import Terminal

_INTERRUPTED: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A file's name may hold what the terminal cannot show.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    chosen = parser().parse_args(arguments)
    if chosen.command == "submit" and chosen.no_wait and chosen.json:
        parser().error("--json prints the outcome, and --no-wait does not wait for it")
    if chosen.command == "demo" and chosen.sample and not chosen.model:
        parser().error("--sample goes with --model: the stories are always told whole")
    if chosen.command == "convert" and (chosen.prompt is None) != (chosen.completion is None):
        parser().error("--prompt and --completion go together: name both columns")
    try:
        return _run(chosen)
    except KeyboardInterrupt:
        goes_on = "An evaluation that has begun goes on; see it with: tunegate watch"
        waits = chosen.command in {"submit", "watch"}
        print(f"Stopped. {goes_on} {chosen.job}" if waits else "Stopped.", file=sys.stderr)
        return _INTERRUPTED


def _run(chosen: argparse.Namespace) -> int:
    from client.errors import Stopped
    from client.terminal import Terminal
    from shared.adapters.quiet import pin_loggers

    pin_loggers()
    # What its SDKs warn of is told in the command's own words.
    logging.getLogger("azure").addHandler(logging.NullHandler())
    terminal = Terminal(json=getattr(chosen, "json", False))
    try:
        if chosen.command == "convert":
            # Outside asyncio, which would keep Ctrl-C until something is awaited.
            return _convert(chosen, terminal)
        return int(asyncio.run(_command(chosen, terminal)))
    except Stopped as stopped:
        terminal.note(str(stopped), style="bold" if stopped.exit_code == USAGE else "")
        return int(stopped.exit_code)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] in {"client", "local", "shared"}:
            raise
        terminal.note(
            f"This command needs {missing.name}, which `make light` leaves out. Bring it with: make setup"
        )
        return USAGE


def _convert(chosen: argparse.Namespace, terminal: "Terminal") -> int:
    from client.convert import Table, convert

    table = Table(
        shape=chosen.to,
        columns=None if chosen.prompt is None else (chosen.prompt, chosen.completion),
        delimiter=chosen.delimiter,
    )
    convert(chosen.file, chosen.output, table=table, force=chosen.force, terminal=terminal)
    return 0


async def _command(chosen: argparse.Namespace, terminal: "Terminal") -> "Exit":
    if chosen.command == "demo" and chosen.model:
        from client.real_model import talk

        return await talk(sample=chosen.sample, terminal=terminal)
    if chosen.command == "demo":
        from client.demo import demo

        return await demo(terminal)
    if chosen.command == "preview":
        return await _preview(chosen, terminal)
    if chosen.command in {"check", "clean"}:
        return await _command_here(chosen, terminal)
    target = _target(chosen.cloud)
    try:
        return await _command_on(target, chosen, terminal)
    finally:
        await target.release()


async def _command_here(chosen: argparse.Namespace, terminal: "Terminal") -> "Exit":
    from client.check import check, scoring_of
    from client.errors import Exit

    begin = scoring_of(chosen.endpoint, chosen.key_env, os.environ)
    if chosen.command == "check":
        outcome = await check(chosen.file, begin, terminal)
    else:
        from client.clean import clean

        outcome = await clean(
            chosen.file,
            chosen.output,
            outcome_path=chosen.outcome,
            force=chosen.force,
            begin=begin,
            terminal=terminal,
        )
    return Exit.of(outcome.result)


async def _preview(chosen: argparse.Namespace, terminal: "Terminal") -> "Exit":
    from client.check import scoring_of
    from client.endpoint import require_safe
    from client.errors import Exit
    from client.preview import Previewed, key_of, preview

    model = Previewed(
        endpoint=require_safe(chosen.model_endpoint),
        deployment=chosen.deployment,
        key=key_of(os.environ, chosen.model_key_env),
    )
    begin = scoring_of(chosen.endpoint, chosen.key_env, os.environ)
    await preview(model, sample=chosen.sample, begin=begin, terminal=terminal)
    # A preview decides nothing, whatever it found.
    return Exit.INCOMPLETE


async def _command_on(target: "Target", chosen: argparse.Namespace, terminal: "Terminal") -> "Exit":
    from client.errors import Exit

    if chosen.command == "submit":
        from client.submit import submit, submit_all, upload_all

        paths = [chosen.file, *chosen.validation]
        if chosen.no_wait:
            for file in await upload_all(paths, chosen.job, target=target, terminal=terminal):
                terminal.say(
                    f"The evaluation of {file.blob} begins. See its outcome with: tunegate watch {chosen.job}"
                )
            return Exit.PASSED
        if chosen.validation:
            return await submit_all(
                paths, chosen.job, timeout_s=chosen.timeout, target=target, terminal=terminal
            )
        notice = await submit(
            chosen.file, chosen.job, timeout_s=chosen.timeout, target=target, terminal=terminal
        )
        return Exit.of(notice.event.data.result)
    if chosen.command == "train":
        from client.train import train

        await train(
            chosen.job, attempt=chosen.attempt, file_name=chosen.file, target=target, terminal=terminal
        )
        return Exit.PASSED
    if chosen.command == "watch":
        from client.watch import watch

        notices = await watch(
            chosen.job,
            model=chosen.model,
            attempt=chosen.attempt,
            timeout_s=chosen.timeout,
            target=target,
            terminal=terminal,
        )
        return Exit.worst(Exit.of(notice.event.data.result) for notice in notices)
    if chosen.command == "retry":
        from client.retry import retry

        await retry(
            chosen.job, model=chosen.model, outcome_path=chosen.outcome, target=target, terminal=terminal
        )
        return Exit.PASSED
    from client.verdict import verdict

    return await verdict(chosen.job, target=target, terminal=terminal)


def _target(cloud_file: Path | None) -> "Target":
    from client.target import find_target

    return find_target(cloud_file, os.environ, Path.cwd())


if __name__ == "__main__":
    sys.exit(main())
