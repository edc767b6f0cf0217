"""What `ports.Verdicts` promises, over the fake and over Table Storage."""

import asyncio
import json
import random
import uuid
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Protocol

import azure.functions as func
import pytest
from azure.data.tables.aio import TableClient

from functions import read_verdict
from local.azurite.server import ACCOUNT
from shared.adapters.verdict_table import TABLE, TableVerdicts
from shared.errors import Unavailable
from shared.ports import Verdicts
from shared.settings import Connection
from tests.clouds import CloudThread
from tests.contract.answering import answering
from tests.fakes import FakeVerdicts
from tests.journey import rows


class Table(Protocol):
    """Verdicts, and a look at what stands."""

    verdicts: Verdicts

    async def row(self, job: str) -> bool | None: ...


class FakeTable:
    def __init__(self) -> None:
        self.verdicts = FakeVerdicts()

    async def row(self, job: str) -> bool | None:
        return self.verdicts.rows.get(("local", job))


class ServedTable:
    def __init__(self, settings: dict[str, str]) -> None:
        self._settings = settings
        self.verdicts = TableVerdicts(Connection(secret=settings["VerdictStorage"]))

    async def row(self, job: str) -> bool | None:
        row = (await rows(self._settings)).get(("local", job))
        if row is None:
            return None
        assert row == {"PartitionKey": "local", "RowKey": job, "Deployable": row["Deployable"]}
        assert isinstance(row["Deployable"], bool)
        return row["Deployable"]


@pytest.fixture(params=["fake", "table storage"])
async def table(request: pytest.FixtureRequest) -> AsyncIterator[Table]:
    if request.param == "fake":
        yield FakeTable()
        return
    servers: CloudThread = request.getfixturevalue("servers")
    served = ServedTable(servers.settings)
    yield served
    await served.verdicts._table.close()


def verdicts_at(url: str) -> TableVerdicts:
    """The adapter before any server."""
    secret = f"AccountName={ACCOUNT};AccountKey={'a2V5' * 22};TableEndpoint={url}/{ACCOUNT};"
    return TableVerdicts(Connection(secret=secret))


@pytest.fixture
def job() -> str:
    return f"job-{uuid.uuid4().hex[:8]}"


@pytest.mark.parametrize(
    ("verbs", "row"),
    [
        ((), None),
        (("allow",), True),
        (("deny",), False),
        (("allow", "allow"), True),
        (("deny", "deny"), False),
        (("allow", "deny"), False),
        (("deny", "allow"), False),
        (("allow", "deny", "allow", "allow"), False),
    ],
)
async def test_a_verdict_is_allowed_once_and_never_raised(
    table: Table, job: str, verbs: tuple[str, ...], row: bool | None
) -> None:
    for verb in verbs:
        await getattr(table.verdicts, verb)(resource="local", job=job)
    assert await table.row(job) is row
    assert await table.verdicts.read(resource="local", job=job) is row


async def test_verdicts_of_other_jobs_stay(table: Table, job: str) -> None:
    await table.verdicts.allow(resource="local", job=job)
    await table.verdicts.deny(resource="local", job=f"{job}.2")
    assert (await table.row(job), await table.row(f"{job}.2")) == (True, False)


@pytest.mark.parametrize("seed", range(4))
async def test_a_race_of_allow_and_deny_ends_not_deployable(table: Table, job: str, seed: int) -> None:
    verbs = ["allow"] * 12 + ["deny"] * 3
    random.Random(seed).shuffle(verbs)
    async with asyncio.TaskGroup() as group:
        for verb in verbs:
            group.create_task(getattr(table.verdicts, verb)(resource="local", job=job))
    assert await table.row(job) is False


async def test_a_verdict_is_read_under_both_its_names_as_they_are_spelled(table: Table, job: str) -> None:
    await table.verdicts.allow(resource="local", job=job)
    for resource, name in (("other", job), ("local", f"{job}.2"), ("local", job.upper()), ("Local", job)):
        assert await table.verdicts.read(resource=resource, job=name) is None


@pytest.mark.parametrize("verb", ["allow", "deny", "read"])
async def test_a_table_that_is_away_is_unavailable(table: Table, job: str, verb: str, nobody: int) -> None:
    if isinstance(table, FakeTable):
        away = table.verdicts
        away.away = True
    else:
        away = verdicts_at(f"http://127.0.0.1:{nobody}")
    with pytest.raises(Unavailable):
        await getattr(away, verb)(resource="local", job=job)
    if not isinstance(table, FakeTable):
        await away._table.close()


@pytest.mark.parametrize("verb", ["allow", "deny", "read"])
async def test_a_table_that_is_not_there_is_unavailable(servers: CloudThread, job: str, verb: str) -> None:
    """409 says that a row stands, 404 that none does, and nothing else may be taken for either."""
    missing = TableVerdicts(Connection(secret=servers.settings["VerdictStorage"]))
    missing._table.table_name = "nothere"
    with pytest.raises(Unavailable):
        await getattr(missing, verb)(resource="local", job=job)
    await missing._table.close()


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"Deployable": "true"},
        {"Deployable": 1},
        {"deployable": True},
        {"Deployable": None, "Other": True},
    ],
    ids=repr,
)
async def test_a_row_without_a_verdict_is_no_verdict(
    servers: CloudThread, job: str, row: dict[str, object]
) -> None:
    """Nobody but Tunegate writes rows; what somebody wrote all the same is neither true nor "no row"."""
    connection = servers.settings["VerdictStorage"]
    async with TableClient.from_connection_string(connection, TABLE) as client:
        await client.create_entity({"PartitionKey": "local", "RowKey": job, **row})
    verdicts = TableVerdicts(Connection(secret=connection))
    with pytest.raises(Unavailable):
        await verdicts.read(resource="local", job=job)
    await verdicts._table.close()


def entity(**properties: object) -> bytes:
    return json.dumps({"PartitionKey": "local", "RowKey": "job", **properties}).encode()


ANSWERS: dict[str, tuple[int, bytes]] = {
    "true, but not found": (404, entity(Deployable=True)),
    "true, but failed": (500, entity(Deployable=True)),
    "forbidden": (403, b"{}"),
    "busy": (503, b"{}"),
    "not found, without a code": (404, b"{}"),
    "not found, of another kind": (
        404,
        b'{"odata.error": {"code": "AccountNotFound", "message": {"value": ""}}}',
    ),
    "half a row": (200, entity(Deployable=True)[:-1]),
    "no object": (200, b"[]"),
    "nothing": (200, b""),
    "null": (200, b"null"),
    "text": (200, entity(Deployable="true")),
    "text that says it is a boolean": (
        200,
        entity(**{"Deployable": "true", "Deployable@odata.type": "Edm.Boolean"}),
    ),
    "a boolean that says it is a number": (
        200,
        entity(**{"Deployable": True, "Deployable@odata.type": "Edm.Int64"}),
    ),
    "a type that is none": (200, entity(**{"Deployable": True, "Deployable@odata.type": ["Edm.Boolean"]})),
}


@pytest.mark.parametrize("kind", ANSWERS)
async def test_what_is_no_verdict_is_never_true(kind: str) -> None:
    status, body = ANSWERS[kind]
    async with answering(status, body) as server:
        verdicts = verdicts_at(server.url)
        with pytest.raises(Unavailable):
            await verdicts.read(resource="local", job="job")
        await verdicts._table.close()


@pytest.mark.parametrize("deployable", [True, False])
async def test_the_same_server_with_a_whole_row_is_believed(deployable: bool) -> None:
    async with answering(200, entity(Deployable=deployable)) as server:
        verdicts = verdicts_at(server.url)
        assert await verdicts.read(resource="local", job="job") is deployable
        await verdicts._table.close()


# The route: what a release pipeline is answered.


async def asked(
    monkeypatch: pytest.MonkeyPatch, verdicts: FakeVerdicts, resource: str, job: str
) -> tuple[int, object]:
    monkeypatch.setattr(read_verdict, "services", lambda: SimpleNamespace(verdicts=verdicts))
    request = func.HttpRequest(
        method="GET", url="/", body=b"", route_params={"resource": resource, "job": job}
    )
    answer = await read_verdict.read_verdict(request)
    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, json.loads(answer.get_body())


@pytest.mark.parametrize("deployable", [True, False])
async def test_the_route_tells_the_verdict_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, deployable: bool
) -> None:
    verdicts = FakeVerdicts()
    verdicts.rows["local", "job.1"] = deployable
    assert await asked(monkeypatch, verdicts, "local", "job.1") == (200, {"deployable": deployable})


async def test_no_verdict_is_404_and_a_fault_503(monkeypatch: pytest.MonkeyPatch) -> None:
    verdicts = FakeVerdicts()
    status, said = await asked(monkeypatch, verdicts, "local", "job")
    assert (status, said) == (404, {"error": "no verdict: not deployable"})
    verdicts.rows["local", "job"] = True
    verdicts.away = True
    status, said = await asked(monkeypatch, verdicts, "local", "job")
    assert (status, list(said)) == (503, ["error"])


@pytest.mark.parametrize(
    ("resource", "job"),
    [
        ("local", ""),
        ("local", "a b"),
        ("local", "job\n"),
        ("local", "j" * 101),
        ("local", "job'"),
        ("local", "a/b"),
        ("local", "a%2Fb"),
        ("local", "jöb"),
        ("l", "job"),
        ("lo.cal", "job"),
        ("l" * 65, "job"),
        ("local\n", "job"),
        ("local' or RowKey ne '", "job"),
    ],
)
async def test_a_name_that_none_can_have_is_not_looked_up(
    monkeypatch: pytest.MonkeyPatch, resource: str, job: str
) -> None:
    verdicts = FakeVerdicts()
    verdicts.rows[resource, job] = True
    status, said = await asked(monkeypatch, verdicts, resource, job)
    assert (status, list(said)) == (404, ["error"])
