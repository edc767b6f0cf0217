"""A function that works longer than its message's lock lasts, unless told otherwise."""

import asyncio
import json
import os
from pathlib import Path

import azure.functions as func

app = func.FunctionApp()


def record(facts: dict[str, object]) -> None:
    with Path(os.environ["RECORD"]).open("a") as file:
        file.write(json.dumps(facts) + "\n")


@app.service_bus_queue_trigger(arg_name="message", connection="ServiceBus", queue_name="%QUEUE%")
async def long(message: func.ServiceBusMessage) -> None:
    record({"function": "long", "id": message.message_id, "delivery": message.delivery_count})
    await asyncio.sleep(float(message.get_body()) if message.delivery_count == 1 else 0)


@app.event_grid_trigger(arg_name="event")
async def long_event(event: func.EventGridEvent) -> None:
    record({"function": "long_event"})
    await asyncio.sleep(1.5)
