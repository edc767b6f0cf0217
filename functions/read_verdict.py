"""The question of a release pipeline: is this job's model deployable? Anything but a 200 that says true means no."""

import json
import re

import azure.functions as func

from functions.crashes import textless
from shared.errors import Unavailable
from shared.services import services
from shared.subject import JOB_PATTERN, RESOURCE_PATTERN

blueprint = func.Blueprint()


@blueprint.function_name("read_verdict")
@blueprint.route(route="verdicts/{resource}/{job}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
@textless
async def read_verdict(req: func.HttpRequest) -> func.HttpResponse:
    resource, job = req.route_params["resource"], req.route_params["job"]
    if not (re.match(RESOURCE_PATTERN, resource) and re.match(JOB_PATTERN, job)):
        return _answer(404, error="no such name of a resource or a job: not deployable")
    try:
        deployable = await services().verdicts.read(resource=resource, job=job)
    except Unavailable:
        return _answer(503, error="the verdict cannot be read now: not deployable until it can")
    if deployable is None:
        return _answer(404, error="no verdict: not deployable")
    return _answer(200, deployable=deployable)


def _answer(status: int, **said: object) -> func.HttpResponse:
    # A verdict that a cache gave again would outlive a denial.
    return func.HttpResponse(
        json.dumps(said),
        status_code=status,
        mimetype="application/json",
        headers={"Cache-Control": "no-store"},
    )
