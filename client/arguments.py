"""The command line's arguments: commands, options and what each may be."""

import argparse
import re
from pathlib import Path
from typing import Final, NoReturn

USAGE: Final = 3
"""The exit code for usage and connections."""

_DESCRIPTION: Final = """\
Tunegate gates fine-tuning twice: it evaluates the training data before training
starts, and the tuned model before anyone may deploy it.

  tunegate submit train.jsonl --job first    may this file be used?
  tunegate train --job first                 train on it (the local stand-in)
  tunegate watch first                       may the model be deployed?
  tunegate verdict first                     the same question, for a pipeline
  tunegate demo                              see all of it, in three stories
"""
_EPILOG: Final = """\
Exit codes: 0 passed or deployable, 1 failed or not deployable, 2 incomplete or no
verdict, 3 usage or connection, 130 interrupted.

Where Tunegate runs: the file given with --cloud, else the environment (the names
of the functions' settings: TrainingStorage__blobServiceUri,
ServiceBus__fullyQualifiedNamespace, VerdictStorage__tableServiceUri,
TUNEGATE_RESOURCE, TUNEGATE_REGION, TUNEGATE_TRAINING_CONTAINER and, to train,
TUNEGATE_MODEL_ENDPOINTS, TUNEGATE_MODEL_KEY, TUNEGATE_HOST, TUNEGATE_HOST_KEY),
else the `make local` that runs in this folder or one above it.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Exit with 3: argparse's own 2 means incomplete here."""
        self.exit(USAGE, f"{self.format_usage()}{self.prog}: {message}\n")


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    as_written = argparse.RawDescriptionHelpFormatter
    top = _Parser(prog="tunegate", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=as_written)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for_all = _Parser(add_help=False)
    for_all.add_argument(
        "--cloud", type=Path, metavar="FILE", help="a local cloud's cloud.json (default: found by itself)"
    )
    as_json = _Parser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="print JSON on standard output, and that alone")
    patience = _Parser(add_help=False)
    patience.add_argument(
        "--timeout", type=_seconds, metavar="S", help="wait this many seconds at most, then exit with 2"
    )

    scored_by = _Parser(add_help=False)
    scored_by.add_argument(
        "--endpoint",
        metavar="URL",
        help="let this Content Safety resource score, and send it the texts (default: the embedded classifier)",
    )
    scored_by.add_argument(
        "--key-env", metavar="NAME", help="the environment variable that holds its key (default: sign in)"
    )

    def add(name: str, what: str, *parents: _Parser) -> _Parser:
        return commands.add_parser(
            name, help=what, description=f"{what[0].upper()}{what[1:]}.", parents=[*parents]
        )

    submit = add(
        "submit", "upload a training file and see whether it may be used", for_all, as_json, patience
    )
    submit.add_argument("file", type=Path, metavar="FILE", help="the training file, chat JSONL")
    submit.add_argument("--job", type=job_name, required=True, help="the fine-tuning job it is for")
    submit.add_argument(
        "--validation",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a validation file of the same job, evaluated as well (repeatable)",
    )
    submit.add_argument("--no-wait", action="store_true", help="return once it is uploaded")

    check = add("check", "evaluate a training file right here, with no service", as_json, scored_by)
    check.add_argument("file", type=Path, metavar="FILE", help="the training file, JSONL")

    clean = add("clean", "drop the lines that an evaluation names, and check the rest", as_json, scored_by)
    clean.add_argument("file", type=Path, metavar="FILE", help="the training file, JSONL")
    clean.add_argument(
        "-o", "--output", type=Path, metavar="OUT", required=True, help="where the rest is written"
    )
    clean.add_argument(
        "--outcome",
        type=Path,
        metavar="OUTCOME",
        help="what --json printed of submit, watch or check (default: check the file first)",
    )
    clean.add_argument("--force", action="store_true", help="write over OUT, should it exist")

    convert = add("convert", "turn a JSON array or a CSV file into JSONL")
    convert.add_argument("file", type=Path, metavar="IN", help="the JSON or CSV file")
    convert.add_argument(
        "-o", "--output", type=Path, metavar="OUT", required=True, help="the JSONL file to write"
    )
    convert.add_argument("--force", action="store_true", help="write over OUT, should it exist")
    convert.add_argument(
        "--to",
        choices=("chat", "completion"),
        default="chat",
        help="what a CSV row becomes: a chat of two messages (default), or a prompt and a completion",
    )
    convert.add_argument("--prompt", metavar="NAME", help="the CSV's column of prompts (default: prompt)")
    convert.add_argument(
        "--completion", metavar="NAME", help="the CSV's column of completions (default: completion)"
    )
    convert.add_argument(
        "--delimiter",
        type=_delimiter,
        metavar="C",
        help="what parts the CSV's fields (default: found by itself)",
    )

    train = add("train", "train on a job's accepted file: the local stand-in for a trainer", for_all, as_json)
    train.add_argument("--job", type=job_name, required=True, help="the fine-tuning job")
    train.add_argument(
        "--attempt", type=_attempt, default=0, metavar="N", help="evaluate the model anew (default: 0)"
    )
    train.add_argument("--file", metavar="NAME", help="which file to learn, where the job has several")

    watch = add(
        "watch", "wait for the outcome of a job's model, or of its training data", for_all, as_json, patience
    )
    watch.add_argument("job", type=job_name, metavar="JOB", help="the fine-tuning job")
    watch.add_argument(
        "--attempt", type=_attempt, metavar="N", help="which attempt at the model (default: 0)"
    )
    watch.add_argument(
        "--model", metavar="ID", help="the model's id (default: the one the local trainer gives)"
    )

    retry = add("retry", "evaluate a job's model once more, after an incomplete evaluation", for_all, as_json)
    retry.add_argument("job", type=job_name, metavar="JOB", help="the fine-tuning job")
    retry.add_argument(
        "--model", metavar="ID", help="the model's id (default: the one the local trainer gives)"
    )
    retry.add_argument(
        "--outcome", type=Path, metavar="OUTCOME", help="what --json printed of watch (default: looked up)"
    )

    preview = add(
        "preview",
        "hold some of the conversations with any model, here and now, without a verdict",
        as_json,
        scored_by,
    )
    preview.add_argument(
        "--model-endpoint", required=True, metavar="URL", help="the model's OpenAI-compatible base URL"
    )
    preview.add_argument(
        "--deployment", required=True, metavar="NAME", help="the deployment, or model, to ask"
    )
    preview.add_argument(
        "--model-key-env", metavar="NAME", help="the environment variable that holds the model's key"
    )
    preview.add_argument(
        "--sample", type=_count, metavar="N", help="so many conversations (default: all of them)"
    )

    verdict = add("verdict", "say whether a job's model may be deployed", for_all, as_json)
    verdict.add_argument("job", type=job_name, metavar="JOB", help="the fine-tuning job")

    demo = add("demo", "tell three stories on a local cloud of its own, which ends with them")
    demo.add_argument(
        "--model",
        choices=("smollm2",),
        help="instead of the stories, hold a sample of the conversations with this real small model",
    )
    demo.add_argument(
        "--sample", type=_count, metavar="N", help="with --model: so many (default: what two minutes allow)"
    )
    return top


def job_name(text: str) -> str:
    """The text, where it is a job's name; raises ArgumentTypeError."""
    # "." and ".." are no folders of a blob's address.
    if text in {".", ".."} or not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", text):
        raise argparse.ArgumentTypeError("a job's name has 1 to 100 of A-Z, a-z, 0-9, '.', '_' and '-'")
    return text


def _attempt(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise argparse.ArgumentTypeError("an attempt is a number from 0 to 9999")
    return int(text)


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,5}", text):
        raise argparse.ArgumentTypeError("a sample is a number from 1 on")
    return int(text)


def _delimiter(text: str) -> str:
    delimiter = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if len(delimiter) != 1 or delimiter in '"\r\n ':
        raise argparse.ArgumentTypeError("a delimiter is one character, or tab")
    return delimiter


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,3})?", text) or float(text) == 0:
        raise argparse.ArgumentTypeError("a time-out is a number of seconds above 0")
    return float(text)
