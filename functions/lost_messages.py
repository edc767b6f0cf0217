"""The owners of the dead-letter queues: a loss becomes an unscored tally, an incomplete outcome, or another try."""

import azure.functions as func

from functions.crashes import textless
from functions.incoming import outcome_of
from functions.patience import patiently
from shared import lost
from shared.errors import BadMessage

blueprint = func.Blueprint()


@blueprint.function_name("lost_data_shard")
@blueprint.service_bus_queue_trigger(
    arg_name="message", connection="ServiceBus", queue_name="data-shards/$DeadLetterQueue"
)
@textless
async def lost_data_shard(message: func.ServiceBusMessage) -> None:
    async with patiently(message, lost="data-shards") as wired:
        await lost.lost_data_shard(message.get_body(), message.message_id, bus=wired.bus)


@blueprint.function_name("lost_model_shard")
@blueprint.service_bus_queue_trigger(
    arg_name="message", connection="ServiceBus", queue_name="model-shards/$DeadLetterQueue"
)
@textless
async def lost_model_shard(message: func.ServiceBusMessage) -> None:
    async with patiently(message, lost="model-shards") as wired:
        await lost.lost_model_shard(message.get_body(), message.message_id, bus=wired.bus)


@blueprint.function_name("lost_collection")
@blueprint.service_bus_queue_trigger(
    arg_name="message", connection="ServiceBus", queue_name="collections/$DeadLetterQueue"
)
@textless
async def lost_collection(message: func.ServiceBusMessage) -> None:
    async with patiently(message, lost="collections") as wired:
        await lost.lost_collection(
            message.get_body(),
            message.message_id,
            bus=wired.bus,
            clock=wired.clock,
            settings=wired.settings,
        )


@blueprint.function_name("lost_tally")
@blueprint.service_bus_queue_trigger(
    arg_name="message", connection="ServiceBus", queue_name="tallies/$DeadLetterQueue"
)
@textless
async def lost_tally(message: func.ServiceBusMessage) -> None:
    async with patiently(message, lost="tallies") as wired:
        await lost.lost_tally(message.get_body(), message.message_id, bus=wired.bus)


@blueprint.function_name("lost_verdict")
@blueprint.service_bus_topic_trigger(
    arg_name="message",
    connection="ServiceBus",
    topic_name="outcomes",
    subscription_name="verdicts/$DeadLetterQueue",
)
@textless
async def lost_verdict(message: func.ServiceBusMessage) -> None:
    try:
        event = outcome_of(message)
    except BadMessage:
        event = None
    async with patiently(message, lost="outcomes/verdicts") as wired:
        await lost.lost_verdict(event, message.message_id, verdicts=wired.verdicts)


@blueprint.function_name("lost_training_notice")
@blueprint.service_bus_topic_trigger(
    arg_name="message",
    connection="ServiceBus",
    topic_name="outcomes",
    subscription_name="training/$DeadLetterQueue",
)
@textless
async def lost_training_notice(message: func.ServiceBusMessage) -> None:
    async with patiently(message, lost="outcomes/training"):
        lost.lost_notice(message.message_id)


@blueprint.function_name("lost_watcher_notice")
@blueprint.service_bus_topic_trigger(
    arg_name="message",
    connection="ServiceBus",
    topic_name="outcomes",
    subscription_name="watchers/$DeadLetterQueue",
)
@textless
async def lost_watcher_notice(message: func.ServiceBusMessage) -> None:
    async with patiently(message, lost="outcomes/watchers"):
        lost.lost_notice(message.message_id)
