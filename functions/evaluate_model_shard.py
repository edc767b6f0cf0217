"""A shard of the scenarios: hold their conversations with the tuned model, score its answers, send its tally."""

import azure.functions as func

from functions.crashes import textless
from functions.patience import patiently
from shared import evaluate_model
from shared.messages import EvaluateModelShard, decode

blueprint = func.Blueprint()


@blueprint.function_name("evaluate_model_shard")
@blueprint.service_bus_queue_trigger(arg_name="message", connection="ServiceBus", queue_name="model-shards")
@textless
async def evaluate_model_shard(message: func.ServiceBusMessage) -> None:
    task = decode(message.get_body(), EvaluateModelShard)
    async with patiently(message) as wired:
        with wired.recorder.in_flight("model"):
            await evaluate_model.evaluate_model_shard(
                task,
                chat=wired.chat,
                classifier=wired.classifier,
                bus=wired.bus,
                clock=wired.clock,
                scenarios=wired.scenarios,
            )
