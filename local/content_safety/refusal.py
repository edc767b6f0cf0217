"""Refusals in the shape of Azure's errors. A message never holds a word of the request."""

from dataclasses import dataclass

from aiohttp import web


@dataclass(kw_only=True, eq=False)
class RefusedError(Exception):
    """The request is answered with an error body and the header `x-ms-error-code`."""

    status: int
    code: str
    message: str
    target: str | None = None
    retry_after_s: int | None = None
    allow: str | None = None


def bad_request(message: str, *, target: str | None = None) -> RefusedError:
    """400 InvalidRequestBody; the target names a field of the contract, never the client's own words."""
    return RefusedError(status=400, code="InvalidRequestBody", message=message, target=target)


def response(refused: RefusedError) -> web.Response:
    """The refusal as Azure sends it: `{"error": {"code", "message", "target"?}}`."""
    error = {"code": refused.code, "message": refused.message}
    if refused.target is not None:
        error["target"] = refused.target
    headers = {"x-ms-error-code": refused.code}
    if refused.retry_after_s is not None:
        headers["Retry-After"] = str(refused.retry_after_s)
    if refused.allow is not None:
        headers["Allow"] = refused.allow
    return web.json_response({"error": error}, status=refused.status, headers=headers)
