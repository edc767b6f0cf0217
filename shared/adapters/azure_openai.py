"""The fine-tuning resource, over the openai library.

docs/connector.md has the page of reference for each call. Nothing is tried again here: the next look does.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from ssl import SSLContext
from typing import Annotated, Any, BinaryIO, Final, Protocol, TypeVar

from httpx2 import HTTPError, create_ssl_context
from msgspec import Meta, Struct, ValidationError, convert
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, DefaultAsyncHttpx2Client, OpenAIError
from openai.pagination import AsyncCursorPage
from openai.types import FileObject
from openai.types.fine_tuning import FineTuningJob

from shared.adapters.bearer import REQUEST_S, Tokens
from shared.errors import Unavailable
from shared.fine_tuning import COPY_NAME, STANDARD, Account, Copy, Held, Link, Training

MANAGEMENT: Final = "https://management.azure.com"
DATA_SCOPE: Final = "https://cognitiveservices.azure.com/.default"

_UPLOAD_S: Final = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureOpenAISettings:
    """Which accounts are connected, by their Azure ids, and how."""

    tuning_account: str
    evaluation_account: str
    base_model: str
    capacity: int
    """Of an evaluation deployment, in thousands of tokens a minute."""
    topic: str
    client_id: str
    management: str = MANAGEMENT


class Accounts(Protocol):
    async def account(self, account: str) -> Account:
        """The account of this Azure id."""


Id = Annotated[str, Meta(min_length=1)]
Time = Annotated[int, Meta(ge=0, le=253_402_300_799)]
"""Seconds since 1970, up to the year 9999."""


class _File(Struct):
    id: Id
    filename: Id
    created_at: Time
    status: str


class _Job(Struct):
    id: Id
    status: str
    model: str
    created_at: Time
    training_file: Id
    validation_file: str | None = None
    finished_at: Time | None = None
    fine_tuned_model: str | None = None
    suffix: str | None = None
    seed: int | None = None
    trainingType: str | None = None  # noqa: N815 -- Azure's name


class AzureTuning:
    """`fine_tuning.Tuning` on the openai library."""

    def __init__(self, azure: AzureOpenAISettings, manager: Accounts, tokens: Tokens) -> None:
        self._azure = azure
        self._manager = manager
        self._tokens = tokens
        self._endpoint = ""

    async def account(self) -> Account:
        account = await self._manager.account(self._azure.tuning_account)
        self._endpoint = next(iter(account.endpoints), "")
        return account

    async def held(self) -> Held:
        async with self._client() as client:
            files, all_files = await _all(await client.files.list(purpose="fine-tune"))
            jobs, all_jobs = await _all(await client.fine_tuning.jobs.list(limit=100))
        copies, unread_files = _read([file for file in files if _may_be_ours(file)], _copy)
        trainings, unread_jobs = _read(jobs, _training)
        unread = unread_files + unread_jobs + (not all_files) + (not all_jobs)
        return Held(copies=copies, trainings=trainings, unread=unread)

    async def upload(self, name: str, content: BinaryIO) -> Copy:
        async with self._client() as client:
            file = (name, content, "application/jsonl")
            return _copy(_told(await client.files.create(file=file, purpose="fine-tune", timeout=_UPLOAD_S)))

    async def digest(self, copy: Copy) -> str:
        total = sha256()
        async with (
            self._client() as client,
            client.files.with_streaming_response.content(copy.id, timeout=_UPLOAD_S) as answer,
        ):
            async for chunk in answer.iter_bytes():
                total.update(chunk)
        return total.hexdigest()

    async def remove(self, copy: Copy) -> None:
        async with self._client() as client:
            await client.files.delete(copy.id)

    async def start(self, *, training_file: str, validation_file: str | None, link: Link) -> None:
        async with self._client() as client:
            await client.fine_tuning.jobs.create(
                model=self._azure.base_model,
                training_file=training_file,
                validation_file=validation_file,
                suffix=link.suffix,
                seed=link.seed,
                # Global and Developer training copy data and weights out of the region.
                extra_body={"trainingType": STANDARD},
            )

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[AsyncOpenAI]:
        if not self._endpoint:
            await self.account()
        client = AsyncOpenAI(
            base_url=self._endpoint,
            api_key=lambda: self._tokens(DATA_SCOPE),
            max_retries=0,  # a second try could start a second training
            timeout=REQUEST_S,
            http_client=DefaultAsyncHttpx2Client(verify=_tls(), follow_redirects=False, trust_env=False),
        )
        try:
            yield client
        except APIStatusError as error:
            raise Unavailable(f"fine-tuning answered {error.status_code}") from None
        except (APIConnectionError, HTTPError) as error:  # the latter where a body breaks off
            raise Unavailable(f"fine-tuning: {type(error).__name__}") from None
        except (OpenAIError, ValueError, TypeError, AttributeError):  # of an answer in no known shape
            raise Unavailable("fine-tuning: an answer that does not parse") from None
        finally:
            await client.close()


@cache
def _tls() -> SSLContext:
    return create_ssl_context(trust_env=False)  # 60 ms each time


Entry = dict[str, Any]
Value = TypeVar("Value", Copy, Training)


def _told(one: FileObject | FineTuningJob) -> Entry:
    """What the answer says; the library has checked none of it."""
    return one.to_dict(warnings=False)


async def _all(
    first: AsyncCursorPage[FileObject] | AsyncCursorPage[FineTuningJob],
) -> tuple[list[Entry], bool]:
    """What a list holds, up to a page with an id that comes again, and whether that is known to be all."""
    found: list[Entry] = []
    seen = set[str]()
    page = first
    async for page in first.iter_pages():
        entries = [_told(one) for one in page.data]
        ids = {str(entry.get("id")) for entry in entries}
        if seen & ids:
            # A service that has no pages says nothing of more, and answers with the same again.
            return found, page.has_more is None and ids <= seen
        seen |= ids
        found += entries
    return found, not page.has_more


def _read(entries: list[Entry], shape: Callable[[Entry], Value]) -> tuple[list[Value], int]:
    """What parses, and how many do not."""
    found = list[Value]()
    for entry in entries:
        try:
            found.append(shape(entry))
        except ValidationError:
            continue
    return found, len(entries) - len(found)


def _may_be_ours(file: Entry) -> bool:
    name = file.get("filename")
    return not isinstance(name, str) or not name or bool(COPY_NAME.match(name))


def _copy(entry: Entry) -> Copy:
    file = convert(entry, _File)
    return Copy(
        id=file.id,
        name=file.filename,
        created_utc=_time(file.created_at),
        ready=file.status == "processed",
        refused=file.status == "error",
    )


def _training(entry: Entry) -> Training:
    job = convert(entry, _Job)
    return Training(
        id=job.id,
        status=job.status,
        base=job.model,
        kind=job.trainingType or "",
        model=job.fine_tuned_model or "",
        created_utc=_time(job.created_at),
        finished_utc=_time(job.finished_at) if job.finished_at else None,
        files=(job.training_file, *([job.validation_file] if job.validation_file else [])),
        suffix=job.suffix or "",
        seed=job.seed,
    )


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
