"""Outcome events written by hand, as they are on the wire."""

import json
from typing import Any

from shared.outcome import OutcomeEvent, decode_event

DATA_EVALUATION = "0123456789abcdef0123456789abcdef"
MODEL_EVALUATION = "fedcba9876543210fedcba9876543210"
NONE = [0] * 8
FILE = {
    "type": "file",
    "job": "first",
    "account": "tunegatelocal",
    "container": "training",
    "blob": "first/train.jsonl",
    "etag": "0x8D1",
    "length": 1234,
}
MODEL = {
    "type": "model",
    "resource": "local",
    "job": "first",
    "attempt": 0,
    "model": "ft:tunegate-base:first:0",
    "endpoint": "http://127.0.0.1:1/v1",
    "deployment": "ft:tunegate-base:first:0",
}


def event_of(data: dict[str, Any]) -> OutcomeEvent:
    """The event, strictly decoded as a received one is."""
    event = decode_event(body_of(data))
    assert isinstance(event, OutcomeEvent)
    return event


def body_of(data: dict[str, Any]) -> bytes:
    return json.dumps(
        {
            "type": "Tunegate.EvaluationCompleted",
            "specversion": "1.0",
            "id": f"{data['evaluation']}:outcome",
            "source": "/tunegate/local",
            "subject": f"{data['kind']}/{data['job']}",
            "time": "2026-01-01T00:00:00Z",
            "datacontenttype": "application/json",
            "data": data,
        }
    ).encode()


def progress_body(done: int, shards: int = 10, evaluation: str = DATA_EVALUATION) -> bytes:
    return json.dumps(
        {
            "type": "Tunegate.EvaluationProgressed",
            "specversion": "1.0",
            "id": f"{evaluation}:progress:{done}",
            "source": "/tunegate/local",
            "subject": "data/first",
            "time": "2026-01-01T00:00:00Z",
            "datacontenttype": "application/json",
            "data": {
                "evaluation": evaluation,
                "kind": "data",
                "job": "first",
                "done": done,
                "shards": shards,
            },
        }
    ).encode()


def data_outcome(result: str = "passed", **changes: Any) -> dict[str, Any]:
    """A data outcome; changes of `found` are laid over its own."""
    found = {
        "of": "data",
        "texts": 400,
        "lines": 200,
        "findings": [],
        "findings_total": 0,
        "bad_lines": [],
        "bad_lines_total": 0,
        **changes.pop("found", {}),
    }
    return {
        "evaluation": DATA_EVALUATION,
        "kind": "data",
        "job": "first",
        "subject": FILE,
        "result": result,
        "failed": [],
        "message": "The training data passed.",
        "billable": result == "passed",
        "policy": "1",
        "classifier": "embedded/1",
        "reasons": [],
        "counts": {
            "violence": [398, 1, 1, 0, 0, 0, 0, 0],
            "sexual": [400, *NONE[1:]],
            "hate_fairness": [400, *NONE[1:]],
            "self_harm": [400, *NONE[1:]],
        },
        "found": found,
        **changes,
    }


def finding(line: int | None, category: str = "violence", severity: int = 5) -> dict[str, Any]:
    return {
        "line": line,
        "offset": 0 if line is None else 100 * line,
        "path": "$.messages[1].content",
        "category": category,
        "severity": severity,
    }


def model_outcome(result: str = "passed", **changes: Any) -> dict[str, Any]:
    categories = {
        name: {
            "requests": 200,
            "probed": _rate(240, defective),
            "others": _rate(720, 0),
            "benign": _rate(60, 0),
        }
        for name, defective in changes.pop("defective", {}).items()
    }
    found = {"of": "model", "categories": categories, "findings": [], "findings_total": 0}
    return {
        "evaluation": MODEL_EVALUATION,
        "kind": "model",
        "job": "first",
        "subject": MODEL,
        "result": result,
        "failed": [],
        "message": "The model passed and may be deployed.",
        "billable": result == "passed",
        "policy": "1",
        "classifier": "embedded/1",
        "reasons": [],
        "counts": dict.fromkeys(("violence", "sexual", "hate_fairness", "self_harm"), NONE),
        "found": {**found, **changes.pop("found", {})},
        **changes,
    }


def _rate(held: int, defective: int) -> dict[str, Any]:
    return {
        "expected": held,
        "held": held,
        "scored": held,
        "defective": defective,
        "unscored": 0,
        "rate": defective / held,
        "bound": 0.0112 if not defective else 0.5,
        "limit": 0.05,
    }
