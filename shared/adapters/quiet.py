"""Pin the loggers that could print what privacy keeps: HTTP and SDK loggers write bodies and headers at debug level."""

import logging
from typing import Final

PINNED: Final = ("aiohttp", "asyncio", "azure", "httpcore2", "httpx2", "openai", "opentelemetry", "urllib3")
"""Each with all loggers below it."""


class _WarningsOnly(logging.Handler):
    """Hands a logger's warnings and errors on to the root logger's handlers.

    Where that has none its last resort speaks, unless somebody else listens to the logger.
    """

    def __init__(self, logger: logging.Logger) -> None:
        super().__init__(logging.WARNING)
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        root = logging.getLogger()
        if root.handlers or self._logger.handlers == [self]:
            root.handle(record)


def pin_loggers() -> None:
    """Let these loggers say warnings and errors only, whatever level is set later on them or on one below."""
    for name in PINNED:
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        # A level and a filter hold for one logger; what comes from below passes the handlers of those above alone.
        logger.propagate = False
        if not any(isinstance(handler, _WarningsOnly) for handler in logger.handlers):
            logger.addHandler(_WarningsOnly(logger))
