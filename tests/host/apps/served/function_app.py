"""Functions that write down what they were given, and do as the body says."""

import asyncio
import json
import logging
import os
import threading
import time
from pathlib import Path

import azure.functions as func

app = func.FunctionApp()


def record(function: str, **facts: object) -> None:
    with Path(os.environ["RECORD"]).open("a") as file:
        file.write(json.dumps({"function": function, "at": time.monotonic(), **facts}, default=str) + "\n")


async def fail_with_a_secret() -> None:
    raise ValueError("SECRET-TEXT-OF-AN-EXCEPTION")


def facts_of(message: func.ServiceBusMessage) -> dict[str, object]:
    return {
        "id": message.message_id,
        "body": message.get_body().decode(),
        "delivery": message.delivery_count,
        "session": message.session_id,
        "properties": message.application_properties,
        "user_properties": message.user_properties,
        "source": message.dead_letter_source,
        "metadata": message.metadata,
    }


@app.service_bus_queue_trigger(arg_name="message", connection="ServiceBus", queue_name="%WORK%")
async def work(message: func.ServiceBusMessage, context: func.Context) -> object:
    order = message.get_body().decode()
    record("work", context=[context.function_name, context.invocation_id], **facts_of(message))
    if order == "fail":
        raise ValueError("SECRET-TEXT-OF-AN-EXCEPTION")
    if order == "fail deeper":
        try:
            json.loads("SECRET-TEXT-OF-AN-EXCEPTION")
        except ValueError as error:
            raise LookupError("SECRET-TEXT-OF-AN-EXCEPTION") from error
    if order == "fail aside":
        aside = asyncio.create_task(fail_with_a_secret())
        await asyncio.wait({aside})
        try:
            await fail_with_a_secret()
        except ValueError:
            logging.exception("logged by the app")
    if order == "cancel":
        raise asyncio.CancelledError
    if order == "hang":
        await asyncio.sleep(60)
    if order.startswith("sleep"):
        await asyncio.sleep(float(order.removeprefix("sleep")))
        record("work_done", id=message.message_id)
    return "SECRET-RETURN" if order == "return" else None


@app.service_bus_queue_trigger(
    arg_name="message", connection="ServiceBus", queue_name="%WORK%/$DeadLetterQueue"
)
async def work_lost(message: func.ServiceBusMessage) -> None:
    record("work_lost", **facts_of(message))


@app.service_bus_queue_trigger(
    arg_name="message", connection="ServiceBus", queue_name="threads", data_type=func.DataType.BINARY
)
def in_thread(message: func.ServiceBusMessage) -> None:
    time.sleep(0.3)
    thread = threading.current_thread().name
    record("in_thread", id=message.message_id, thread=thread, body=message.get_body().hex())


@app.service_bus_queue_trigger(
    arg_name="message", connection="ServiceBus", queue_name="ordered", is_sessions_enabled=True
)
async def in_order(message: func.ServiceBusMessage) -> None:
    record("in_order", **facts_of(message))
    await asyncio.sleep(0.1)
    record("in_order_done", id=message.message_id)


@app.service_bus_topic_trigger(
    arg_name="message", connection="ServiceBus", topic_name="notices", subscription_name="all"
)
async def notice(message: str) -> None:
    record("notice", text=message)
    if message == "fail":
        raise RuntimeError


@app.service_bus_topic_trigger(
    arg_name="message",
    connection="ServiceBus",
    topic_name="notices",
    subscription_name="all/$DeadLetterQueue",
)
async def notice_lost(message: func.ServiceBusMessage) -> None:
    record("notice_lost", **facts_of(message))


@app.event_grid_trigger(arg_name="event")
async def event_seen(event: func.EventGridEvent) -> None:
    record("event_seen", kind=type(event).__name__, id=event.id, data=event.get_json())
    if event.id.startswith("fail"):
        raise ValueError("SECRET-TEXT-OF-AN-EXCEPTION")


@app.event_grid_trigger(arg_name="event")
async def event_returned(event: func.EventGridEvent) -> object:
    return event.id


@app.timer_trigger(arg_name="timer", schedule="* * * * * *")
async def every_second(timer: func.TimerRequest) -> None:
    told = {"past_due": timer.past_due, "schedule": timer.schedule, "status": timer.schedule_status}
    record("every_second", **told, by_the_clock=time.time())


@app.timer_trigger(arg_name="timer", schedule="%NIGHTLY%", run_on_startup=True)
def at_start(timer: func.TimerRequest) -> None:
    record("at_start", past_due=timer.past_due)


@app.route(route="open/{name}/{number:int?}", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def open_to_all(req: func.HttpRequest) -> func.HttpResponse:
    facts = {
        "route": dict(req.route_params),
        "query": dict(req.params),
        "header": req.headers.get("x-custom"),
        "body": req.get_body().decode(),
    }
    headers = {"x-answer": "yes", "set-cookie": "a=b; Path=/"}
    return func.HttpResponse(json.dumps(facts), status_code=201, headers=headers, mimetype="application/json")


@app.route(methods=["GET"])
def keyed(req: func.HttpRequest) -> str:
    if "fail" in req.params:
        raise ValueError("SECRET-TEXT-OF-AN-EXCEPTION")
    return "for those with a key"


@app.route(route="silent")
def silent(req: func.HttpRequest) -> func.HttpResponse:
    return None  # type: ignore[return-value]


@app.function_name("by_out")
@app.generic_trigger(arg_name="req", type="httpTrigger", route="out", methods=["GET"], auth_level="anonymous")
@app.generic_output_binding(arg_name="answer", type="http")
def by_out(req: func.HttpRequest, answer: func.Out[func.HttpResponse]) -> None:
    answer.set(func.HttpResponse("by way of Out", status_code=202))
