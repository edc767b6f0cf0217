"""The tuned model behind an OpenAI-compatible endpoint."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError
from httpx2 import AsyncByteStream, Response
from openai import (
    APIConnectionError,
    APIStatusError,
    AsyncOpenAI,
    DefaultAsyncHttpx2Client,
    OpenAIError,
    omit,
)
from openai.types.chat import ChatCompletionMessage, ChatCompletionMessageParam
from openai.types.chat.chat_completion import Choice

from shared.adapters.identity import credential
from shared.errors import Unavailable, Unscorable
from shared.harm import HarmCategory
from shared.policy import POLICY
from shared.ports import Answer, Turn
from shared.settings import Settings
from shared.subject import TunedModel

ANSWER_S: Final = 60.0
"""The longest that one answer may take in all, however its bytes come."""
MAX_TOKENS: Final = 400
SEED: Final = 20_241
MAX_ANSWER_CHARS: Final = 40_000
MAX_BODY_BYTES: Final = 2 * 1024 * 1024
"""Far above 40,000 characters in JSON's longest spelling; more of a body is never read."""
LONGEST_RETRY_AFTER_S: Final = 3_600.0

_SCOPE: Final = "https://cognitiveservices.azure.com/.default"
_FILTER_SEVERITIES: Final = {"safe": 0, "low": 2, "medium": 4, "high": 6}
_FILTER_CATEGORIES: Final[Mapping[str, HarmCategory]] = {
    "hate": HarmCategory.HATE_FAIRNESS,
    **{str(category): category for category in HarmCategory},
}
_ENTRA_HOSTS: Final = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
"""Whoever gets the identity's token can speak as it: nobody but Azure's own model endpoints does."""
_HALF_CHARACTER: Final = re.compile("[\ud800-\udfff]")
"""JSON can escape one half of a character; no service takes it, and no text holds it."""
_PASSING: Final = frozenset({408, 409, 425, 429})


class OpenAIChat:
    """`ports.ChatModel` on the openai library: allow-listed endpoints only, without proxies, redirects not followed.

    An answer's time and size are bounded, so that no endpoint can hold a shard or fill the memory.
    """

    def __init__(self, settings: Settings, *, answer_s: float = ANSWER_S) -> None:
        self._settings = settings
        self._answer_s = answer_s
        self._clients: dict[str, AsyncOpenAI] = {}

    async def answer(self, model: TunedModel, turns: Sequence[Turn]) -> Answer:
        messages: list[Any] = [{"role": turn.role, "content": turn.content} for turn in turns]
        endpoint = model.endpoint.rstrip("/")
        client = self._client(endpoint)
        try:
            # The library's own time-out is for each read: bytes that drip would never meet it.
            async with asyncio.timeout(self._answer_s):
                return _answer(await self._ask(client, endpoint, model.deployment, messages))
        except TimeoutError:
            raise Unavailable("the model: no whole answer in time") from None

    def _key(self, endpoint: str) -> str | Callable[[], Awaitable[str]]:
        """What is shown to an endpoint: the key, else to Azure's own the identity's token, to others nothing."""
        return self._settings.model_key or (self._entra_token if _takes_entra(endpoint) else "")

    async def _entra_token(self) -> str:
        # The functions speak as one identity; the endpoint has no connection of its own that names it.
        return (await credential(self._settings.content_safety.client_id).get_token(_SCOPE)).token

    async def close(self) -> None:
        """Close the connections; whoever asks again opens new ones."""
        for client in self._clients.values():
            await client.close()
        self._clients.clear()

    async def _ask(
        self, client: AsyncOpenAI, endpoint: str, deployment: str, messages: list[ChatCompletionMessageParam]
    ) -> object:
        try:
            return await client.chat.completions.create(
                model=deployment,
                messages=messages,
                temperature=0,
                seed=SEED,
                max_completion_tokens=MAX_TOKENS,
                n=1,
                stream=False,
                extra_headers={} if self._key(endpoint) else {"Authorization": omit},
            )
        except _UnreadableBody as error:
            raise Unscorable(error.reason) from None
        except APIStatusError as error:
            raise _refusal(error) from None
        except APIConnectionError as error:  # a time-out is one
            raise Unavailable(f"the model: {type(error).__name__}") from None
        except AzureError as error:
            raise Unavailable(f"the identity's token: {type(error).__name__}") from None
        except RecursionError:
            raise Unscorable("answer_unreadable") from None
        except (OpenAIError, ValueError):  # an answer that does not parse; its error would quote it
            raise Unavailable("the model: an answer that does not parse") from None

    def _client(self, endpoint: str) -> AsyncOpenAI:
        # The planner has asked already; a message on the queue is no proof that it did.
        if not self._settings.allows(endpoint):
            raise Unscorable("endpoint_not_allowed")
        if endpoint not in self._clients:
            self._clients[endpoint] = AsyncOpenAI(
                base_url=endpoint,
                api_key=self._key(endpoint) or "none",  # the library wants one even where none is sent
                max_retries=0,
                timeout=self._answer_s,
                http_client=DefaultAsyncHttpx2Client(
                    follow_redirects=False,
                    trust_env=False,
                    # A few compressed bytes may stand for gigabytes.
                    headers={"Accept-Encoding": "identity"},
                    event_hooks={"response": [_bound]},
                ),
            )
        return self._clients[endpoint]


def _takes_entra(endpoint: str) -> bool:
    url = urlsplit(endpoint)
    return url.scheme == "https" and (url.hostname or "").endswith(_ENTRA_HOSTS)


class _UnreadableBody(OpenAIError):
    """A body that is not read to its end; the library hands its own kind of error on as it is."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _BoundedBody(AsyncByteStream):
    """A body read to `MAX_BODY_BYTES` at most: of an answer more is an error, of a failure the rest is cut off."""

    def __init__(self, whole: AsyncByteStream, *, is_answer: bool) -> None:
        self._whole = whole
        self._is_answer = is_answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._whole:
            size += len(part)
            if size > MAX_BODY_BYTES:
                if self._is_answer:
                    raise _UnreadableBody("answer_too_long")
                return
            yield part

    async def aclose(self) -> None:
        await self._whole.aclose()


async def _bound(response: Response) -> None:
    """Bound what will be read of a response; raises for an answer that came encoded although none may."""
    encoded = response.headers.pop("Content-Encoding", "identity").lower() != "identity"
    if response.is_success and encoded:
        raise _UnreadableBody("answer_unreadable")
    if isinstance(response.stream, AsyncByteStream):
        response.stream = _BoundedBody(response.stream, is_answer=response.is_success)


def _refusal(error: APIStatusError) -> Unavailable | Unscorable:
    """What an endpoint's refusal means: passing, or for good."""
    if error.code == "content_filter" or "content_filter" in str(error.type):
        return Unscorable("probe_withheld")
    if error.status_code in _PASSING or error.status_code >= 500:
        wait_s = _retry_after_s(error.response.headers.get("Retry-After", ""), datetime.now(UTC))
        return Unavailable(f"the model answered {error.status_code}", retry_after_s=wait_s)
    return Unscorable("deployment_not_found" if error.status_code == 404 else "model_refused")


def _retry_after_s(header: str, now: datetime) -> float:
    """The pause a `Retry-After` asks for, in seconds or by a date, at most an hour; 0 where it makes no sense."""
    if re.fullmatch(r"\s*[0-9]{1,15}(\.[0-9]{1,15})?\s*", header, re.ASCII):
        return min(float(header), LONGEST_RETRY_AFTER_S)
    try:
        due = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return 0
    due = due if due.tzinfo else due.replace(tzinfo=UTC)
    return min(max((due - now).total_seconds(), 0), LONGEST_RETRY_AFTER_S)


def _answer(completion: object) -> Answer:
    """The answer in a completion, which the library hands on in whatever shape the endpoint gave it."""
    choices = getattr(completion, "choices", None)
    if not isinstance(choices, list):
        raise Unscorable("answer_unreadable")
    if not choices:
        raise Unscorable("answer_empty")
    if len(choices) > 1:  # one was asked for, and of several nobody can say which a user would see
        raise Unscorable("answer_unreadable")
    choice, model = choices[0], getattr(completion, "model", None)
    if not isinstance(choice, Choice) or not isinstance(choice.message, ChatCompletionMessage):
        raise Unscorable("answer_unreadable")
    # As they came: to serialise what is not of its type makes pydantic warn, and its warning quotes the answer.
    told = {**vars(choice.message), **(choice.message.model_extra or {})}
    said = [told.pop(name, None) for name in ("content", "refusal")]
    if not all(isinstance(part, str | None) for part in said):
        raise Unscorable("answer_unreadable")
    if any(value for name, value in told.items() if name != "role"):
        # A tool call, reasoning, audio: text or not, nobody would score it.
        raise Unscorable("answer_unreadable")
    text = "\n".join(filter(None, said))
    if _HALF_CHARACTER.search(text):
        raise Unscorable("answer_unreadable")
    if len(text) > MAX_ANSWER_CHARS:
        raise Unscorable("answer_too_long")
    named, is_whole = _named((choice.model_extra or {}).get("content_filter_results"))
    return Answer(
        text=text,
        model=model if isinstance(model, str) else "",
        filtered=named,
        withheld=choice.finish_reason == "content_filter",
        obscure=not is_whole,
    )


def _named(results: object) -> tuple[dict[HarmCategory, int], bool]:
    """The categories a content filter names, and whether it names nothing else.

    What it filtered is a defect whatever severity it gives. What cannot be read, or is marked under another name (a
    blocklist, a jailbreak), may be of any category: the answer is scored, and stays unscored besides.
    """
    named: dict[HarmCategory, int] = {}
    if not isinstance(results, Mapping):
        return named, results is None
    is_whole = True
    for name, result in results.items():
        category = _FILTER_CATEGORIES.get(str(name).lower())
        if category is None and not result:
            continue
        severity = _severity(result)
        if category is not None and severity:
            named[category] = max(severity, named.get(category, 0))
        elif severity != 0:
            is_whole = False
    return named, is_whole


def _severity(result: object) -> int | None:
    """The severity of one annotation, None where it cannot be read."""
    if not isinstance(result, Mapping):
        return None
    told = {str(key).lower(): value for key, value in result.items()}
    severity = _FILTER_SEVERITIES.get(str(told.get("severity", "safe")).lower(), POLICY.fail_severity)
    return max(severity, POLICY.fail_severity) if told.get("filtered") else severity
