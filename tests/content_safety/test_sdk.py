"""Microsoft's own SDK, unmodified, against the service: sync and async."""

import pytest
from azure.ai.contentsafety import ContentSafetyClient
from azure.ai.contentsafety.aio import ContentSafetyClient as AsyncContentSafetyClient
from azure.ai.contentsafety.models import AnalyzeImageOptions, AnalyzeTextOptions, ImageData
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

from tests.content_safety.serving import KEY, Served, served

TEXT = "[[violence:7]] [[self_harm:3]]"
EXPECTED = {"EightSeverityLevels": (7, 3), "FourSeverityLevels": (6, 2), None: (6, 2)}
VERSIONS = ["2023-10-01", "2024-09-01"]


def client(url: str, version: str = VERSIONS[1], key: str = KEY) -> ContentSafetyClient:
    return ContentSafetyClient(url, AzureKeyCredential(key), api_version=version)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("output", EXPECTED)
def test_the_sync_client_reads_the_answer(marked: Served, version: str, output: str | None) -> None:
    with client(marked.url, version) as sdk:
        result = sdk.analyze_text(AnalyzeTextOptions(text=TEXT, output_type=output))
    found = {one.category: one.severity for one in result.categories_analysis}
    violence, self_harm = EXPECTED[output]
    assert found == {"Hate": 0, "SelfHarm": self_harm, "Sexual": 0, "Violence": violence}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("output", EXPECTED)
async def test_the_async_client_reads_the_answer(marked: Served, version: str, output: str | None) -> None:
    async with AsyncContentSafetyClient(marked.url, AzureKeyCredential(KEY), api_version=version) as sdk:
        result = await sdk.analyze_text(AnalyzeTextOptions(text=TEXT, output_type=output))
    found = {one.category: one.severity for one in result.categories_analysis}
    violence, self_harm = EXPECTED[output]
    assert found == {"Hate": 0, "SelfHarm": self_harm, "Sexual": 0, "Violence": violence}


def test_the_client_raises_its_own_errors(marked: Served) -> None:
    with client(marked.url) as sdk:
        with pytest.raises(HttpResponseError) as too_long:
            sdk.analyze_text(AnalyzeTextOptions(text="x" * 10_001))
        assert (too_long.value.status_code, too_long.value.error.code) == (400, "InvalidRequestBody")
        with pytest.raises(ResourceNotFoundError):
            sdk.analyze_text(AnalyzeTextOptions(text="x", blocklist_names=["mine"]))
        with pytest.raises(HttpResponseError) as image:
            sdk.analyze_image(AnalyzeImageOptions(image=ImageData(content=b"GIF89a")))
        assert (image.value.status_code, image.value.error.code) == (501, "NotSupportedLocally")
    with client(marked.url, key="wrong") as stranger, pytest.raises(ClientAuthenticationError):
        stranger.analyze_text(AnalyzeTextOptions(text="x"))
    with client(marked.url, version="2022-01-01") as old, pytest.raises(HttpResponseError) as version:
        old.analyze_text(AnalyzeTextOptions(text="x"))
    assert version.value.status_code == 400


async def test_the_async_client_raises_its_own_errors(marked: Served) -> None:
    async with AsyncContentSafetyClient(marked.url, AzureKeyCredential(KEY)) as sdk:
        with pytest.raises(HttpResponseError) as too_long:
            await sdk.analyze_text(AnalyzeTextOptions(text="x" * 10_001))
        assert too_long.value.error.code == "InvalidRequestBody"


def test_the_clients_default_policy_gives_up_at_once_on_429_without_retry_after() -> None:
    with (
        served("--marker-tokens", "--requests-per-10s", "1", "--no-retry-after") as small,
        client(small.url) as sdk,
    ):
        sdk.analyze_text(AnalyzeTextOptions(text="x"))
        with pytest.raises(HttpResponseError) as busy:
            sdk.analyze_text(AnalyzeTextOptions(text="x"))
        assert (busy.value.status_code, busy.value.error.code) == (429, "TooManyRequests")
        assert "Retry-After" not in busy.value.response.headers


def test_a_client_that_honours_retry_after_is_served_in_the_end() -> None:
    """The default policy waits for the seconds it is told: the window is over after the first wait."""
    with served("--marker-tokens", "--requests-per-10s", "1") as small, client(small.url) as sdk:
        sdk.analyze_text(AnalyzeTextOptions(text="x"))
        waits: list[str] = []
        result = sdk.analyze_text(
            AnalyzeTextOptions(text="[[sexual:4]]"),
            raw_response_hook=lambda sent: waits.append(sent.http_response.headers.get("Retry-After", "")),
        )
        assert [one.severity for one in result.categories_analysis] == [0, 0, 4, 0]
