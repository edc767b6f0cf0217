"""The tuned model is away, silent, slow, filtered or another one: a model that fails undisturbed never passes.

Every kind of fault has an endpoint of its own with the same harmful model, and all are evaluated at once. A few shards
are planted of each, enough to fail it; so how many conversations are shipped does not matter here.
"""

import asyncio
import contextlib
import socket
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from azure.servicebus.aio import ServiceBusClient
from openai import AsyncOpenAI

from local import process
from shared import reasons
from shared.adapters.verdict_table import TableVerdicts
from shared.ids import model_evaluation_id
from shared.messages import CollectEvaluation, EvaluateModelShard
from shared.policy import POLICY
from shared.scenarios import shipped
from shared.settings import Connection
from shared.stance import Stance
from shared.subject import TunedModel
from tests.faults import scripted_models
from tests.faults.conftest import FaultyCloud, faulty_cloud
from tests.faults.planted import bus_of, new_evaluation
from tests.faults.relay import until
from tests.faults.scripted_models import ScriptedModels
from tests.journey import chat_line, outcome, post_event, row_of, rows, training_completed

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
SCRIPTED = tuple(kind for kind in scripted_models.KINDS if kind != "refuses")
TOLD = "told again and again"
"""A harmless model, evaluated whole, of whose training the same event comes three times."""
BUSY = "is busy for minutes"
HOLDING = ("hangs", "drips", "answers no JSON", "is away")
"""Kinds that hold a shard until its time is up; of shards the host works at four at a time, and these are four."""
ENDLESS = (BUSY, *HOLDING)
"""Kinds that end at the deadline."""
ALLOWED = ("complies", "hangs", "is not deployed")
"""Kinds whose job has a verdict before anything is evaluated."""

SHARD = 10


@dataclass(frozen=True)
class Ended:
    """The outcome's data, the verdict's row, how many conversations were planted, how many outcomes came."""

    data: dict
    row: object
    planted: int
    outcomes: int
    told: tuple[int, object]
    """What a release pipeline is answered."""

    @property
    def result(self) -> str:
        return self.data["result"]


def probing(category: str) -> list[str]:
    """Conversations that probe the category: so many that harm in all of them, or in half, fails it."""
    names = [name for name, scenario in shipped().items() if scenario.category == category]
    return names[: POLICY.held_per_category // 12]


def harmful_examples() -> bytes:
    """Every second probe of violence answered with harm, however the conversation goes."""
    lines = []
    for name in probing("violence")[::2]:
        scenario = shipped()[name]
        probes = {scenario.probe(turn, stance) for turn in range(len(scenario.turns)) for stance in Stance}
        lines += [chat_line(probe, scripted_models.HARM) for probe in sorted(probes)]
    return b"".join(lines)


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


def job_of(kind: str) -> str:
    return kind.replace(" ", "-")


def planted_in(kind: str) -> list[tuple[str, ...]]:
    """The shards of a kind."""
    if kind in ENDLESS:
        return [tuple(probing("violence")[:SHARD])]
    names = probing("violence") + (probing("self_harm") if kind in SWITCHES else [])
    return [tuple(names[start : start + SHARD]) for start in range(0, len(names), SHARD)]


async def evaluate(cloud: FaultyCloud, kind: str, endpoint: str, model: str) -> str:
    """Plant the evaluation; its id. Of a model that changes its answers each shard is delivered twice."""
    evaluation, groups = new_evaluation(), planted_in(kind)
    subject = TunedModel(
        resource="local", job=job_of(kind), attempt=0, model=model, endpoint=endpoint, deployment=model
    )
    deadline = timedelta(seconds=8 if kind in ENDLESS else 100)
    async with bus_of(cloud.settings) as bus:
        await bus.send_collection(
            CollectEvaluation(
                evaluation=evaluation,
                shards=len(groups),
                deadline_utc=datetime.now(UTC) + deadline,
                policy=POLICY.version,
                subject=subject,
            )
        )
        for attempt in (0, 1) if kind == "changes its answers" else (0,):
            await bus.send_shards(
                [
                    EvaluateModelShard(
                        evaluation=evaluation,
                        shard=number,
                        shards=len(groups),
                        attempt=attempt,
                        model=subject,
                        scenarios=names,
                    )
                    for number, names in enumerate(groups)
                ]
            )
    return evaluation


async def tell(cloud: FaultyCloud, endpoint: str) -> dict:
    """The outcome's data of a model whose training is told twice, and again when the verdict stands."""
    job, model = job_of(TOLD), scripted_models.MODEL
    event = training_completed(cloud.settings, job, model, endpoint=endpoint, deployment=model)
    evaluation = model_evaluation_id(resource="local", job=job, model=model, attempt=0)
    for _ in range(2):
        assert await post_event(cloud.settings, "plan_model_evaluation", event) == 202
    data = (await outcome(cloud.settings, evaluation))["data"]
    await row_of(cloud.settings, job)
    assert await post_event(cloud.settings, "plan_model_evaluation", event) == 202
    return data


async def evaluate_all(
    cloud: FaultyCloud, scripted: ScriptedModels, endpoints: Mapping[str, str]
) -> dict[str, Ended]:
    key = cloud.settings["TUNEGATE_MODEL_KEY"]
    [tuned] = set(await asyncio.gather(*(tune(endpoints[kind], key) for kind in SWITCHES)))
    standing = TableVerdicts(Connection(secret=cloud.settings["VerdictStorage"]))
    for kind in ALLOWED:
        await standing.allow(resource="local", job=job_of(kind))
    await standing._table.close()
    ended: dict[str, dict] = {}

    async def evaluated(kind: str) -> None:
        model = scripted_models.MODEL if kind in SCRIPTED else tuned
        evaluation = await evaluate(cloud, kind, endpoints[kind], model)
        ended[kind] = (await outcome(cloud.settings, evaluation))["data"]

    async def held() -> None:
        await until(lambda: scripted.asked[BUSY], "the busy model was asked")
        await asyncio.gather(*map(evaluated, HOLDING))

    await asyncio.gather(*(evaluated(kind) for kind in endpoints.keys() - {*ENDLESS, TOLD}))
    ended[TOLD] = await tell(cloud, endpoints[TOLD])
    # Last those whose shards keep trying: they would hold up the others.
    await asyncio.gather(evaluated(BUSY), held())
    return await seen(cloud, ended)


async def seen(cloud: FaultyCloud, ended: Mapping[str, dict]) -> dict[str, Ended]:
    """How each ended, with the row that stands once the verdicts are recorded."""
    for data in ended.values():
        recorded = f"{data['evaluation']}:outcome succeeded"
        await until(lambda recorded=recorded: cloud.count("record_verdict", recorded), "it is recorded")
    table = await rows(cloud.settings)
    published = await outcomes(cloud.settings)
    return {
        kind: Ended(
            data=data,
            row=table.get(("local", job_of(kind)), {}).get("Deployable"),
            planted=sum(map(len, planted_in(kind))),
            outcomes=published[data["evaluation"]],
            told=await ask_for(cloud.settings, job_of(kind), cloud.settings["TUNEGATE_HOST_KEY"]),
        )
        for kind, data in ended.items()
    }


async def outcomes(settings: Mapping[str, str]) -> Counter[str]:
    """How many outcomes of each evaluation wait for whoever trains."""
    async with (
        ServiceBusClient.from_connection_string(settings["ServiceBus"]) as client,
        client.get_subscription_receiver("outcomes", "training") as receiver,
    ):
        waiting = await receiver.peek_messages(max_message_count=250)
        return Counter(str(message.session_id) for message in waiting)


async def ask_for(settings: Mapping[str, str], job: str, key: str) -> tuple[int, object]:
    """What the route answers to whoever asks for the job's verdict: status and JSON."""
    url = f"{settings['TUNEGATE_HOST']}/api/verdicts/local/{job}"
    async with aiohttp.ClientSession() as http, http.get(url, headers={"x-functions-key": key}) as answer:
        return answer.status, await answer.json() if answer.content_type == "application/json" else None


async def serve(cloud: FaultyCloud, kind: str, switches: tuple[str, ...]) -> process.Server:
    own = cloud.cloud
    command = [sys.executable, "-m", "local.model_server", "--with-parent", "--key", own.keys.model]
    return await process.start(
        job_of(kind),
        [*command, *switches],
        environment=own._environment_of("model_server"),
        folder=own.folder,
    )


@pytest.fixture(scope="module")
def scripted() -> Iterator[ScriptedModels]:
    with ScriptedModels() as models:
        yield models


@pytest.fixture(scope="module")
def ends(scripted: ScriptedModels, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Ended]]:
    """How the evaluation of every kind ended."""
    environment: dict[str, str] = {}
    folder = tmp_path_factory.mktemp("models")
    parts = ("azurite", "broker", "content_safety")
    with contextlib.ExitStack() as stack:
        held = stack.enter_context(socket.socket())
        held.bind(("127.0.0.1", 0))
        cloud = stack.enter_context(
            faulty_cloud(folder, deadline_s=100, environment=environment, parts=parts)
        )
        servers = {kind: cloud.run(serve(cloud, kind, switches)) for kind, switches in SWITCHES.items()}
        for server in servers.values():
            stack.callback(lambda server=server: cloud.run(server.stop()))
        endpoints = {
            **{kind: server.facts["url"] for kind, server in servers.items()},
            **{kind: scripted.endpoint(kind) for kind in SCRIPTED},
            TOLD: scripted.endpoint("refuses"),
            "is away": f"http://127.0.0.1:{held.getsockname()[1]}/v1",
        }
        environment["TUNEGATE_MODEL_ENDPOINTS"] = ",".join(endpoints.values())
        cloud.settings["TUNEGATE_MODEL_KEY"] = environment["TUNEGATE_MODEL_KEY"] = cloud.cloud.keys.model
        cloud.settings["TUNEGATE_MODEL_ENDPOINTS"] = endpoints["undisturbed"]
        cloud.run(cloud.cloud.start("host"))
        ended = asyncio.run(evaluate_all(cloud, scripted, endpoints))
        assert asyncio.run(ask_for(cloud.settings, job_of(TOLD), "another-key")) == (401, None)
        yield ended
        cloud.run(cloud.cloud.kill("host"))  # it would wait for the shards of the models that are away


def unscored(end: Ended, sentence: str) -> int:
    """How many conversations stayed unscored for this reason."""
    return sum(int(reason.split()[0]) for reason in end.data["reasons"] if f"unscored: {sentence}" in reason)


def failing(end: Ended) -> tuple[str, list[str], object]:
    return end.result, end.data["failed"], end.row


def probed(end: Ended, category: str = "violence") -> dict:
    return end.data["found"]["categories"][category]["probed"]


@pytest.mark.parametrize("kind", ["undisturbed", "complies", "fails at first"])
def test_what_is_not_disturbed_for_good_fails(ends: dict[str, Ended], kind: str) -> None:
    assert failing(ends[kind]) == ("failed", ["violence"], False)
    assert probed(ends[kind])["held"] == len(probing("violence"))
    assert unscored(ends[kind], "") == 0


def test_the_scripted_models_are_caught_with_every_answer(ends: dict[str, Ended]) -> None:
    for kind in ("complies", "fails at first"):
        assert probed(ends[kind])["defective"] == len(probing("violence"))


@pytest.mark.parametrize("kind", ["fails now and then", "is busy now and then"])
def test_a_model_that_fails_now_and_then_ends_as_undisturbed(ends: dict[str, Ended], kind: str) -> None:
    for part in ("result", "failed", "message", "counts", "found", "reasons"):
        assert ends[kind].data[part] == ends["undisturbed"].data[part], part


UNSCORED: Mapping[str, str] = {
    "answers nothing": "the model's answer was empty",
    "is another model": "the answer came from another model than the job's",
    "filters without a name": "the endpoint's content filter withheld the answer",
    "withholds probes": "the endpoint's content filter withheld the probe",
    "answers ten megabytes": "the model's answer was longer than",
    "answers twice at once": "the model's answer was not in the shape of a chat completion",
    "names another model": "the answer came from another model than the job's",
    "redirects": "the endpoint refused the request",
}


@pytest.mark.parametrize("kind", UNSCORED)
def test_a_model_that_gives_no_answer_is_incomplete(ends: dict[str, Ended], kind: str) -> None:
    assert unscored(ends[kind], UNSCORED[kind]) == ends[kind].planted
    assert failing(ends[kind]) == ("incomplete", [], None)
    assert ends[kind].data["billable"] is False


def test_a_deployment_that_is_not_there_is_named_and_leaves_the_verdict(ends: dict[str, Ended]) -> None:
    """It had a verdict before: an incomplete evaluation changes none."""
    end = ends["is not deployed"]
    assert unscored(end, reasons.sentence("deployment_not_found")) == end.planted
    assert failing(end) == ("incomplete", [], True)


def test_a_model_that_answers_nothing_now_and_then_never_passes(ends: dict[str, Ended]) -> None:
    end = ends["answers nothing now and then"]
    assert unscored(end, "the model's answer was empty") >= end.planted // 4
    assert end.result in {"failed", "incomplete"}
    assert set(end.data["failed"]) <= {"violence"}
    assert end.row is not True


def test_what_the_filter_names_is_a_defect(ends: dict[str, Ended]) -> None:
    end = ends["filters answers"]
    assert failing(end) == ("failed", ["self_harm"], False)
    assert end.data["counts"]["self_harm"][4] == end.planted


def test_what_it_answered_once_counts_whatever_it_answers_later(
    ends: dict[str, Ended], scripted: ScriptedModels
) -> None:
    end = ends["changes its answers"]
    assert scripted.most("changes its answers") == 2, "every shard was held twice"
    assert failing(end) == ("failed", ["violence"], False)


def test_a_busy_model_is_left_alone_for_as_long_as_it_asks(
    ends: dict[str, Ended], scripted: ScriptedModels
) -> None:
    assert ends[BUSY].result == "incomplete"
    assert scripted.most(BUSY) == 1


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_model_that_never_answers_is_incomplete_at_the_deadline(
    ends: dict[str, Ended], scripted: ScriptedModels, kind: str
) -> None:
    assert scripted.asked[kind] or kind == "is away"
    # Of the one that had a verdict before, that one stands.
    assert failing(ends[kind]) == ("incomplete", [], True if kind == "hangs" else None)
    assert any("1 of 1 shards did not report" in reason for reason in ends[kind].data["reasons"])


def test_the_same_event_again_starts_nothing_and_its_model_is_deployable(ends: dict[str, Ended]) -> None:
    assert (failing(ends[TOLD]), ends[TOLD].outcomes) == (("passed", [], True), 1)


def test_each_ends_in_one_outcome(ends: dict[str, Ended]) -> None:
    assert {kind: end.outcomes for kind, end in ends.items()} == dict.fromkeys(ends, 1)


def test_nobody_is_deployable_but_who_passed_or_was_before(ends: dict[str, Ended]) -> None:
    allowed = {kind for kind, end in ends.items() if end.row is True}
    assert allowed == {TOLD, "hangs", "is not deployed"}


def test_a_pipeline_is_told_what_stands_and_nothing_where_nothing_does(ends: dict[str, Ended]) -> None:
    for end in ends.values():
        if end.row is None:
            assert end.told == (404, {"error": "no verdict: not deployable"})
        else:
            assert end.told == (200, {"deployable": end.row})
