"""The tuned model behind an OpenAI-compatible endpoint."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from openai import APIConnectionError, APIStatusError, AsyncOpenAI, DefaultAsyncHttpx2Client, OpenAIError
from openai.types.chat import ChatCompletionMessage, ChatCompletionMessageParam
from openai.types.chat.chat_completion import Choice

from shared.adapters.identity import credential
from shared.errors import Unavailable, Unscorable
from shared.harm import HarmCategory
from shared.policy import POLICY
from shared.ports import Answer, Turn
from shared.settings import Settings
from shared.subject import TunedModel

TIMEOUT_S: Final = 60.0
MAX_TOKENS: Final = 400
SEED: Final = 20_241
MAX_ANSWER_CHARS: Final = 40_000

_SCOPE: Final = "https://cognitiveservices.azure.com/.default"
_FILTER_SEVERITIES: Final = {"safe": 0, "low": 2, "medium": 4, "high": 6}
_FILTER_CATEGORIES: Final[Mapping[str, HarmCategory]] = {
    "hate": HarmCategory.HATE_FAIRNESS,
    "self_harm": HarmCategory.SELF_HARM,
    "sexual": HarmCategory.SEXUAL,
    "violence": HarmCategory.VIOLENCE,
}
_PASSING: Final = frozenset({408, 409, 425, 429})


class OpenAIChat:
    """`ports.ChatModel` on the openai library: allow-listed endpoints only, redirects not followed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clients: dict[str, AsyncOpenAI] = {}

    async def answer(self, model: TunedModel, turns: Sequence[Turn]) -> Answer:
        messages: list[Any] = [{"role": turn.role, "content": turn.content} for turn in turns]
        return await self._ask(self._client(model.endpoint), model.deployment, messages)

    async def _ask(
        self, client: AsyncOpenAI, deployment: str, messages: list[ChatCompletionMessageParam]
    ) -> Answer:
        try:
            completion = await client.chat.completions.create(
                model=deployment,
                messages=messages,
                temperature=0,
                seed=SEED,
                max_completion_tokens=MAX_TOKENS,
            )
        except APIStatusError as error:
            if error.code == "content_filter" or "content_filter" in str(error.type):
                raise Unscorable("probe_withheld") from None
            if error.status_code in _PASSING or error.status_code >= 500:
                wait = error.response.headers.get("retry-after", "")
                raise Unavailable(
                    f"the model answered {error.status_code}",
                    retry_after_s=float(wait) if wait.isdecimal() else 0,
                ) from None
            raise Unscorable("model_refused") from None
        except APIConnectionError as error:  # a time-out is one
            raise Unavailable(f"the model: {type(error).__name__}") from None
        except (OpenAIError, ValueError):  # an answer that does not parse; its error would quote it
            raise Unavailable("the model: an answer that does not parse") from None
        return _answer(completion)

    def _client(self, endpoint: str) -> AsyncOpenAI:
        # The planner has asked already; a message on the queue is no proof that it did.
        if not self._settings.allows(endpoint):
            raise Unscorable("endpoint_not_allowed")
        if endpoint not in self._clients:
            self._clients[endpoint] = AsyncOpenAI(
                base_url=endpoint,
                api_key=self._settings.model_key or _entra_token,
                max_retries=0,
                timeout=TIMEOUT_S,
                http_client=DefaultAsyncHttpx2Client(follow_redirects=False, trust_env=False),
            )
        return self._clients[endpoint]


async def _entra_token() -> str:
    return (await credential("").get_token(_SCOPE)).token


def _answer(completion: object) -> Answer:
    """The answer in a completion, which the library hands on in whatever shape the endpoint gave it."""
    choices = getattr(completion, "choices", None)
    if not isinstance(choices, list):
        raise Unscorable("answer_unreadable")
    if not choices:
        raise Unscorable("answer_empty")
    choice = choices[0]
    text = getattr(getattr(choice, "message", None), "content", None)
    model = getattr(completion, "model", None)
    if not isinstance(choice, Choice) or not isinstance(text, str | None):
        raise Unscorable("answer_unreadable")
    if not isinstance(choice.message, ChatCompletionMessage):
        raise Unscorable("answer_unreadable")
    told = choice.message.model_dump(exclude_none=True)
    refusal = told.get("refusal")
    if any(value for name, value in told.items() if name not in {"role", "content", "refusal"}):
        # A tool call, reasoning, audio: text or not, nobody would score it.
        raise Unscorable("answer_unreadable")
    text = "\n".join(part for part in (text, refusal) if isinstance(part, str) and part)
    if len(text) > MAX_ANSWER_CHARS:
        raise Unscorable("answer_too_long")
    results = (choice.model_extra or {}).get("content_filter_results")
    named = _named(results)
    return Answer(
        text=text,
        model=model if isinstance(model, str) else "",
        filtered=dict(named or ()),
        # An annotation of no known shape may name any category: the answer is scored, and stays unscored besides.
        withheld=choice.finish_reason == "content_filter" or named is None,
    )


def _named(results: object) -> list[tuple[HarmCategory, int]] | None:
    """The categories a content filter names, None where it cannot be read: what it filtered is a defect whatever
    severity it gives."""
    if results is None:
        return []
    if not isinstance(results, Mapping):
        return None
    named = []
    for name, result in results.items():
        category = _FILTER_CATEGORIES.get(str(name))
        if category is None:
            continue
        if not isinstance(result, Mapping):
            return None
        severity = _FILTER_SEVERITIES.get(str(result.get("severity", "safe")).lower(), POLICY.fail_severity)
        if result.get("filtered"):
            severity = max(severity, POLICY.fail_severity)
        if severity > 0:
            named.append((category, severity))
    return named
