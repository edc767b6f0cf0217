"""A training file was uploaded: plan its evaluation."""

import azure.functions as func

from functions.crashes import textless
from functions.incoming import event_of
from shared import plan
from shared.services import services

blueprint = func.Blueprint()


@blueprint.function_name("plan_data_evaluation")
@blueprint.event_grid_trigger(arg_name="event")
@textless
async def plan_data_evaluation(event: func.EventGridEvent) -> None:
    wired = services()
    await plan.plan_data_evaluation(
        event_of(event), bus=wired.bus, clock=wired.clock, settings=wired.settings
    )
