"""What waits for a trainer, read from messages of any kind."""

from types import SimpleNamespace
from typing import Any, Self

import pytest
from azure.servicebus.amqp import AmqpAnnotatedMessage

from shared.adapters import waiting_outcomes
from shared.adapters.waiting_outcomes import WaitingOutcomes
from shared.outcome import encode_event
from shared.settings import Connection
from tests.connector.scene import Scene


class Peeked:
    """A client and a receiver whose subscription holds these messages."""

    def __init__(self, *bodies: dict[str, Any]) -> None:
        self.messages = [AmqpAnnotatedMessage(**body) for body in bodies]

    def get_subscription_receiver(self, topic: str, subscription: str) -> Self:
        assert (topic, subscription) == ("outcomes", "training")
        return self

    async def peek_messages(self, most: int, *, sequence_number: int) -> list[Any]:
        return [
            SimpleNamespace(body=message.body, body_type=message.body_type, sequence_number=number)
            for number, message in enumerate(self.messages, 1)
            if number >= sequence_number
        ][:most]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("odd", [{"value_body": "a text"}, {"value_body": None}, {"sequence_body": [1, 2]}])
async def test_a_body_that_is_no_data_is_nobodys_outcome(
    scene: Scene, odd: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.accept(scene.put())
    [(_, event)] = scene.told
    peeked = Peeked(odd, {"data_body": encode_event(event)}, odd)
    monkeypatch.setattr(waiting_outcomes, "bus_client", lambda connection: peeked)
    assert await WaitingOutcomes(Connection(secret="unused")).waiting() == [event]
