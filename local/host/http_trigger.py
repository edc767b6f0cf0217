"""HTTP triggers: routes under the prefix, methods, and the key where a function is not anonymous."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from azure.functions.meta import Datum

from local.host.functions import Function
from local.host.http_routes import pattern
from local.host.invocation import Invoker
from local.host.keys import Keys
from local.host.refusals import InvocationFailed, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class _Endpoint:
    function: Function
    pattern: re.Pattern[str]
    methods: frozenset[str]
    needs_key: bool


class HttpTriggers:
    """Serves the app's HTTP functions below the route prefix of host.json."""

    def __init__(self, functions: Iterable[Function], invoker: Invoker, keys: Keys, *, prefix: str) -> None:
        self._invoker = invoker
        self._keys = keys
        self._prefix = prefix.strip("/")
        self._endpoints = [_endpoint(function) for function in functions]

    def routes(self) -> list[web.RouteDef]:
        """What the host's web server serves for them; nothing where there are none."""
        if not self._endpoints:
            return []
        path = f"/{self._prefix}/{{rest:.*}}" if self._prefix else "/{rest:.*}"
        return [web.route("*", path, self._serve)]

    async def _serve(self, request: web.Request) -> web.Response:
        path = request.match_info["rest"].strip("/")
        for endpoint in self._endpoints:
            matched = endpoint.pattern.fullmatch(path)
            if matched and request.method in endpoint.methods:
                if endpoint.needs_key:
                    self._keys.check(request)
                return await self._call(endpoint.function, request, matched.groupdict())
        raise web.HTTPNotFound

    async def _call(
        self, function: Function, request: web.Request, route: dict[str, str | None]
    ) -> web.Response:
        try:
            outputs = await self._invoker.invoke(
                function,
                Datum(
                    {
                        "method": Datum(request.method, "string"),
                        "url": Datum(str(request.url), "string"),
                        "headers": _texts({name.lower(): value for name, value in request.headers.items()}),
                        "params": _texts({name: value for name, value in route.items() if value is not None}),
                        "query": _texts(dict(request.query)),
                        "body": Datum(await request.read(), "bytes"),
                    },
                    "http",
                ),
                {},
                subject="request",
            )
        except InvocationFailed:
            return web.Response(status=500)
        answer = outputs.returned or next(
            (
                outputs.set[name]
                for name, value in function.outputs.items()
                if value.binding_type == "http" and name in outputs.set
            ),
            None,
        )
        return web.Response(status=204) if answer is None else _response(answer)


def _endpoint(function: Function) -> _Endpoint:
    trigger = function.trigger
    try:
        route = pattern(trigger.text("route") or function.name)
    except ValueError as error:
        raise Refused(f"function {function.name}: {error}") from error
    methods = trigger.texts("methods") or ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
    return _Endpoint(
        function=function,
        pattern=route,
        methods=frozenset(method.upper() for method in methods),
        needs_key=trigger.text("authLevel").lower() != "anonymous",
    )


def _texts(values: dict[str, str]) -> dict[str, Datum]:
    return {name: Datum(value, "string") for name, value in values.items()}


def _response(answer: Datum) -> web.Response:
    if answer.type != "http":
        body = answer.value if isinstance(answer.value, bytes) else str(answer.value).encode()
        return web.Response(body=body, content_type="text/plain", charset="utf-8")
    value: dict[str, Any] = answer.value
    response = web.Response(status=int(value["status_code"].value), body=value["body"].value)
    for name, header in value["headers"].items():
        response.headers[name] = header.value
    for cookies in value["cookies"] or ():
        for cookie in cookies.values():
            response.headers.add("Set-Cookie", cookie.OutputString())
    return response
