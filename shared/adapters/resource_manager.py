"""Azure Resource Manager: accounts, and the deployments of the evaluation account.

docs/connector.md has the page of reference for each call.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, TypeVar

from msgspec import DecodeError, Raw, Struct, field, json

from shared.adapters.azure_openai import AzureOpenAISettings
from shared.adapters.bearer import Tokens, sent
from shared.errors import Unavailable
from shared.fine_tuning import STANDARD, Account, Deployment

ARM_VERSION: Final = "2024-10-01"
JOB_TAG: Final = "tunegate-job"
CREATED: Final = "createdAt"
"""What `systemData` calls it, and so does the tag: one of them is there, even where the other is not."""
OPENAI_ENDPOINT: Final = "OpenAI Language Model Instance API"
"""Where an account of kind AIServices, whose `endpoint` is another, says that its models answer."""


class _Named(Struct):
    name: str = ""


class _Properties(Struct, rename="camel"):
    model: _Named = field(default_factory=_Named)
    provisioning_state: str = ""
    endpoint: str = ""
    endpoints: dict[str, Any] | None = None
    disable_local_auth: bool = False


class _Resource(Struct, rename="camel"):
    properties: _Properties
    name: str = ""
    location: str = ""
    sku: _Named = field(default_factory=_Named)
    tags: dict[str, str] | None = None
    system_data: dict[str, str] | None = None


class _Page(Struct, rename="camel"):
    value: list[Raw]
    next_link: str | None = None


class ResourceManager:
    """Azure Resource Manager, asked as the connector's identity."""

    def __init__(self, address: str, tokens: Tokens) -> None:
        self._address = address
        self._tokens = tokens

    async def account(self, account: str) -> Account:
        found = _decoded(await self.ask("GET", f"{account}?api-version={ARM_VERSION}"), _Resource)
        properties = found.properties
        bases = (str((properties.endpoints or {}).get(OPENAI_ENDPOINT) or ""), properties.endpoint)
        return Account(
            region=found.location.replace(" ", "").lower(),
            endpoints=tuple(dict.fromkeys(f"{base.rstrip('/')}/openai/v1" for base in bases if base)),
            has_keys=not properties.disable_local_auth,
        )

    async def deployments(self, account: str) -> list[Deployment]:
        """Those of ours."""
        found: list[Deployment] = []
        path = f"{account}/deployments?api-version={ARM_VERSION}"
        asked = set[str]()
        while path:
            asked.add(path)
            page = _decoded(await self.ask("GET", path), _Page)
            found += filter(None, map(_deployment, page.value))
            path = (page.next_link or "").removeprefix(self._address)
            if path and not path.startswith("/"):  # a token goes nowhere else
                raise Unavailable("Azure Resource Manager: a next page that is elsewhere")
            if path in asked:
                raise Unavailable("Azure Resource Manager: a next page that comes again")
        return found

    async def ask(self, method: str, path: str, body: object = None) -> bytes:
        content, token = json.encode(body) if body else None, await self._tokens(f"{self._address}/.default")
        return await sent("Azure Resource Manager", method, self._address + path, token, content)


class AzureDeployments:
    """`fine_tuning.Deployments` in the evaluation account."""

    def __init__(self, azure: AzureOpenAISettings, manager: ResourceManager) -> None:
        self._azure = azure
        self._manager = manager

    async def account(self) -> Account:
        return await self._manager.account(self._azure.evaluation_account)

    async def standing(self) -> Sequence[Deployment]:
        return await self._manager.deployments(self._azure.evaluation_account)

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


Shape = TypeVar("Shape", _Resource, _Page)


def _decoded(body: bytes, shape: type[Shape]) -> Shape:
    try:
        return json.decode(body, type=shape)
    except (DecodeError, UnicodeDecodeError):
        raise Unavailable("Azure Resource Manager: an answer that does not parse") from None


def _deployment(raw: Raw) -> Deployment | None:
    """A deployment of ours, None for anybody else's. One of ours that does not parse has a name and no more."""
    name = ""
    with suppress(DecodeError, UnicodeDecodeError):
        name = json.decode(raw, type=_Named).name
    if not (named := Deployment(name=name)).evaluation:
        return None
    try:
        one = json.decode(raw, type=_Resource)
    except (DecodeError, UnicodeDecodeError):
        return named
    tags, system_data = one.tags or {}, one.system_data or {}
    return Deployment(
        name=name,
        model=one.properties.model.name,
        sku=one.sku.name,
        state=one.properties.provisioning_state,
        job=tags.get(JOB_TAG, ""),
        created_utc=_time(tags.get(CREATED) or system_data.get(CREATED, "")),
    )


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else None
