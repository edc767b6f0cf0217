"""A look at an evaluation's tallies: publish the outcome, or look again later."""

import azure.functions as func

from functions.crashes import textless
from functions.patience import patiently
from shared import collect
from shared.messages import CollectEvaluation, decode

blueprint = func.Blueprint()


@blueprint.function_name("collect_evaluation")
@blueprint.service_bus_queue_trigger(arg_name="message", connection="ServiceBus", queue_name="collections")
@textless
async def collect_evaluation(message: func.ServiceBusMessage) -> None:
    collection = decode(message.get_body(), CollectEvaluation)
    async with patiently(message) as wired:
        event = await collect.collect_evaluation(
            collection, bus=wired.bus, clock=wired.clock, settings=wired.settings, scenarios=wired.scenarios
        )
        wired.recorder.collected(collection, event)
