"""A shard of a training file: score its texts, send its tally."""

import azure.functions as func

from functions.patience import patiently
from shared import evaluate_data
from shared.messages import EvaluateDataShard, decode

blueprint = func.Blueprint()


@blueprint.function_name("evaluate_data_shard")
@blueprint.service_bus_queue_trigger(arg_name="message", connection="ServiceBus", queue_name="data-shards")
async def evaluate_data_shard(message: func.ServiceBusMessage) -> None:
    task = decode(message.get_body(), EvaluateDataShard)
    async with patiently(message) as wired:
        await evaluate_data.evaluate_data_shard(
            task, files=wired.files, classifier=wired.classifier, bus=wired.bus, clock=wired.clock
        )
