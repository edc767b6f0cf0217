"""Every function of the app, and what its trigger hands over."""

import runpy
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest
from azure.functions.servicebus import ServiceBusMessage
from msgspec import structs

from functions.connect_azure_openai import SWITCH
from shared.evaluation import incomplete
from shared.ids import shard_message_id
from shared.messages import EvaluateDataShard, EvaluateModelShard, encode
from shared.outcome import Result, encode_event, outcome_event
from shared.subject import TrainingFile, TunedModel
from shared.tally import lost_data_tally
from tests.telemetry.test_telemetry import NOW, E, collection

APP = Path(__file__).parents[2] / "function_app.py"
FILE = TrainingFile(job="j", account="a", container="c", blob="j/f", etag="e", length=40)
MODEL = TunedModel(resource="local", job="j", attempt=0, model="m", endpoint="https://x/v1", deployment="m")

EntryPoint = Callable[[Any], Awaitable[object]]


def declared(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Each function's declaration by its name, the connector's too."""
    monkeypatch.setenv(SWITCH, "an account")
    # Run anew: what is imported was registered by another environment.
    return {each.get_function_name(): each for each in runpy.run_path(str(APP))["app"].get_functions()}


def entry_point(monkeypatch: pytest.MonkeyPatch, name: str) -> EntryPoint:
    return declared(monkeypatch)[name].get_user_function()


def wire(monkeypatch: pytest.MonkeyPatch, services: Callable[[], object]) -> None:
    """Give every function these services."""
    for name, module in list(sys.modules.items()):
        if name.startswith("functions.") and hasattr(module, "services"):
            monkeypatch.setattr(module, "services", services)


def message(body: bytes, message_id: str = shard_message_id(E, 0)) -> func.ServiceBusMessage:
    return ServiceBusMessage(
        body=body, message_id=message_id, delivery_count=1, application_properties={}, user_properties={}
    )


def _event() -> func.EventGridEvent:
    return func.EventGridEvent(
        id="id", data={}, topic="t", subject="s", event_type="x", event_time=NOW, data_version="1"
    )


_data_shard = message(encode(EvaluateDataShard(evaluation=E, shard=0, shards=1, file=FILE, start=0, end=40)))
_model_shard = message(
    encode(EvaluateModelShard(evaluation=E, shard=0, shards=1, model=MODEL, scenarios=("violence-001",)))
)
_collection = message(encode(collection()))
_failed = structs.replace(incomplete(evaluation=E, subject=MODEL, gaps=["x"]), result=Result.FAILED)
_outcome = message(encode_event(outcome_event(_failed, source="/tests", time=NOW)))

HANDED: dict[str, Any] = {
    "plan_data_evaluation": _event(),
    "plan_model_evaluation": _event(),
    "evaluate_data_shard": _data_shard,
    "evaluate_model_shard": _model_shard,
    "collect_evaluation": _collection,
    "record_verdict": _outcome,
    "read_verdict": func.HttpRequest(
        method="GET", url="/", body=b"", route_params={"resource": "local", "job": "j"}
    ),
    "lost_data_shard": _data_shard,
    "lost_model_shard": _model_shard,
    "lost_collection": _collection,
    "lost_tally": message(encode(lost_data_tally(E, 0, 1, "dead_letter"))),
    "lost_verdict": _outcome,
    "lost_training_notice": _outcome,
    "lost_watcher_notice": _outcome,
    "connect_azure_openai": None,
}
"""By function, something that it takes; the timer's is not looked at."""
