"""A local cloud that lives in a thread, so that tests with event loops of their own can share it."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, Self, TypeVar

from local.cloud import LocalCloud

Done = TypeVar("Done")


class CloudThread:
    """Runs a LocalCloud on a loop of its own; `run` executes a coroutine there."""

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="local-cloud", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.cloud = self.run(self._make())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self.cloud.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _make(self) -> LocalCloud:
        return await LocalCloud(**self._options).__aenter__()

    def run(self, coroutine: Coroutine[Any, Any, Done], timeout_s: float = 300) -> Done:
        future: Future[Done] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        return future.result(timeout_s)

    @property
    def settings(self) -> dict[str, str]:
        return self.cloud.settings
