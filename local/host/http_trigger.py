"""HTTP triggers: routes under the prefix, methods, and the key where a function is not anonymous."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from azure.functions.meta import Datum

from local.host.functions import Function
from local.host.http_routes import decoded, pattern
from local.host.invocation import Invoker
from local.host.keys import Keys
from local.host.refusals import InvocationFailed, Refused

_METHODS: Final = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"})
_LEVELS: Final = frozenset({"anonymous", "function", "admin"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Endpoint:
    function: Function
    route: str
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
        _check_apart(self._endpoints)

    def routes(self) -> list[web.RouteDef]:
        """What the host's web server serves for them; nothing where there are none."""
        if not self._endpoints:
            return []
        path = f"/{self._prefix}/{{rest:.*}}" if self._prefix else "/{rest:.*}"
        return [web.route("*", path, self._serve)]

    async def _serve(self, request: web.Request) -> web.Response:
        path = decoded(request.rel_url.raw_path.removeprefix(f"/{self._prefix}" if self._prefix else "")[1:])
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
    route = (trigger.text("route") or function.name).strip("/").lower()
    try:
        expression = pattern(trigger.text("route") or function.name)
    except ValueError as error:
        raise Refused(f"function {function.name}: {error}") from error
    if route.startswith("admin"):
        raise Refused(
            f"function {function.name}: The specified route conflicts with one or more built in routes."
        )
    methods = frozenset(method.upper() for method in trigger.texts("methods")) or _METHODS
    if unknown := methods - _METHODS:
        raise Refused(f"function {function.name}: {', '.join(sorted(unknown))} is no HTTP method served here")
    level = trigger.text("authLevel").lower() or "function"
    if level not in _LEVELS:
        raise Refused(f"function {function.name}: {level!r} is no level of authorization")
    return _Endpoint(
        function=function,
        route=route,
        pattern=expression,
        methods=methods,
        needs_key=level != "anonymous",
    )


def _check_apart(endpoints: list[_Endpoint]) -> None:
    """Refuse two functions of one route and method: Azure refuses the second."""
    seen: dict[tuple[str, str], str] = {}
    for endpoint in endpoints:
        for method in sorted(endpoint.methods):
            other = seen.setdefault((endpoint.route, method), endpoint.function.name)
            if other != endpoint.function.name:
                raise Refused(
                    f"function {endpoint.function.name}: The route specified conflicts with the route defined by "
                    f"function '{other}'."
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
