"""What the host writes to standard error: of an exception its type and where it was raised, never what it says."""

import asyncio
import logging
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, Final

_HERE: Final = Path(__file__).parent
_DEEPEST: Final = 8
_CAUSES: Final = 5
_PINNED: Final = (
    "aiohttp",
    "asyncio",
    "azure",
    "httpcore",
    "httpcore2",
    "httpx",
    "httpx2",
    "msal",
    "openai",
    "urllib3",
)

_log = logging.getLogger("local.host")


class WithoutMessages(logging.Formatter):
    """Formats a record's exception by type and place, whoever logged it: the app may log its own."""

    def formatException(  # noqa: N802 - the library's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        return "" if ei[1] is None else told(ei[1])


def configure() -> None:
    """Log to standard error, and pin the loggers that print at debug level what they send and receive."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(WithoutMessages("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for name in _PINNED:
        logging.getLogger(name).setLevel(logging.WARNING)


def tell_unhandled(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The loop's word on an exception that nobody awaited; its own would quote the exception."""
    error = context.get("exception")
    reason = told(error) if isinstance(error, BaseException) else "no exception"
    _log.error("in a task that nobody awaited: %s", reason)


def told(error: BaseException) -> str:
    """An exception's type, where it was raised, and its causes likewise."""
    return f"{type(error).__name__} at {place(error)}"


def place(error: BaseException) -> str:
    """Where an exception and its causes were raised, `file:line` by `file:line`, the host's own lines left out."""
    links: list[str] = []
    link: BaseException | None = error
    while link is not None and len(links) < 2 * _CAUSES:
        frames = traceback.extract_tb(link.__traceback__)
        theirs = [frame for frame in frames if Path(frame.filename).parent != _HERE] or frames
        links.append(
            " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in theirs[-_DEEPEST:])
        )
        link = link.__cause__
        if link is not None:
            links.append(f"from {type(link).__name__} at")
    return " ".join(links)
