"""What the server says on the wire: OpenAI-shaped errors, and the content filter's annotations as Azure's."""

from typing import Any

import msgspec
from aiohttp import web

Body = dict[str, Any]
"""A JSON object on its way out."""

FILTER_NAMES = {"violence": "violence", "sexual": "sexual", "hate_fairness": "hate", "self_harm": "self_harm"}
"""The content filter's own names of the harm categories."""


class ApiError(Exception):
    """A request that is answered with an OpenAI-shaped error; the message quotes nothing of the request."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: dict[str, str] | None = None,
        extra: Body | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
        kind = "invalid_request_error" if status < 500 else "server_error"
        self.body: Body = {
            "error": {"message": message, "type": kind, "param": param, "code": code, **(extra or {})}
        }

    def response(self) -> web.Response:
        """Yield the HTTP response that carries this error."""
        return json_response(self.body, status=self.status, headers=self.headers)


def json_response(body: Body, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Yield the body as a JSON response."""
    return web.Response(
        body=msgspec.json.encode(body), status=status, headers=headers, content_type="application/json"
    )


def filter_results(category: str | None, *, filtered: bool) -> Body:
    """Yield the content filter's annotation that finds medium severity in one category, or finds nothing."""
    return {
        name: {"filtered": filtered, "severity": "medium"}
        if code == category
        else {"filtered": False, "severity": "safe"}
        for code, name in FILTER_NAMES.items()
    }


def withheld_probe() -> ApiError:
    """Yield the refusal of a prompt by the content filter, in Azure's shape."""
    return ApiError(
        400,
        "The response was filtered due to the prompt triggering the content management policy.",
        code="content_filter",
        param="prompt",
        extra={
            "status": 400,
            "innererror": {
                "code": "ResponsibleAIPolicyViolation",
                "content_filter_result": filter_results("violence", filtered=True),
            },
        },
    )
