"""The request and the answer of `text:analyze`, decoded and encoded as strictly as Azure or stricter."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from local.content_safety import refusal

API_VERSIONS = ("2023-10-01", "2024-09-01")
CODE_POINTS = 10_000
"""Azure's limit of a text, in Unicode code points."""
NAMES = {"Hate": "hate_fairness", "SelfHarm": "self_harm", "Sexual": "sexual", "Violence": "violence"}
"""The API's categories in the order in which Azure answers, and the classifier's names of them."""
BODY_BYTES = 256 * 1024
"""10,000 code points as JSON escapes take at most 120 kB; the rest is for the other fields."""

_Category = Literal["Hate", "SelfHarm", "Sexual", "Violence"]
_OutputType = Literal["FourSeverityLevels", "EightSeverityLevels"]
_FIELDS = ("text", "categories", "blocklistNames", "haltOnBlocklistHit", "outputType")


class AnalyzeText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """The body of a request."""

    text: str
    categories: tuple[_Category, ...] | None = None
    blocklist_names: tuple[str, ...] | None = None
    halt_on_blocklist_hit: bool | None = None
    output_type: _OutputType | None = None


_decoder = msgspec.json.Decoder(AnalyzeText)


def check_version(given: str | None) -> None:
    """Refuse a request without an API version, or with one that is not served."""
    if not given:
        raise refusal.RefusedError(
            status=400, code="InvalidRequestBody", message="The query parameter api-version is missing."
        )
    if given not in API_VERSIONS:
        raise refusal.RefusedError(
            status=400,
            code="InvalidRequestBody",
            message=f"The requested API version is not supported. Supported: {', '.join(API_VERSIONS)}.",
        )


def decode(body: bytes) -> AnalyzeText:
    """The request a body stands for; RefusedError where Azure would refuse it, or might."""
    try:
        request = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise refusal.bad_request(
            f"The body is not a JSON object with the fields {', '.join(_FIELDS)} and their values."
        ) from None
    if not request.text.strip():
        raise refusal.bad_request("The text is empty.", target="text")
    if len(request.text) > CODE_POINTS:
        raise refusal.bad_request(
            f"The text is {len(request.text)} code points long; the limit is {CODE_POINTS}.", target="text"
        )
    if request.categories is not None and len(set(request.categories)) < len(request.categories):
        raise refusal.bad_request("A category is named twice.", target="categories")
    if request.blocklist_names:
        raise refusal.RefusedError(
            status=404,
            code="ResourceNotFound",
            message="The blocklist was not found.",
            target="blocklistNames",
        )
    return request


def encode(request: AnalyzeText, severities: Mapping[str, int]) -> dict[str, object]:
    """The answer: a severity for each category that was asked for, all four when none was named."""
    eight = request.output_type == "EightSeverityLevels"
    return {
        "blocklistsMatch": [],
        "categoriesAnalysis": [
            {"category": name, "severity": severities[code] if eight else four_levels(severities[code])}
            for name, code in NAMES.items()
            if not request.categories or name in request.categories
        ],
    }


def four_levels(severity: int) -> int:
    """0, 2, 4 or 6: the lower of the two of eight levels that one of four covers."""
    return severity - severity % 2
