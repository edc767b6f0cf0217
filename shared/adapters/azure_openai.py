"""What the connector asks of Azure: fine-tuning over the openai library, deployments over Azure Resource Manager,
the custom topic of Event Grid, and what waits for a trainer in Service Bus and in the training container.

docs/connector.md has the page of reference for each call. Nothing is tried again here: the next look does.
"""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from ssl import SSLContext
from typing import Any, Final, TypeVar

import aiohttp
from azure.core.exceptions import AzureError
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import ServiceBusError
from azure.storage.blob.aio import BlobServiceClient
from httpx2 import create_ssl_context
from msgspec import DecodeError, Struct, field, json
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, DefaultAsyncHttpx2Client, OpenAIError
from openai.types import FileObject
from openai.types.fine_tuning import FineTuningJob

from shared.adapters.identity import credential
from shared.connect import STANDARD, Account, Copy, Deployment, Training
from shared.errors import BadMessage, Unavailable
from shared.events import training_completed
from shared.outcome import OutcomeEvent, decode_event
from shared.settings import Connection, Settings
from shared.subject import TrainingFile, TunedModel

ARM_VERSION: Final = "2024-10-01"
CLOUD_EVENT: Final = "application/cloudevents+json; charset=utf-8"
MANAGEMENT: Final = "https://management.azure.com"
DATA_SCOPE: Final = "https://cognitiveservices.azure.com/.default"
EVENT_GRID_SCOPE: Final = "https://eventgrid.azure.net/.default"
JOB_TAG: Final = "tunegate-job"
CREATED: Final = "createdAt"
"""What `systemData` calls it, and so does the tag: one of them is there, even where the other is not."""

_UPLOAD_S: Final = 900.0
_REQUEST_S: Final = 60.0

Tokens = Callable[[str], Awaitable[str]]
"""The bearer token for a scope; raises Unavailable."""


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


def entra_tokens(client_id: str) -> Tokens:
    """Tokens of the user-assigned identity."""

    async def token(scope: str) -> str:
        try:
            return (await credential(client_id).get_token(scope)).token
        except AzureError as error:
            raise Unavailable(f"the identity's token: {type(error).__name__}") from None

    return token


class _Named(Struct):
    name: str = ""


class _Properties(Struct, rename="camel"):
    model: _Named = field(default_factory=_Named)
    provisioning_state: str = ""
    endpoint: str = ""
    disable_local_auth: bool = False


class _Resource(Struct, rename="camel"):
    properties: _Properties
    name: str = ""
    location: str = ""
    sku: _Named = field(default_factory=_Named)
    tags: dict[str, str] | None = None
    system_data: dict[str, str] | None = None


class _Page(Struct, rename="camel"):
    value: list[_Resource]
    next_link: str | None = None


class ResourceManager:
    """Azure Resource Manager, asked as the connector's identity."""

    def __init__(self, address: str, tokens: Tokens) -> None:
        self._address = address
        self._tokens = tokens

    async def account(self, account: str) -> Account:
        found = _decoded(await self.ask("GET", f"{account}?api-version={ARM_VERSION}"), _Resource)
        return Account(
            region=found.location.replace(" ", "").lower(),
            endpoint=f"{found.properties.endpoint.rstrip('/')}/openai/v1",
            has_keys=not found.properties.disable_local_auth,
        )

    async def deployments(self, account: str) -> list[_Resource]:
        found: list[_Resource] = []
        path: str | None = f"{account}/deployments?api-version={ARM_VERSION}"
        while path:
            page = _decoded(await self.ask("GET", path), _Page)
            found += page.value
            path = (page.next_link or "").removeprefix(self._address)
            if path and not path.startswith("/"):  # a token goes nowhere else
                raise Unavailable("Azure Resource Manager: a next page that is elsewhere")
        return found

    async def ask(self, method: str, path: str, body: object = None) -> bytes:
        """The answer's body; raises Unavailable for a refusal, but not where there is nothing to remove."""
        content, token = json.encode(body) if body else None, await self._tokens(f"{self._address}/.default")
        return await _sent("Azure Resource Manager", method, self._address + path, token, content)


class AzureDeployments:
    """`connect.Deployments` in the evaluation account."""

    def __init__(self, azure: AzureOpenAISettings, manager: ResourceManager) -> None:
        self._azure = azure
        self._manager = manager

    async def account(self) -> Account:
        return await self._manager.account(self._azure.evaluation_account)

    async def standing(self) -> Sequence[Deployment]:
        return [
            Deployment(
                name=one.name,
                model=one.properties.model.name,
                sku=one.sku.name,
                state=one.properties.provisioning_state,
                job=(one.tags or {}).get(JOB_TAG, ""),
                created_utc=_time((one.tags or one.system_data or {}).get(CREATED, "")),
            )
            for one in await self._manager.deployments(self._azure.evaluation_account)
        ]

    async def create(self, name: str, *, model: str, job: str, now_utc: datetime) -> None:
        described = {"format": "OpenAI", "name": model, "version": "1"}
        if self._azure.evaluation_account.lower() != self._azure.tuning_account.lower():
            described["source"] = self._azure.tuning_account
        body = {
            "sku": {"name": STANDARD, "capacity": self._azure.capacity},
            "tags": {JOB_TAG: job, CREATED: now_utc.isoformat()},
            "properties": {"model": described},
        }
        await self._manager.ask("PUT", self._path(name), body)

    async def remove(self, name: str) -> None:
        await self._manager.ask("DELETE", self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._azure.evaluation_account}/deployments/{name}?api-version={ARM_VERSION}"


class AzureTuning:
    """`connect.Tuning` on the openai library."""

    def __init__(self, azure: AzureOpenAISettings, manager: ResourceManager, tokens: Tokens) -> None:
        self._azure = azure
        self._manager = manager
        self._tokens = tokens
        self._endpoint = ""

    async def account(self) -> Account:
        account = await self._manager.account(self._azure.tuning_account)
        self._endpoint = account.endpoint
        return account

    async def copies(self) -> Sequence[Copy]:
        async with self._client() as client:
            return [_copy(file) for file in await _all(client.files.list(purpose="fine-tune"))]

    async def upload(self, name: str, content: bytes) -> Copy:
        async with self._client() as client:
            file = (name, content, "application/jsonl")
            return _copy(await client.files.create(file=file, purpose="fine-tune", timeout=_UPLOAD_S))

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

    async def trainings(self) -> Sequence[Training]:
        async with self._client() as client:
            return [_training(job) for job in await _all(client.fine_tuning.jobs.list(limit=100))]

    async def start(self, *, training_file: str, validation_file: str | None) -> None:
        async with self._client() as client:
            await client.fine_tuning.jobs.create(
                model=self._azure.base_model,
                training_file=training_file,
                validation_file=validation_file,
                # Global and Developer training copy data and weights out of the region.
                extra_body={"trainingType": STANDARD},
            )

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[AsyncOpenAI]:
        endpoint = self._endpoint or (await self.account()).endpoint
        client = AsyncOpenAI(
            base_url=endpoint,
            api_key=lambda: self._tokens(DATA_SCOPE),
            max_retries=0,  # a second try could start a second training
            timeout=_REQUEST_S,
            http_client=DefaultAsyncHttpx2Client(verify=_tls(), follow_redirects=False, trust_env=False),
        )
        try:
            yield client
        except APIStatusError as error:
            raise Unavailable(f"fine-tuning answered {error.status_code}") from None
        except APIConnectionError as error:
            raise Unavailable(f"fine-tuning: {type(error).__name__}") from None
        except (OpenAIError, ValueError, TypeError, AttributeError):  # of an answer in no known shape
            raise Unavailable("fine-tuning: an answer that does not parse") from None
        finally:
            await client.close()


class EventGridTopic:
    """`connect.Topic` on a custom topic that takes CloudEvents."""

    def __init__(self, address: str, region: str, tokens: Tokens) -> None:
        self._address = address
        self._region = region
        self._tokens = tokens

    async def training_completed(self, model: TunedModel, *, evaluation: str, now_utc: datetime) -> None:
        event = training_completed(model, evaluation=evaluation, region=self._region, time=now_utc)
        url, token = f"{self._address}?api-version=2018-01-01", await self._tokens(EVENT_GRID_SCOPE)
        await _sent("Event Grid", "POST", url, token, event, CLOUD_EVENT)


class WaitingOutcomes:
    """`connect.Outcomes` in subscription `training`: peeked at, so that they stay for any other trainer."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def waiting(self) -> Sequence[OutcomeEvent]:
        found, connection = list[OutcomeEvent](), self._connection
        try:
            client = (
                ServiceBusClient(connection.address, credential(connection.client_id))
                if connection.address
                else ServiceBusClient.from_connection_string(connection.secret)
            )
            async with client, client.get_subscription_receiver("outcomes", "training") as receiver:
                start = 1
                while page := await receiver.peek_messages(100, sequence_number=start):
                    for message in page:
                        with suppress(BadMessage):  # nobody's outcome
                            event = decode_event(b"".join(message.body))
                            found += [event] if isinstance(event, OutcomeEvent) else []
                    start = (page[-1].sequence_number or start) + 1
        except ServiceBusError as error:
            raise Unavailable(f"service bus: {type(error).__name__}") from None
        return found


class BlobFolders:
    """`connect.Folders` in the training container. It only ever lists."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def of(self, job: str) -> Sequence[TrainingFile]:
        connection, container = self._settings.training_storage, self._settings.training_container
        options: dict[str, Any] = {"retry_total": 0}
        try:
            async with (
                BlobServiceClient(connection.address, credential(connection.client_id), **options)
                if connection.address
                else BlobServiceClient.from_connection_string(connection.secret, **options)
            ) as service:
                return [
                    TrainingFile(
                        job=job,
                        account=self._settings.training_account,
                        container=container,
                        blob=blob.name,
                        etag=str(blob.etag).strip('"'),
                        length=blob.size,
                    )
                    async for blob in service.get_container_client(container).list_blobs(name_starts_with=job)
                    if blob.name.partition("/")[0] == job
                ]
        except AzureError as error:
            raise Unavailable(f"blob storage: {type(error).__name__}") from None


async def _sent(
    service: str, method: str, url: str, token: str, content: bytes | None, kind: str = "application/json"
) -> bytes:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_REQUEST_S)) as session,
            session.request(method, url, headers=headers, data=content, allow_redirects=False) as answer,
        ):
            status, body = answer.status, await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unavailable(f"{service}: {type(error).__name__}") from None
    if status >= 300 and (method, status) != ("DELETE", 404):  # what is not there is removed
        raise Unavailable(f"{service} answered {status}")
    return body


@cache
def _tls() -> SSLContext:
    return create_ssl_context(trust_env=False)  # 60 ms each time


Shape = TypeVar("Shape", _Resource, _Page)


def _decoded(body: bytes, shape: type[Shape]) -> Shape:
    try:
        return json.decode(body, type=shape)
    except (DecodeError, UnicodeDecodeError):
        raise Unavailable("Azure Resource Manager: an answer that does not parse") from None


Listed = TypeVar("Listed", FileObject, FineTuningJob)


async def _all(pages: AsyncIterable[Listed]) -> list[Listed]:
    """What a list holds, up to a page that comes again."""
    found: dict[str, Listed] = {}
    async for one in pages:
        if one.id in found:
            break
        found[one.id] = one
    return list(found.values())


def _copy(file: FileObject) -> Copy:
    return Copy(
        id=file.id,
        name=file.filename or "",
        created_utc=datetime.fromtimestamp(file.created_at, UTC),
        ready=file.status == "processed",
    )


def _training(job: FineTuningJob) -> Training:
    return Training(
        id=job.id,
        status=job.status,
        model=job.fine_tuned_model or "",
        created_utc=datetime.fromtimestamp(job.created_at, UTC),
        finished_utc=datetime.fromtimestamp(job.finished_at, UTC) if job.finished_at else None,
        files=(job.training_file, *([job.validation_file] if job.validation_file else [])),
    )


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else None
