"""A plain function that cannot be stopped: it sits in a thread."""

import json
import os
import time
from pathlib import Path

import azure.functions as func

app = func.FunctionApp()


@app.service_bus_queue_trigger(arg_name="message", connection="ServiceBus", queue_name="%QUEUE%")
def stuck(message: func.ServiceBusMessage) -> None:
    with Path(os.environ["RECORD"]).open("a") as file:
        file.write(json.dumps({"function": "stuck"}) + "\n")
    time.sleep(60)
