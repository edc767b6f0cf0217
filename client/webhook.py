"""The event that says a training is completed, sent to the functions' webhook as Event Grid would."""

from typing import Final

import aiohttp

from client.errors import Unreachable
from client.reaching import away, refused

SERVICE: Final = "The functions host"

_PATH: Final = "/runtime/webhooks/eventgrid"
_FUNCTION: Final = "plan_model_evaluation"


async def post_training_completed(host: str, key: str, event: bytes) -> None:
    """Hand the event over; raises Unreachable where the host does not take it."""
    headers = {"aeg-event-type": "Notification", "content-type": "application/cloudevents+json"}
    query = {"functionName": _FUNCTION, "code": key}
    url = host.rstrip("/") + _PATH
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session,
            session.post(url, params=query, headers=headers, data=event, allow_redirects=False) as answer,
        ):
            status = answer.status
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise away(SERVICE, host, type(error).__name__) from None
    if status in {401, 403}:
        raise refused(SERVICE, host)
    if status >= 300:
        raise Unreachable(f"{SERVICE} at {host} did not take the event: it answered {status}.")
