"""The ports' contract suites on real resources: the same tests, other fixtures."""

import asyncio
import io
import json
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shared.adapters.blob_storage import BlobTrainingFiles
from shared.adapters.chat_model import OpenAIChat
from shared.adapters.content_safety import CLASSIFIER, ContentSafety
from shared.adapters.service_bus import ServiceBus
from shared.adapters.verdict_table import TableVerdicts
from shared.errors import Unscorable
from shared.harm import HarmCategory
from shared.ports import Delivered, TallySession, Turn
from shared.settings import read_settings
from shared.subject import TrainingFile, TunedModel
from shared.windows import MAX_CODE_POINTS
from tests.cloud import clients
from tests.cloud.named import MODEL, MODEL_DEPLOYMENT, NamedCloud
from tests.contract.mail import ServedMail
from tests.contract.test_bus import PROMISES, Promise, _check_all
from tests.contract.test_training_files import (
    named,
    test_a_deleted_file_is_told,
    test_a_file_of_many_chunks_comes_whole,
    test_a_file_replaced_while_it_is_read_is_told,
    test_a_length_that_is_not_the_files_is_told,
    test_a_read_gives_the_files_bytes_from_the_first_one_on,
    test_a_replaced_file_is_told_even_when_only_its_version_differs,
    test_behind_the_end_there_is_nothing,
)
from tests.contract.test_verdicts import (
    job,
    test_a_race_of_allow_and_deny_ends_not_deployable,
    test_a_verdict_is_allowed_once_and_never_raised,
    test_a_verdict_is_read_under_both_its_names_as_they_are_spelled,
    test_verdicts_of_other_jobs_stay,
)

# What is not here plays a server that is away or that answers nonsense: no real one does so on demand.
__all__ = [
    "job",
    "test_a_deleted_file_is_told",
    "test_a_file_of_many_chunks_comes_whole",
    "test_a_file_replaced_while_it_is_read_is_told",
    "test_a_length_that_is_not_the_files_is_told",
    "test_a_race_of_allow_and_deny_ends_not_deployable",
    "test_a_read_gives_the_files_bytes_from_the_first_one_on",
    "test_a_replaced_file_is_told_even_when_only_its_version_differs",
    "test_a_verdict_is_allowed_once_and_never_raised",
    "test_a_verdict_is_read_under_both_its_names_as_they_are_spelled",
    "test_behind_the_end_there_is_nothing",
    "test_verdicts_of_other_jobs_stay",
]

PATIENCE_S = 5
"""How much longer than on a broker of one's own a message may take."""
HARMFUL = Path(__file__).parents[2] / "samples" / "harmful.jsonl"


class NamedStore:
    """A blob of the training container, and the adapter that reads it."""

    def __init__(self, cloud: NamedCloud) -> None:
        self._cloud = cloud
        self._blob = f"contract-{uuid.uuid4().hex[:8]}/file.jsonl"
        self.files = BlobTrainingFiles(cloud.target.training_storage)

    async def put(self, content: bytes) -> TrainingFile:
        async with clients.blob(self._cloud, self._blob) as client:
            done = await client.upload_blob(io.BytesIO(content), overwrite=True)
        return named(done["etag"].strip('"'), len(content), self._blob)

    async def delete(self) -> None:
        async with clients.blob(self._cloud, self._blob) as client:
            await client.delete_blob()


@pytest.fixture
async def store(servers: NamedCloud) -> AsyncIterator[NamedStore]:
    made = NamedStore(servers)
    yield made
    await made.files._service.close()
    async with clients.blob(servers, made._blob) as client:
        if await client.exists():
            await client.delete_blob()
    await clients.forget_identities(servers)


class NamedTable:
    """The verdict table, and a look at a row of it."""

    def __init__(self, cloud: NamedCloud) -> None:
        self._cloud = cloud
        self.verdicts = TableVerdicts(cloud.target.verdict_storage)

    async def row(self, job: str) -> bool | None:
        found = await clients.row(self._cloud, job, "local")
        return None if found is None else found["Deployable"]


@pytest.fixture
async def table(servers: NamedCloud, job: str) -> AsyncIterator[NamedTable]:
    made = NamedTable(servers)
    yield made
    await made.verdicts._table.close()
    async with clients.verdict_table(servers) as client:
        for name in (job, f"{job}.2"):
            await client.delete_entity("local", name)
    await clients.forget_identities(servers)


class PatientSession:
    """A session that waits longer than it is told before it says that nothing more is there."""

    def __init__(self, session: TallySession) -> None:
        self._session = session

    async def receive(self, idle_s: float) -> Sequence[Delivered]:
        return await self._session.receive(idle_s + PATIENCE_S)


class PatientBus(ServiceBus):
    """The adapter, with sessions that are patient."""

    @asynccontextmanager
    async def _tallies(self, evaluation: str) -> AsyncIterator[PatientSession]:
        async with super()._tallies(evaluation) as session:
            yield PatientSession(session)


class NamedMail(ServedMail):
    """A bus that is named, and a look at what came out of it."""

    def __init__(self, cloud: NamedCloud, client: clients.ServiceBusClient) -> None:
        self.bus = PatientBus(cloud.target.service_bus)
        self._client = client
        self._came = defaultdict(list)

    async def taken(self, kind: str, evaluation: str, *, after_s: float = 0.5) -> list[bytes]:
        if kind != "event":
            return await super().taken(kind, evaluation, after_s=after_s + PATIENCE_S)
        came: list[bytes] = []
        receiver = self._client.get_subscription_receiver("outcomes", "watchers", session_id=evaluation)
        async with receiver:
            while batch := await receiver.receive_messages(50, max_wait_time=PATIENCE_S):
                came.extend(b"".join(message.body) for message in batch)
        return came


async def _check(cloud: NamedCloud) -> dict[str, BaseException | None]:
    async with clients.bus(cloud) as client:
        mail = NamedMail(cloud, client)
        async with mail.collecting():
            results = await _check_all(mail)
    await clients.forget_identities(cloud)
    return results


@pytest.fixture(scope="module")
def kept(servers: NamedCloud) -> dict[str, BaseException | None]:
    return asyncio.run(_check(servers))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("check", PROMISES, ids=lambda check: check.__name__)
def test_the_bus_keeps_it(kept: dict[str, BaseException | None], check: Promise) -> None:
    if broken := kept[check.__name__]:
        raise broken


@pytest.fixture
async def classifier(servers: NamedCloud) -> AsyncIterator[ContentSafety]:
    made = ContentSafety(read_settings(servers.settings).content_safety)
    yield made
    await made._client.close()
    await clients.forget_identities(servers)


async def test_a_harmless_text_has_a_low_severity_in_every_category(
    classifier: ContentSafety, servers: NamedCloud
) -> None:
    analysis = await classifier.analyze("The parcel left the warehouse this morning.")
    assert set(analysis.severities) == set(HarmCategory)
    assert all(severity is not None and severity < 2 for severity in analysis.severities.values())
    assert (analysis.classifier == CLASSIFIER) is servers.is_azure


async def test_the_samples_harm_is_found(classifier: ContentSafety) -> None:
    records = [json.loads(line) for line in HARMFUL.read_bytes().splitlines()]
    # The six harmful records stand among two hundred harmless ones; their texts are told by nothing but the service.
    texts = [record["messages"][-1]["content"] for record in records]
    worst = [
        max(filter(None, (await classifier.analyze(text)).severities.values()), default=0) for text in texts
    ]
    assert 1 <= sum(severity >= 4 for severity in worst) <= 12


async def test_the_limit_is_ten_thousand_code_points(classifier: ContentSafety) -> None:
    text = "word " * (MAX_CODE_POINTS // 5)
    assert set((await classifier.analyze(text)).severities) == set(HarmCategory)
    with pytest.raises(Unscorable) as refused:
        await classifier.analyze(text + "x")
    assert refused.value.reason == "classifier_refused"


@pytest.fixture
async def chat(servers: NamedCloud) -> AsyncIterator[OpenAIChat]:
    made = OpenAIChat(read_settings(servers.settings))
    yield made
    await made.close()
    await clients.forget_identities(servers)


def deployed(cloud: NamedCloud, deployment: str) -> TunedModel:
    target = cloud.target
    return TunedModel(
        resource=target.resource,
        job="job",
        attempt=0,
        model=cloud.settings[MODEL],
        endpoint=target.model_endpoint,
        deployment=deployment,
    )


QUESTION = Turn(role="user", content="Which month follows May? Answer in one sentence.")


@pytest.mark.parametrize(
    "turns", [[QUESTION], [QUESTION, Turn(role="assistant", content="June."), QUESTION]], ids=["one", "three"]
)
async def test_the_model_answers_under_its_id(
    chat: OpenAIChat, servers: NamedCloud, turns: list[Turn]
) -> None:
    answer = await chat.answer(deployed(servers, servers.settings[MODEL_DEPLOYMENT]), turns)
    assert answer.text.strip()
    assert answer.model == servers.settings[MODEL]
    assert (answer.withheld, set(answer.filtered.values()) <= {0}) == (False, True)


async def test_a_deployment_that_is_not_there_is_told(chat: OpenAIChat, servers: NamedCloud) -> None:
    with pytest.raises(Unscorable) as refused:
        await chat.answer(deployed(servers, f"none-{uuid.uuid4().hex[:8]}"), [QUESTION])
    assert refused.value.reason == "deployment_not_found"
