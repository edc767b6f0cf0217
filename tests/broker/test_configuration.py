"""The declaration of entities: what it may say, and the plain error for what it may not."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from local.broker.config_fields import ConfigError
from local.broker.configuration import load, read
from local.broker.durations import milliseconds
from local.broker.filters import EVERY_MESSAGE

ROOT = Path(__file__).resolve().parents[2]


def config(**namespace: Any) -> dict[str, Any]:
    """Return a configuration of these lists."""
    return {"UserConfig": {"Namespaces": [{"Name": "n", **namespace}]}}


def queue(**properties: object) -> dict[str, Any]:
    """Return a configuration of one queue."""
    return config(Queues=[{"Name": "q", "Properties": properties}])


def rule(**properties: object) -> dict[str, Any]:
    """Return a configuration of one rule."""
    subscription = {"Name": "s", "Rules": [{"Name": "r", "Properties": properties}]}
    return config(Topics=[{"Name": "t", "Subscriptions": [subscription]}])


def test_the_products_own_declaration_is_read() -> None:
    declared = load(ROOT / "infra" / "servicebus.json")
    names = [each.name for each in (*declared.queues, *declared.topics)]
    assert names == ["data-shards", "model-shards", "tallies", "collections", "outcomes"]
    tallies = declared.queues[2].options
    assert tallies.requires_session and tallies.duplicate_window_ms is None and tallies.lock_ms == 180_000
    assert declared.queues[0].options.duplicate_window_ms == 48 * 3_600_000
    [outcomes] = declared.topics
    assert [each.name for each in outcomes.subscriptions] == ["verdicts", "training", "watchers"]
    assert outcomes.subscriptions[0].filters[0].application == {"what": "outcome", "kind": "model"}
    assert outcomes.subscriptions[2].filters == (EVERY_MESSAGE,)


def test_what_is_left_out_is_as_in_azure() -> None:
    options = read(config(Queues=[{"Name": "q"}])).queues[0].options
    assert (options.lock_ms, options.max_deliveries, options.ttl_ms) == (60_000, 10, None)
    assert not (options.requires_session or options.dead_letters_expired or options.duplicate_window_ms)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (queue(LockDuration="PT5M1S"), "LockDuration: PT5M1S is not within 1 to 300 seconds"),
        (queue(LockDuration="PT0.5S"), "not within"),
        (queue(LockDuration="5 minutes"), "no duration"),
        (queue(LockDuration="P"), "no duration"),
        (queue(LockDuration="PT"), "no duration"),
        (queue(LockDuration=60), "a string is expected"),
        (queue(LokDuration="PT1M"), "unknown property LokDuration"),
        (queue(MaxDeliveryCount=0), "a whole number from 1 to 2000"),
        (queue(MaxDeliveryCount=2001), "a whole number"),
        (queue(MaxDeliveryCount=True), "a whole number"),
        (queue(RequiresSession="yes"), "true or false"),
        (queue(DefaultMessageTimeToLive="PT0S"), "not within"),
        (queue(RequiresDuplicateDetection=True, DuplicateDetectionHistoryTimeWindow="P8D"), "not within"),
        (queue(ForwardTo="other"), "forwarding is not emulated"),
        (queue(ForwardDeadLetteredMessagesTo="other"), "forwarding is not emulated"),
        (config(Queues=[{"Name": "a b"}]), "a Name of letters"),
        (config(Queues=[{}]), "a Name of letters"),
        (config(Queues=[{"Name": "Q"}, {"Name": "q"}]), "declared twice"),
        (config(Queues=[{"Name": "x"}], Topics=[{"Name": "X"}]), "as a queue and as a topic"),
        (config(Queues={"Name": "q"}), "a list is expected"),
        (config(Stacks=[]), "unknown property Stacks"),
        (
            config(Topics=[{"Name": "t", "Properties": {"RequiresSession": True}}]),
            "unknown property RequiresSession",
        ),
        (
            config(
                Topics=[
                    {
                        "Name": "t",
                        "Subscriptions": [{"Name": "s", "Properties": {"RequiresDuplicateDetection": True}}],
                    }
                ]
            ),
            "unknown property RequiresDuplicateDetection",
        ),
        (rule(FilterType="Sql", SqlFilter={"SqlExpression": "what = 'outcome'"}), "only 1=1 is emulated"),
        (rule(FilterType="Sql"), "only 1=1 is emulated"),
        (rule(FilterType="Magic"), "Correlation or Sql is expected"),
        (rule(FilterType="Correlation"), "at least one property"),
        (rule(FilterType="Correlation", CorrelationFilter={"Colour": "red"}), "unknown property Colour"),
        (rule(FilterType="Correlation", CorrelationFilter={"Label": 1}), "a string is expected"),
        (rule(FilterType="Correlation", CorrelationFilter={"Properties": {"a": [1]}}), "a string, a number"),
        (
            rule(FilterType="Sql", SqlFilter={"SqlExpression": "1=1"}, Action={"SqlExpression": "SET a = 1"}),
            "rule actions are not emulated",
        ),
        ({"UserConfig": {"Namespaces": []}}, "exactly one"),
        ({"UserConfig": {}, "More": 1}, "unknown property More"),
        ([], "an object is expected"),
    ],
)
def test_a_declaration_that_is_wrong_is_refused_with_its_place(content: object, complaint: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        read(copy.deepcopy(content))
    assert complaint in str(refusal.value)


@pytest.mark.parametrize("expression", ["1=1", " 1 = 1 "])
def test_the_sql_filter_that_is_always_true_is_every_message(expression: str) -> None:
    declared = read(rule(FilterType="Sql", SqlFilter={"SqlExpression": expression}))
    assert declared.topics[0].subscriptions[0].filters == (EVERY_MESSAGE,)


def test_a_file_that_is_none_or_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load(tmp_path / "missing.json")
    (tmp_path / "broken.json").write_text("{", "utf-8")
    with pytest.raises(ConfigError):
        load(tmp_path / "broken.json")
    (tmp_path / "well.json").write_text(json.dumps(queue(LockDuration="PT1S")), "utf-8")
    assert load(tmp_path / "well.json").queues[0].options.lock_ms == 1000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT1S", 1000),
        ("PT1M30S", 90_000),
        ("P1DT12H", 129_600_000),
        ("PT0.5S", 500),
        ("P10675199D", 922_337_193_600_000),
    ],
)
def test_durations(text: str, expected: int) -> None:
    assert milliseconds(text) == expected
