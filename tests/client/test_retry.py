"""`tunegate retry`: the next attempt follows an incomplete one, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables.aio import TableClient

from client.errors import Misused, NotDecided
from client.retry import retry
from client.target import Target
from client.terminal import Terminal
from shared.ids import model_evaluation_id
from tests.client.conftest import Webhook
from tests.client.outcomes import MODEL, body_of, model_outcome
from tests.client.test_on_services import publish
from tests.journey import new_job

NAME = "ft:m"


def outcome_of(job: str, attempt: int, result: str = "incomplete", **changes: Any) -> dict[str, Any]:
    evaluation = model_evaluation_id(resource="local", job=job, model=NAME, attempt=attempt)
    subject = {**MODEL, "job": job, "attempt": attempt, "model": NAME, **changes}
    return model_outcome(result, evaluation=evaluation, job=job, subject=subject)


async def again(job: str, target: Target, path: Path | None = None) -> None:
    await retry(job, model=NAME, outcome_path=path, target=target, terminal=Terminal())


async def test_the_next_attempt_names_what_the_last_one_named(target: Target, webhook: Webhook) -> None:
    job = new_job()
    await publish(target, *(body_of(outcome_of(job, number, base_deployment="b")) for number in (0, 1)))
    await again(job, target)
    [(_, _, event)] = webhook.requests
    assert event["type"] == "Tunegate.TrainingCompleted"
    assert event["data"] == {
        "resource": "local",
        "job": job,
        "attempt": 2,
        "model": NAME,
        "endpoint": MODEL["endpoint"],
        "deployment": MODEL["deployment"],
        "region": "local",
        "base_deployment": "b",
    }


@pytest.mark.parametrize("result", ["passed", "failed"])
async def test_what_was_decided_is_not_tried_again(target: Target, webhook: Webhook, result: str) -> None:
    job = new_job()
    await publish(target, body_of(outcome_of(job, 0, result)))
    with pytest.raises(Misused, match=result):
        await again(job, target)
    assert webhook.requests == []


async def test_a_job_with_a_verdict_is_not_tried_again(target: Target, webhook: Webhook) -> None:
    job = new_job()
    await publish(target, body_of(outcome_of(job, 0)))
    async with TableClient.from_connection_string(target.verdict_storage.secret, "verdicts") as table:
        await table.upsert_entity({"PartitionKey": "local", "RowKey": job, "Deployable": False})
    with pytest.raises(Misused, match="has its verdict"):
        await again(job, target)
    assert webhook.requests == []


async def test_what_nobody_heard_of_is_not_tried_again(target: Target, webhook: Webhook) -> None:
    with pytest.raises(NotDecided, match="--outcome"):
        await again(new_job(), target)
    assert webhook.requests == []


async def test_a_saved_outcome_stands_in_for_one_that_is_gone(
    target: Target, webhook: Webhook, tmp_path: Path
) -> None:
    job, path = new_job(), tmp_path / "outcome.json"
    path.write_bytes(body_of(outcome_of(job, 4)))
    with pytest.raises(Misused, match="no outcome of job other"):
        await again("other", target, path)
    await again(job, target, path)
    [(_, _, event)] = webhook.requests
    assert event["data"]["attempt"] == 5
    path.write_text(json.dumps({"no": "event"}))
    with pytest.raises(Misused):
        await again(job, target, path)
