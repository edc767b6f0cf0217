"""Training completed: plan the tuned model's evaluation."""

import azure.functions as func

from functions.crashes import textless
from functions.incoming import event_of
from shared import plan
from shared.services import services

blueprint = func.Blueprint()


@blueprint.function_name("plan_model_evaluation")
@blueprint.event_grid_trigger(arg_name="event")
@textless
async def plan_model_evaluation(event: func.EventGridEvent) -> None:
    wired = services()
    await plan.plan_model_evaluation(
        event_of(event), bus=wired.bus, clock=wired.clock, settings=wired.settings, scenarios=wired.scenarios
    )
