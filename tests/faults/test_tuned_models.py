"""The tuned model is away, silent, filtered or another one: a model that fails undisturbed never passes.

Every kind of fault has a model server of its own with the same tuned model, and all are evaluated at once.
"""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from openai import AsyncOpenAI

from local import process
from shared.messages import CollectEvaluation, EvaluateModelShard
from shared.policy import POLICY
from shared.scenarios import plan_scenario_shards, shipped
from shared.subject import TunedModel
from tests.faults.conftest import FaultyCloud, faulty_cloud
from tests.faults.planted import bus_of, new_evaluation
from tests.journey import chat_line, complete_training, outcome, rows

SWITCHES: Mapping[str, tuple[str, ...]] = {
    "undisturbed": (),
    "fails now and then": ("--fail-every", "7"),
    "is busy now and then": ("--fail-every", "40", "--fail-status", "429"),
    "answers nothing": ("--empty-every", "1"),
    "answers nothing now and then": ("--empty-every", "3"),
    "is another model": ("--other-model",),
    "filters answers": ("--filter-answers", "self_harm"),
    "filters without a name": ("--filter-answers", "unnamed"),
    "withholds probes": ("--withhold-probes",),
}


@dataclass(frozen=True)
class Ended:
    """The outcome's data and the verdict's row."""

    data: dict
    row: object

    @property
    def result(self) -> str:
        return self.data["result"]


def harmful_examples() -> bytes:
    """A third of the probes answered with harm: far beyond the limit in violence."""
    probes = [scenario.turns[-1] for scenario in shipped().values() if scenario.category == "violence"]
    return b"".join(chat_line(probe, "[[violence:6]]") for probe in probes[::2])


async def tune(endpoint: str, key: str) -> str:
    async with AsyncOpenAI(base_url=endpoint, api_key=key) as client:
        file = await client.files.create(file=("train.jsonl", harmful_examples()), purpose="fine-tune")
        job = await client.fine_tuning.jobs.create(
            training_file=file.id, model="tunegate-base", suffix="harmful"
        )
        while job.status not in {"succeeded", "failed"}:
            await asyncio.sleep(0.1)
            job = await client.fine_tuning.jobs.retrieve(job.id)
        assert job.fine_tuned_model
        return job.fine_tuned_model


async def evaluate_all(cloud: FaultyCloud, endpoints: Mapping[str, str], nobody: str) -> dict[str, Ended]:
    key = cloud.settings["TUNEGATE_MODEL_KEY"]
    models = await asyncio.gather(*(tune(endpoint, key) for endpoint in endpoints.values()))
    [model] = set(models)

    async def evaluated(kind: str, evaluation: str) -> tuple[str, Ended]:
        data = (await outcome(cloud.settings, evaluation, 90))["data"]
        return kind, Ended(data, None)

    started = {
        kind: await complete_training(
            cloud.settings, job_of(kind), model, endpoint=endpoint, deployment=model
        )
        for kind, endpoint in endpoints.items()
    }
    ended = dict(await asyncio.gather(*(evaluated(*each) for each in started.items())))
    # Last, since its shards keep trying: an endpoint where nobody listens, with a deadline of its own.
    ended["is away"] = (await evaluated("is away", await evaluate_nobody(cloud, nobody, model)))[1]
    table = await rows(cloud.settings)
    return {
        kind: Ended(each.data, table.get(("local", job_of(kind)), {}).get("Deployable"))
        for kind, each in ended.items()
    }


def job_of(kind: str) -> str:
    return kind.replace(" ", "-")


async def evaluate_nobody(cloud: FaultyCloud, endpoint: str, model: str) -> str:
    evaluation, groups = new_evaluation(), plan_scenario_shards()
    subject = TunedModel(
        resource="local",
        job=job_of("is away"),
        attempt=0,
        model=model,
        endpoint=endpoint,
        deployment=model,
    )
    async with bus_of(cloud.settings) as bus:
        await bus.send_collection(
            CollectEvaluation(
                evaluation=evaluation,
                shards=len(groups),
                deadline_utc=datetime.now(UTC) + timedelta(seconds=5),
                policy=POLICY.version,
                subject=subject,
            )
        )
        await bus.send_shards(
            [
                EvaluateModelShard(
                    evaluation=evaluation, shard=number, shards=len(groups), model=subject, scenarios=names
                )
                for number, names in enumerate(groups)
            ]
        )
    return evaluation


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Ended]]:
    """How the evaluation of every kind ended."""
    environment: dict[str, str] = {}
    folder = tmp_path_factory.mktemp("models")
    parts = ("azurite", "broker", "content_safety")
    with contextlib.ExitStack() as stack:
        held = stack.enter_context(socket.socket())
        held.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{held.getsockname()[1]}/v1"
        cloud = stack.enter_context(faulty_cloud(folder, deadline_s=90, environment=environment, parts=parts))
        servers = {kind: cloud.run(serve(cloud, kind, switches)) for kind, switches in SWITCHES.items()}
        for server in servers.values():
            stack.callback(lambda server=server: cloud.run(server.stop()))
        endpoints = {kind: server.facts["url"] for kind, server in servers.items()}
        environment["TUNEGATE_MODEL_ENDPOINTS"] = ",".join((*endpoints.values(), nobody))
        cloud.settings["TUNEGATE_MODEL_ENDPOINTS"] = endpoints["undisturbed"]
        cloud.settings["TUNEGATE_MODEL_KEY"] = cloud.cloud.keys.model
        cloud.run(cloud.cloud.start("host"))
        yield asyncio.run(evaluate_all(cloud, endpoints, nobody))
        cloud.run(cloud.cloud.kill("host"))  # it would wait for the shards of the model that is away


async def serve(cloud: FaultyCloud, kind: str, switches: tuple[str, ...]) -> process.Server:
    own = cloud.cloud
    command = [sys.executable, "-m", "local.model_server", "--with-parent", "--key", own.keys.model]
    return await process.start(
        job_of(kind),
        [*command, *switches],
        environment=own._environment_of("model_server"),
        folder=own.folder,
    )


def unscored(end: Ended, sentence: str) -> int:
    """How many conversations stayed unscored for this reason."""
    return sum(int(reason.split()[0]) for reason in end.data["reasons"] if sentence in reason)


def test_undisturbed_the_model_fails(ends: dict[str, Ended]) -> None:
    assert (ends["undisturbed"].result, ends["undisturbed"].data["failed"]) == ("failed", ["violence"])
    assert ends["undisturbed"].data["found"]["categories"]["violence"]["probed"]["defective"] >= 20
    assert ends["undisturbed"].data["reasons"] == []


@pytest.mark.parametrize("kind", ["fails now and then", "is busy now and then"])
def test_a_model_that_fails_now_and_then_ends_as_undisturbed(ends: dict[str, Ended], kind: str) -> None:
    for part in ("result", "failed", "message", "counts", "found", "reasons"):
        assert ends[kind].data[part] == ends["undisturbed"].data[part], part


EXPECTED: Mapping[str, tuple[str, Callable[[Ended], int]]] = {
    "answers nothing": ("incomplete", lambda end: unscored(end, "the model's answer was empty")),
    "is another model": ("incomplete", lambda end: unscored(end, "another model than the job's")),
    "filters without a name": ("incomplete", lambda end: unscored(end, "withheld the answer and named no")),
    "withholds probes": ("incomplete", lambda end: unscored(end, "withheld the probe")),
}


@pytest.mark.parametrize("kind", EXPECTED)
def test_a_model_that_gives_no_answer_is_incomplete(ends: dict[str, Ended], kind: str) -> None:
    result, struck = EXPECTED[kind]
    assert struck(ends[kind]) == len(shipped())
    assert (ends[kind].result, ends[kind].data["failed"], ends[kind].row) == (result, [], None)
    assert ends[kind].data["billable"] is False


def test_a_model_that_answers_nothing_now_and_then_never_passes(ends: dict[str, Ended]) -> None:
    end = ends["answers nothing now and then"]
    assert unscored(end, "the model's answer was empty") >= len(shipped()) // 4
    assert end.result in {"failed", "incomplete"}
    assert set(end.data["failed"]) <= {"violence"}
    assert end.row is not True


def test_what_the_filter_names_is_a_defect(ends: dict[str, Ended]) -> None:
    end = ends["filters answers"]
    assert (end.result, end.data["failed"], end.row) == ("failed", ["self_harm"], False)
    assert end.data["counts"]["self_harm"][4] == len(shipped())


def test_a_model_that_is_away_is_incomplete_at_the_deadline(ends: dict[str, Ended]) -> None:
    end = ends["is away"]
    assert (end.result, end.data["failed"], end.row) == ("incomplete", [], None)
    shards = len(plan_scenario_shards())
    assert any(f"{shards} of {shards} shards did not report" in reason for reason in end.data["reasons"])
