"""The trainer: the model server learns a file, through the unmodified openai library.

It stands in for a real trainer, and names a model after the job and the bytes it learned, so that whoever
holds the bytes can name the model.
"""

import asyncio
from collections.abc import AsyncIterable
from hashlib import sha256
from types import TracebackType
from typing import Final, Self

from openai import APIConnectionError, APIStatusError, AsyncOpenAI, DefaultAsyncHttpx2Client, NotFoundError

from client.errors import NotDecided, Unreachable
from client.reaching import away, refused

SERVICE: Final = "The model server"
BASE_MODEL: Final = "tunegate-base"

_POLL_S: Final = 0.2


def model_of(job: str, digest: str) -> str:
    """The id of the model that the stand-in makes of bytes with this SHA-256."""
    return f"ft:{BASE_MODEL}:{_suffix(job, digest)}"


async def digest_of(chunks: AsyncIterable[bytes]) -> str:
    """The SHA-256 of the chunks together, in hex."""
    total = sha256()
    async for chunk in chunks:
        total.update(chunk)
    return total.hexdigest()


class Trainer:
    """A model server that learns files, on the openai library."""

    def __init__(self, endpoint: str, key: str) -> None:
        self._endpoint = endpoint
        self._client = AsyncOpenAI(
            base_url=endpoint,
            api_key=key or "none",
            max_retries=1,
            timeout=60.0,
            http_client=DefaultAsyncHttpx2Client(follow_redirects=False, trust_env=False),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    async def train(self, job: str, name: str, content: bytes) -> str:
        """Let the server learn the file; the tuned model's id, once it can be asked.

        The same bytes under the same job are the same model: doing it twice changes nothing.
        """
        try:
            file = await self._client.files.create(file=(name, content), purpose="fine-tune")
            training = await self._client.fine_tuning.jobs.create(
                model=BASE_MODEL, training_file=file.id, suffix=_suffix(job, sha256(content).hexdigest())
            )
            while training.status not in {"succeeded", "failed", "cancelled"}:
                await asyncio.sleep(_POLL_S)
                training = await self._client.fine_tuning.jobs.retrieve(training.id)
        except (APIConnectionError, APIStatusError) as error:
            raise self._stopped(error) from None
        if training.status != "succeeded" or not training.fine_tuned_model:
            raise NotDecided(f"The model server could not learn the file: training {training.status}.")
        return training.fine_tuned_model

    async def has(self, model: str) -> bool:
        """Whether the server has this model."""
        try:
            await self._client.models.retrieve(model)
        except NotFoundError:
            return False
        except (APIConnectionError, APIStatusError) as error:
            raise self._stopped(error) from None
        return True

    def _stopped(self, error: APIConnectionError | APIStatusError) -> Unreachable:
        # The error's own text may quote what was sent.
        if isinstance(error, APIConnectionError):
            return away(SERVICE, self._endpoint, type(error).__name__)
        if error.status_code in {401, 403}:
            return refused(SERVICE, self._endpoint)
        return Unreachable(f"{SERVICE} at {self._endpoint} answered {error.status_code}.")


def _suffix(job: str, digest: str) -> str:
    return f"{job}:{digest[:12]}"
