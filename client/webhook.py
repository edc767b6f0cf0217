"""The event that says a training is completed, sent to the functions' webhook as Event Grid would."""

from datetime import UTC, datetime
from typing import Final

import aiohttp
from msgspec import json

from client.errors import Unreachable
from client.reaching import away, refused
from shared.events import TRAINING_COMPLETED
from shared.subject import TunedModel

SERVICE: Final = "The functions host"

_PATH: Final = "/runtime/webhooks/eventgrid"
_FUNCTION: Final = "plan_model_evaluation"


def training_completed(model: TunedModel, *, evaluation: str, region: str) -> bytes:
    """The CloudEvent for a tuned model; the same attempt at the same model has the same id."""
    event = {
        "specversion": "1.0",
        "id": f"{evaluation}:completed",
        "source": f"/tunegate/{model.resource}/trainer",
        "type": TRAINING_COMPLETED,
        "subject": model.job,
        "time": datetime.now(UTC),
        "datacontenttype": "application/json",
        "data": {
            "resource": model.resource,
            "job": model.job,
            "attempt": model.attempt,
            "model": model.model,
            "endpoint": model.endpoint,
            "deployment": model.deployment,
            "region": region,
            "base_deployment": model.base_deployment or None,
        },
    }
    return json.encode(event)


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
