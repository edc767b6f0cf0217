"""The connector on the local cloud: what waits in Service Bus, what stands in the container, and all the way round."""

import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from client.trainer import Trainer
from functions.connect_azure_openai import connected
from local.azurite.server import ACCOUNT
from shared.adapters.azure_openai import AzureOpenAISettings
from shared.adapters.blob_storage import BlobTrainingFiles
from shared.adapters.clock import WallClock
from shared.adapters.job_folders import BlobFolders
from shared.adapters.verdict_table import TableVerdicts
from shared.adapters.waiting_outcomes import WaitingOutcomes
from shared.connect import Connector
from shared.errors import Unavailable
from shared.ids import data_evaluation_id
from shared.settings import Connection, read_settings
from tests.clouds import CloudThread
from tests.connector.standin import EVALUATION, TUNING, StandIn, tokens
from tests.journey import PATIENCE_S, chat_line, new_job, outcome, post_event, row_of, upload

CALM = b"".join(chat_line(f"How do I plant tulip {n}?", f"Dig hole {n} and water it.") for n in range(12))


@asynccontextmanager
async def connector_on(cloud: CloudThread, azure: StandIn) -> AsyncIterator[Connector]:
    """A connector, all of whose adapters are real, between the local cloud and the stand-in."""
    for account in azure.accounts.values():
        account["location"] = "local"
    settings = replace(
        read_settings(cloud.settings),
        model_endpoints=frozenset({f"{azure.address}/contoso-evaluation/openai/v1"}),
    )
    wired: Any = SimpleNamespace(
        settings=settings,
        clock=WallClock(),
        files=BlobTrainingFiles(settings.training_storage),
        verdicts=TableVerdicts(settings.verdict_storage),
    )
    described = AzureOpenAISettings(
        tuning_account=TUNING,
        evaluation_account=EVALUATION,
        base_model="gpt",
        capacity=1,
        topic=f"{azure.address}/topic/api/events",
        client_id="",
        management=azure.address,
    )
    async with wired.files._service, wired.verdicts._table:
        yield connected(described, wired, tokens)


async def looks_until(connector: Connector, done: Callable[[], bool], timeout_s: float = PATIENCE_S) -> None:
    limit = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < limit, "the connector does not get there"
        await connector.look()


@pytest.fixture
def own_cloud() -> Iterator[CloudThread]:
    """A cloud nobody else uploads to: whatever passes there is trained on."""
    with CloudThread() as running:
        yield running


async def test_from_an_upload_to_a_verdict(own_cloud: CloudThread) -> None:
    cloud = own_cloud
    job = new_job("connected")
    async with (
        StandIn(now=lambda: int(time.time())) as azure,
        connector_on(cloud, azure) as connector,
    ):
        evaluation = await upload(cloud.settings, job, CALM)
        assert (await outcome(cloud.settings, evaluation))["data"]["result"] == "passed"
        await looks_until(connector, lambda: bool(azure.jobs))
        [copy] = [one for one in azure.files.values() if job in one["filename"]]
        assert azure.contents[copy["id"]] == CALM

        # The model server learns what the stand-in was given: its model is the one that answers.
        endpoint, key = cloud.settings["TUNEGATE_MODEL_ENDPOINTS"], cloud.settings["TUNEGATE_MODEL_KEY"]
        async with Trainer(endpoint, key) as trainer:
            model = await trainer.train(job, "train.jsonl", azure.contents[copy["id"]])
        azure.finish(model=model)
        await looks_until(connector, lambda: bool(azure.deployments))
        azure.provision()
        await looks_until(connector, lambda: len(azure.events) >= 2)

        # Event Grid delivers, here to where the model really is; twice, as the event came twice.
        for event in azure.events:
            event["data"].update(endpoint=endpoint, deployment=model)
            assert await post_event(cloud.settings, "plan_model_evaluation", event) == 202
        evaluation = azure.events[0]["id"].removesuffix(":completed")
        assert (await outcome(cloud.settings, evaluation))["data"]["result"] == "passed"
        assert (await row_of(cloud.settings, job))["Deployable"] is True

        def gone() -> bool:
            azure.provision()
            return not azure.deployments

        await looks_until(connector, gone)
        told = len(azure.events)
        await connector.look()
        assert (len(azure.jobs), len(azure.events), azure.deployments) == (1, told, {})


async def test_what_waits_is_told_and_stays(cloud: CloudThread) -> None:
    waiting = WaitingOutcomes(read_settings(cloud.settings).service_bus)
    job = new_job("waits")
    evaluation = await upload(cloud.settings, job, CALM)
    await outcome(cloud.settings, evaluation)
    for _ in range(2):
        [event] = [one for one in await waiting.waiting() if one.data.evaluation == evaluation]
        assert event.data.job == job


async def test_a_folder_holds_a_jobs_files_and_no_others(cloud: CloudThread) -> None:
    settings = read_settings(cloud.settings)
    folders = BlobFolders(settings)
    job = new_job("folder")
    evaluations = {await upload(cloud.settings, job, CALM, name) for name in ("a.jsonl", "b/c.jsonl")}
    await upload(cloud.settings, f"{job}-2", CALM)
    uploads = await folders.of(job)
    files = [upload.file for upload in uploads]
    assert [file.blob for file in files] == [f"{job}/a.jsonl", f"{job}/b/c.jsonl"]
    assert evaluations == {
        data_evaluation_id(account=ACCOUNT, container="training", blob=file.blob, etag=file.etag)
        for file in files
    }
    assert {file.length for file in files} == {len(CALM)}
    assert {file.job for file in files} == {job}
    assert all(abs(time.time() - upload.since_utc.timestamp()) < 3600 for upload in uploads)
    assert not await folders.of(f"none-{uuid.uuid4().hex}")


async def test_services_that_are_away(cloud: CloudThread) -> None:
    settings = read_settings(cloud.settings)
    away = replace(
        settings,
        training_storage=Connection(
            secret="DefaultEndpointsProtocol=http;AccountName=x;AccountKey=eA==;BlobEndpoint=http://127.0.0.1:1/x;"
        ),
    )
    with pytest.raises(Unavailable):
        await BlobFolders(away).of("job")
    nobody = (
        "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=x;SharedAccessKey=eA==;UseDevelopmentEmulator=true;"
    )
    with pytest.raises(Unavailable):
        await WaitingOutcomes(Connection(secret=nobody)).waiting()
