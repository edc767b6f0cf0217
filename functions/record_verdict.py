"""A model's outcome: write the verdict, the only thing that is kept."""

import azure.functions as func

from functions.crashes import textless
from functions.incoming import outcome_of
from functions.patience import patiently
from shared import record

blueprint = func.Blueprint()


@blueprint.function_name("record_verdict")
@blueprint.service_bus_topic_trigger(
    arg_name="message", connection="ServiceBus", topic_name="outcomes", subscription_name="verdicts"
)
@textless
async def record_verdict(message: func.ServiceBusMessage) -> None:
    event = outcome_of(message)
    async with patiently(message) as wired:
        await record.record_verdict(event, verdicts=wired.verdicts)
