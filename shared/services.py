"""The wiring: which adapter stands behind which port. Built once, from the settings, when first asked for."""

import os
from dataclasses import dataclass
from functools import cache

from shared.adapters.blob_storage import BlobTrainingFiles
from shared.adapters.chat_model import OpenAIChat
from shared.adapters.clock import WallClock
from shared.adapters.content_safety import ContentSafety
from shared.adapters.quiet import pin_loggers
from shared.adapters.service_bus import ServiceBus
from shared.adapters.telemetry import MeasuredBus, MeasuredChat, MeasuredClassifier, Recorder, recorder_to
from shared.adapters.verdict_table import TableVerdicts
from shared.ports import Bus, ChatModel, Classifier, Clock, TrainingFiles, Verdicts
from shared.scenario_set import ScenarioSet
from shared.settings import Settings, read_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything the use cases ask for."""

    settings: Settings
    clock: Clock
    bus: Bus
    files: TrainingFiles
    classifier: Classifier
    chat: ChatModel
    verdicts: Verdicts
    scenarios: ScenarioSet
    recorder: Recorder


@cache
def services() -> Services:
    """The services of this process; raises BadSettings with every problem of the environment."""
    pin_loggers()
    settings = read_settings(os.environ)
    recorder = recorder_to(settings.telemetry)
    return Services(
        settings=settings,
        clock=WallClock(),
        bus=MeasuredBus(ServiceBus(settings.service_bus), recorder),
        files=BlobTrainingFiles(settings.training_storage),
        classifier=MeasuredClassifier(
            ContentSafety(settings.content_safety, requests_per_s=settings.requests_per_s), recorder
        ),
        chat=MeasuredChat(OpenAIChat(settings), recorder),
        verdicts=TableVerdicts(settings.verdict_storage),
        scenarios=ScenarioSet.with_added(settings.added_scenarios),
        recorder=recorder,
    )
