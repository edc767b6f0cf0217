"""A function that works longer than its message's lock lasts, unless told otherwise."""

import asyncio
import json
import os
import time
from pathlib import Path

import azure.functions as func

app = func.FunctionApp()


@app.service_bus_queue_trigger(arg_name="message", connection="ServiceBus", queue_name="long")
async def long(message: func.ServiceBusMessage) -> None:
    with Path(os.environ["RECORD"]).open("a") as file:
        facts = {"function": "long", "id": message.message_id, "delivery": message.delivery_count}
        file.write(json.dumps({**facts, "at": time.monotonic()}) + "\n")
    await asyncio.sleep(float(message.get_body()) if message.delivery_count == 1 else 0)
