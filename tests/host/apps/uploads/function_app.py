"""An upload's function, which refuses the first event of a blob called stubborn."""

import json
import os
from pathlib import Path

import azure.functions as func

app = func.FunctionApp()
refused: set[str] = set()


def record(facts: dict[str, object]) -> None:
    with Path(os.environ["RECORD"]).open("a") as file:
        file.write(json.dumps(facts) + "\n")


@app.event_grid_trigger(arg_name="event")
async def uploaded(event: func.EventGridEvent) -> None:
    subject = event.subject or ""
    facts = {
        "function": "uploaded",
        "id": event.id,
        "type": event.event_type,
        "time": str(event.event_time),
        "topic": event.topic,
        "subject": subject,
        "data": event.get_json(),
    }
    record(facts)
    if subject.endswith("/stubborn") and event.id not in refused:
        refused.add(event.id)
        raise RuntimeError
