"""The Event Grid webhook: the handshakes, and events handed to the function one by one."""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Final

from aiohttp import web
from azure.functions.meta import Datum

from local.host.functions import Function
from local.host.invocation import Invoker
from local.host.keys import Keys
from local.host.refusals import InvocationFailed

_log = logging.getLogger("local.host.event_grid")

PATH: Final = "/runtime/webhooks/eventgrid"


class EventGridWebhook:
    """`POST /runtime/webhooks/eventgrid?functionName=F&code=KEY`, as the real host's extension serves it.

    It answers 202 when the function took every event, and 500 when it raised for one of them: whoever sent
    them then sends all of them again.
    """

    def __init__(self, functions: Mapping[str, Function], invoker: Invoker, keys: Keys) -> None:
        self._functions = {name.lower(): function for name, function in functions.items()}
        self._invoker = invoker
        self._keys = keys

    def routes(self) -> list[web.RouteDef]:
        """What the host's web server serves for Event Grid."""
        return [web.post(PATH, self._post), web.options(PATH, self._options)]

    async def _post(self, request: web.Request) -> web.Response:
        function = self._function_of(request)
        kind = request.headers.get("aeg-event-type", "").lower()
        if kind == "unsubscribe":
            return web.Response(status=202)
        if kind not in ("subscriptionvalidation", "notification"):
            raise web.HTTPBadRequest(text="the header aeg-event-type is missing or unknown")
        events = _events(await request.read())
        if kind == "subscriptionvalidation":
            return web.json_response({"validationResponse": _validation_code(events)})
        taken = await asyncio.gather(*(self._hand_over(function, event) for event in events))
        if not all(taken):
            return web.Response(status=500, text="the function failed")
        return web.Response(status=202)

    async def _options(self, request: web.Request) -> web.Response:
        """The handshake of CloudEvents webhooks: whoever asks may send."""
        self._function_of(request)
        origin = request.headers.get("WebHook-Request-Origin")
        if not origin:
            raise web.HTTPBadRequest(text="the header WebHook-Request-Origin is missing")
        return web.Response(headers={"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"})

    async def _hand_over(self, function: Function, event: Mapping[str, object]) -> bool:
        """Whether the function took the event."""
        try:
            await self._invoker.invoke(
                function, Datum(json.dumps(event), "json"), {}, subject=f"event {str(event.get('id'))[:100]}"
            )
        except InvocationFailed:
            return False
        return True

    def _function_of(self, request: web.Request) -> Function:
        self._keys.check(request)
        name = request.query.get("functionName", "")
        function = self._functions.get(name.lower())
        if function is None:
            raise web.HTTPNotFound(text=f"cannot find function: '{name}'")
        return function


def _events(body: bytes) -> list[Mapping[str, object]]:
    """The events of a request, an array or one alone, in the Event Grid schema or as CloudEvents."""
    try:
        content = json.loads(body)
    except ValueError:
        raise web.HTTPBadRequest(text="the body is no JSON") from None
    events = content if isinstance(content, list) else [content]
    if not events or not all(isinstance(event, dict) for event in events):
        raise web.HTTPBadRequest(text="the body is neither an event nor an array of events")
    return events


def _validation_code(events: list[Mapping[str, object]]) -> str:
    data = events[0].get("data")
    code = data.get("validationCode") if isinstance(data, dict) else None
    if not isinstance(code, str):
        raise web.HTTPBadRequest(text="data.validationCode is missing")
    return code
