"""What the host refuses before it serves anything; the worker's reasons are compared in tests/worker."""

from pathlib import Path

import pytest

from local.host import host_json
from local.host.refusals import Refused
from local.host.uploads import Subscription
from tests.host.serving import refusal

SETTINGS = {"ServiceBus": "Endpoint=sb://127.0.0.1:9;SharedAccessKeyName=n;SharedAccessKey=k"}


@pytest.mark.parametrize(
    ("app", "reason"),
    [
        ("blob_trigger", "function unserved: the local host serves no blobTrigger"),
        ("queue_output", "function unserved: the local host serves no queue output"),
        ("blob_input", "function unserved: the local host serves no input bindings (blob)"),
        ("batches", "function unserved: the local host serves messages one by one, not cardinality many"),
        (
            "no_connection",
            "connection 'Elsewhere' is missing or empty: no setting Elsewhere "
            "or Elsewhere__fullyQualifiedNamespace",
        ),
        ("unset_name", "'%UNSET%' does not resolve to a value."),
        ("schedule", "function unserved: '25' is no hour"),
        ("route", "function unserved: the route segment '{a}-{b}' is not served here"),
    ],
)
def test_what_azure_serves_and_this_host_does_not(app: str, reason: str) -> None:
    assert refusal(f"unserved/{app}", SETTINGS) == reason


def test_an_app_that_the_worker_refuses_is_refused_with_its_reason() -> None:
    assert refusal("refused/list_annotation") == (
        "FunctionLoadError: cannot load the bad function: binding messages has invalid non-type "
        "annotation list[azure.functions._servicebus.ServiceBusMessage]"
    )


def test_a_folder_without_an_app(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    assert refusal(tmp_path).endswith("holds no function_app.py")


def test_uploads_for_a_function_that_takes_no_events() -> None:
    arguments = ["--uploads", "Storage/container=nothing"]
    reason = refusal("accepted/no_functions", {"Storage": "UseDevelopmentStorage=true"}, arguments=arguments)
    assert reason == "nothing is no function with an Event Grid trigger"


@pytest.mark.parametrize("text", ["", "a=b", "a/b", "/b=c", "a/=c", "a/b="])
def test_what_is_no_subscription_to_uploads(text: str) -> None:
    with pytest.raises(Refused, match="SETTING/CONTAINER=FUNCTION"):
        Subscription.parse(text)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "holds no host.json"),
        ("{", "host.json: Input data was truncated"),
        ("{}", "missing required field `version`"),
        ('{"version": "1.0"}', 'version must be "2.0"'),
        ('{"version": "2.0", "functionTimeout": "5 minutes"}', "is no time span"),
        ('{"version": "2.0", "functionTimeout": "00:00:00"}', "functionTimeout must be longer than nothing"),
        (
            '{"version": "2.0", "extensions": {"serviceBus": {"maxConcurentCalls": 4}}}',
            "unknown field `maxConcurentCalls`",
        ),
        (
            '{"version": "2.0", "extensions": {"serviceBus": {"messageHandlerOptions": {}}}}',
            "messageHandlerOptions belongs to extension 4.x",
        ),
        ('{"version": "2.0", "extensions": {"serviceBus": {"maxConcurrentCalls": "4"}}}', "Expected `int`"),
        ('{"version": "2.0", "extensions": {"serviceBus": {"maxConcurrentCalls": 0}}}', "at least 1"),
        (
            '{"version": "2.0", "extensions": {"serviceBus": {"prefetchCount": 10}}}',
            "prefetchCount must be 0",
        ),
        (
            '{"version": "2.0", "extensions": {"serviceBus": {"autoCompleteMessages": false}}}',
            "a Python function cannot settle",
        ),
        (
            '{"version": "2.0", "extensions": {"serviceBus": {"maxAutoLockRenewalDuration": "24:00:00"}}}',
            "is no time span",
        ),
        ('{"version": "2.0", "extensions": {"http": {"prefix": "x"}}}', "unknown field `prefix`"),
    ],
)
def test_a_host_json_that_is_wrong(tmp_path: Path, content: str | None, reason: str) -> None:
    if content is not None:
        (tmp_path / "host.json").write_text(content)
    with pytest.raises(Refused) as refused:
        host_json.read(tmp_path)
    assert reason in str(refused.value)


def test_time_spans() -> None:
    assert host_json.seconds("1.02:03:04.5") == 93784.5
    assert host_json.seconds("00:05:00") == 300


def test_an_unlimited_function_timeout(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{"version": "2.0", "functionTimeout": "-1"}')
    assert host_json.read(tmp_path).function_timeout_s is None
