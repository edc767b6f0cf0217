"""A shard of a training file: score its texts, send its tally; a run of shards: send them on."""

import azure.functions as func

from functions.crashes import textless
from functions.patience import patiently
from shared import evaluate_data
from shared.fan_out import fan_out
from shared.messages import FanOutDataShards, decode_data_work

blueprint = func.Blueprint()


@blueprint.function_name("evaluate_data_shard")
@blueprint.service_bus_queue_trigger(arg_name="message", connection="ServiceBus", queue_name="data-shards")
@textless
async def evaluate_data_shard(message: func.ServiceBusMessage) -> None:
    task = decode_data_work(message.get_body())
    async with patiently(message) as wired:
        if isinstance(task, FanOutDataShards):
            await fan_out(task, bus=wired.bus)
            return
        with wired.recorder.in_flight("data"):
            await evaluate_data.evaluate_data_shard(
                task, files=wired.files, classifier=wired.classifier, bus=wired.bus, clock=wired.clock
            )
