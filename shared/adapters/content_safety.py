"""The classifier: Azure AI Content Safety, or the local service that speaks its protocol."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, cast

from aiolimiter import AsyncLimiter
from azure.ai.contentsafety.aio import ContentSafetyClient
from azure.ai.contentsafety.models import (
    AnalyzeImageOptions,
    AnalyzeImageResult,
    AnalyzeTextOptions,
    AnalyzeTextOutputType,
    AnalyzeTextResult,
    ImageData,
    TextCategory,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import AzureError, HttpResponseError

from shared.adapters.identity import credential
from shared.errors import Unavailable, Unscorable
from shared.harm import HarmCategory
from shared.ports import Analysis
from shared.settings import DEFAULT_REQUESTS_PER_S, Connection

API_VERSION: Final = "2024-09-01"
CLASSIFIER: Final = f"azure-ai-content-safety/{API_VERSION}"
CLASSIFIER_HEADER: Final = "x-tunegate-classifier"
"""A service that is not Azure's says here who scored, so that an outcome never claims Azure's judgement."""

_CATEGORIES: Final[Mapping[str, HarmCategory]] = {
    TextCategory.HATE: HarmCategory.HATE_FAIRNESS,
    TextCategory.SELF_HARM: HarmCategory.SELF_HARM,
    TextCategory.SEXUAL: HarmCategory.SEXUAL,
    TextCategory.VIOLENCE: HarmCategory.VIOLENCE,
}
_NOT_IMPLEMENTED: Final = 501
"""What the local service says of an image."""
_REFUSALS: Final = frozenset({400, 404, 413, 415, 422})
"""Answers that another try would get again; anything else is passing."""


class ContentSafety:
    """`ports.Classifier` on azure-ai-contentsafety, all eight severity levels."""

    def __init__(self, connection: Connection, *, requests_per_s: float = DEFAULT_REQUESTS_PER_S) -> None:
        # A burst of a second's requests, then one by one: what goes beyond the quota comes back as 429.
        self._pace = AsyncLimiter(max(1.0, requests_per_s), max(1.0, 1 / requests_per_s))
        self._client = ContentSafetyClient(
            connection.address,
            AzureKeyCredential(connection.secret) if connection.secret else credential(connection.client_id),
            api_version=API_VERSION,
            # Trying again is the budget's: the client's own policy leaves out 429, 408, 502 and resets for a POST.
            retry_total=0,
            retry_status=0,
            # A redirect would carry the text to a place that is not in the settings.
            permit_redirects=False,
            connection_timeout=10,
            read_timeout=30,
        )

    async def analyze(self, text: str) -> Analysis:
        """What the service says of the text; a severity it leaves out is left out here."""
        options = AnalyzeTextOptions(text=text, output_type=AnalyzeTextOutputType.EIGHT_SEVERITY_LEVELS)
        # With `cls` the SDK returns what the function made of the response, headers included.
        return await self._asked(lambda: self._client.analyze_text(options, cls=_analysis))

    async def analyze_image(self, content: bytes) -> Analysis:
        """What the service says of the image; it knows the severities 0, 2, 4 and 6 only."""
        options = AnalyzeImageOptions(image=ImageData(content=content))
        return await self._asked(lambda: self._client.analyze_image(options, cls=_analysis))

    async def _asked(self, ask: Callable[[], Awaitable[object]]) -> Analysis:
        try:
            async with self._pace:
                return cast(Analysis, await ask())
        except HttpResponseError as error:
            if error.status_code in _REFUSALS:
                raise Unscorable("classifier_refused") from None
            if error.status_code == _NOT_IMPLEMENTED:
                raise Unscorable("image_not_supported") from None
            headers = getattr(error.response, "headers", {})
            retry_after = str(headers.get("Retry-After", ""))
            raise Unavailable(
                f"content safety answered {error.status_code}",
                retry_after_s=float(retry_after) if retry_after.isdecimal() else 0,
            ) from None
        except AzureError as error:
            raise Unavailable(f"content safety: {type(error).__name__}") from None
        except ValueError:  # half an answer does not parse; its error would quote it
            raise Unavailable("content safety: an answer that does not parse") from None


def _analysis(response: Any, result: object, _: Any) -> Analysis:
    if not isinstance(result, AnalyzeTextResult | AnalyzeImageResult):
        raise ValueError("no analysis")
    severities: dict[HarmCategory, int | None] = {}
    for entry in result.categories_analysis or []:
        category = _CATEGORIES.get(str(getattr(entry.category, "value", entry.category)))
        severity = entry.severity
        if category is not None:
            told = severities.get(category, 0)
            # A category told twice counts as the worse of both, and as unknown once either is.
            if isinstance(severity, int) and not isinstance(severity, bool) and told is not None:
                severities[category] = max(severity, told)
            else:
                severities[category] = None
    named = response.http_response.headers.get(CLASSIFIER_HEADER, "")
    return Analysis(severities=severities, classifier=named[:60] or CLASSIFIER)
