"""The custom topic of Event Grid that tells of completed trainings."""

from datetime import datetime
from typing import Final

from shared.adapters.bearer import Tokens, sent
from shared.events import training_completed
from shared.subject import TunedModel

CLOUD_EVENT: Final = "application/cloudevents+json; charset=utf-8"
SCOPE: Final = "https://eventgrid.azure.net/.default"


class EventGridTopic:
    """`fine_tuning.Topic` on a custom topic that takes CloudEvents."""

    def __init__(self, address: str, region: str, tokens: Tokens) -> None:
        self._address = address
        self._region = region
        self._tokens = tokens

    async def training_completed(self, model: TunedModel, *, evaluation: str, now_utc: datetime) -> None:
        event = training_completed(model, evaluation=evaluation, region=self._region, time=now_utc)
        url, token = f"{self._address}?api-version=2018-01-01", await self._tokens(SCOPE)
        await sent("Event Grid", "POST", url, token, event, CLOUD_EVENT)
