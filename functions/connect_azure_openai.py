"""A look at Azure OpenAI, which sends no event, every five minutes. Registered only where its setting is there."""

import os
import re
from collections.abc import Mapping
from functools import cache
from typing import Final

import azure.functions as func

from functions.crashes import textless
from shared.adapters.azure_openai import AzureOpenAISettings, AzureTuning
from shared.adapters.bearer import Tokens, entra_tokens
from shared.adapters.clock import WallClock
from shared.adapters.event_grid_topic import EventGridTopic
from shared.adapters.job_folders import BlobFolders
from shared.adapters.resource_manager import AzureDeployments, ResourceManager
from shared.adapters.waiting_outcomes import WaitingOutcomes
from shared.connect import Connector
from shared.errors import BadSettings
from shared.services import Services, services
from shared.settings import Settings
from shared.sweep import Steps, Sweep

SWITCH: Final = "TUNEGATE_TUNING_ACCOUNT"
"""The Azure id of the fine-tuning resource. Without it nothing is connected."""

_ACCOUNT: Final = re.compile(
    r"\A/subscriptions/[0-9a-f-]{36}/resourceGroups/[\w.()-]{1,90}"
    r"/providers/Microsoft\.CognitiveServices/accounts/(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]{1,63})\Z",
    re.IGNORECASE | re.ASCII,
)

blueprint = func.Blueprint()


@blueprint.function_name("connect_azure_openai")
@blueprint.timer_trigger(arg_name="timer", schedule="0 */5 * * * *")
@textless
async def connect_azure_openai(timer: func.TimerRequest) -> None:
    await look()


async def look() -> None:
    """A look, or where there is no connector to be had, the removal of what is over: it costs by the hour."""
    try:
        connector = _connector()
    except Exception:  # whatever it is: a library's own, of a connection string
        await _sweep_alone()
        raise
    await connector.look()


def is_connected(environment: Mapping[str, str]) -> bool:
    """Whether the function is to be registered at all."""
    return bool(environment.get(SWITCH))


@cache
def _connector() -> Connector:
    """The connector of this process; raises BadSettings with every problem of its settings."""
    wired = services()
    return connected(read_azure_openai(os.environ, wired.settings), wired)


def connected(azure: AzureOpenAISettings, wired: Services, tokens: Tokens | None = None) -> Connector:
    """The connector on Azure's own services."""
    tokens = tokens or entra_tokens(azure.client_id)
    manager = ResourceManager(azure.management, tokens)
    return Connector(
        settings=wired.settings,
        base_model=azure.base_model,
        clock=wired.clock,
        files=wired.files,
        folders=BlobFolders(wired.settings),
        outcomes=WaitingOutcomes(wired.settings.service_bus),
        tuning=AzureTuning(azure, manager, tokens),
        deployments=AzureDeployments(azure, manager),
        topic=EventGridTopic(azure.topic, wired.settings.region, tokens),
        verdicts=wired.verdicts,
    )


async def _sweep_alone() -> None:
    """Remove evaluation deployments by their age alone, with no more settings than that takes."""
    account = os.environ.get("TUNEGATE_EVALUATION_ACCOUNT", "")
    if not _ACCOUNT.match(account):
        return
    azure = AzureOpenAISettings(
        tuning_account="",
        evaluation_account=account,
        base_model="",
        capacity=1,
        topic="",
        client_id=os.environ.get("TrainingEvents__clientId", ""),  # noqa: SIM112 -- its name
    )
    manager = ResourceManager(azure.management, entra_tokens(azure.client_id))
    deployments = AzureDeployments(azure, manager)
    await Sweep(clock=WallClock(), deployments=deployments, verdicts=None, resource="").remove((), Steps())


def read_azure_openai(environment: Mapping[str, str], settings: Settings) -> AzureOpenAISettings:
    """The connector's settings; raises BadSettings with every problem at once."""
    tuning = environment.get(SWITCH, "")
    evaluation = environment.get("TUNEGATE_EVALUATION_ACCOUNT", "")
    base_model = environment.get("TUNEGATE_BASE_MODEL", "")
    capacity = environment.get("TUNEGATE_EVALUATION_CAPACITY", "") or "100"
    topic = environment.get("TrainingEvents__topicEndpointUri", "")
    account = _ACCOUNT.match(tuning)
    problems = {
        f"{SWITCH} is not the Azure id of a fine-tuning resource.": account is None,
        f"{SWITCH} is not the resource that TUNEGATE_RESOURCE names.": account is not None
        and account["name"].lower() != settings.resource.lower(),
        "TUNEGATE_EVALUATION_ACCOUNT is not the Azure id of an account.": not _ACCOUNT.match(evaluation),
        "TUNEGATE_BASE_MODEL is missing.": not base_model,
        "TUNEGATE_EVALUATION_CAPACITY is not a whole number from 1 to 9999.": not re.fullmatch(
            r"[1-9][0-9]{0,3}", capacity, re.ASCII
        ),
        "TrainingEvents__topicEndpointUri is missing or no https address.": not topic.startswith("https://"),
    }
    if any(problems.values()):
        told = "\n".join(f"- {problem}" for problem, is_so in problems.items() if is_so)
        raise BadSettings(f"The connector's settings need mending:\n{told}")
    return AzureOpenAISettings(
        tuning_account=tuning,
        evaluation_account=evaluation,
        base_model=base_model,
        capacity=int(capacity),
        topic=topic,
        client_id=environment.get("TrainingEvents__clientId", ""),
    )
