"""Pin the loggers that could print what privacy keeps: HTTP and SDK loggers write bodies at debug level."""

import logging
from typing import Final

PINNED: Final = (
    "aiohttp",
    "asyncio",
    "azure",
    "azure.core.pipeline.policies.http_logging_policy",
    "azure.servicebus",
    "azure.servicebus._pyamqp",
    "httpcore2",
    "httpx2",
    "openai",
    "openai._base_client",
)


class _NoBodies(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING


_NO_BODIES = _NoBodies()


def pin_loggers() -> None:
    """Let these loggers say warnings and errors only, whatever level is set on them later."""
    for name in PINNED:
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        if _NO_BODIES not in logger.filters:
            logger.addFilter(_NO_BODIES)
