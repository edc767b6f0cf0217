"""Checks that wait more than they work, made at the same time, each told as a test of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

Results = dict[str, BaseException | None]
"""What each check ended with, by its name."""


class Together:
    """Collects checks; `run` makes them all and keeps what each raised."""

    def __init__(self) -> None:
        self.checks: dict[str, Callable[..., Awaitable[None]]] = {}

    def __call__(self, check: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        self.checks[check.__name__] = check
        return check

    def run(self, *arguments: Any) -> Results:
        async def all_of_them() -> list[BaseException | None]:
            return await asyncio.gather(
                *(check(*arguments) for check in self.checks.values()), return_exceptions=True
            )

        return dict(zip(self.checks, asyncio.run(all_of_them()), strict=True))


def in_threads(work: Callable[[str], None], names: list[str]) -> Results:
    """Do the work for every name, each in a thread."""

    def done(name: str) -> BaseException | None:
        try:
            work(name)
        except BaseException as error:  # noqa: BLE001 -- raised again by the test that asks for it
            return error
        return None

    with ThreadPoolExecutor(max_workers=len(names)) as threads:
        return dict(zip(names, threads.map(done, names), strict=True))


def tell(results: Results, name: str) -> None:
    """Raise what the check ended with, if it was an error."""
    error = results[name]
    if error is not None:
        raise error
