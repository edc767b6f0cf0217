"""A look at Azure OpenAI, which sends no event, every five minutes. Registered only where its setting is there."""

import os
import re
from collections.abc import Mapping
from functools import cache
from typing import Final

import azure.functions as func

from shared.adapters import azure_openai
from shared.connect import Connector
from shared.errors import BadSettings
from shared.services import Services, services
from shared.settings import Settings

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
async def connect_azure_openai(timer: func.TimerRequest) -> None:
    await _connector().look()


def is_connected(environment: Mapping[str, str]) -> bool:
    """Whether the function is to be registered at all."""
    return bool(environment.get(SWITCH))


@cache
def _connector() -> Connector:
    """The connector of this process; raises BadSettings with every problem of its settings."""
    wired = services()
    return connected(read_azure_openai(os.environ, wired.settings), wired)


def connected(
    azure: azure_openai.AzureOpenAISettings, wired: Services, tokens: azure_openai.Tokens | None = None
) -> Connector:
    """The connector on Azure's own services."""
    tokens = tokens or azure_openai.entra_tokens(azure.client_id)
    manager = azure_openai.ResourceManager(azure.management, tokens)
    return Connector(
        settings=wired.settings,
        clock=wired.clock,
        files=wired.files,
        folders=azure_openai.BlobFolders(wired.settings),
        outcomes=azure_openai.WaitingOutcomes(wired.settings.service_bus),
        tuning=azure_openai.AzureTuning(azure, manager, tokens),
        deployments=azure_openai.AzureDeployments(azure, manager),
        topic=azure_openai.EventGridTopic(azure.topic, wired.settings.region, tokens),
        verdicts=wired.verdicts,
    )


def read_azure_openai(environment: Mapping[str, str], settings: Settings) -> azure_openai.AzureOpenAISettings:
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
    return azure_openai.AzureOpenAISettings(
        tuning_account=tuning,
        evaluation_account=evaluation,
        base_model=base_model,
        capacity=int(capacity),
        topic=topic,
        client_id=environment.get("TrainingEvents__clientId", ""),
    )
