"""What `ports.Verdicts` promises, over the fake and over Table Storage."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator
from typing import Protocol

import pytest

from local.azurite.server import ACCOUNT
from shared.adapters.verdict_table import TableVerdicts
from shared.errors import Unavailable
from shared.ports import Verdicts
from shared.settings import Connection
from tests.clouds import CloudThread
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


@pytest.mark.parametrize("verb", ["allow", "deny"])
async def test_a_table_that_is_away_is_unavailable(table: Table, job: str, verb: str, nobody: int) -> None:
    if isinstance(table, FakeTable):
        away = table.verdicts
        away.away = True
    else:
        endpoint = f"http://127.0.0.1:{nobody}/{ACCOUNT}"
        secret = f"AccountName={ACCOUNT};AccountKey={'a2V5' * 22};TableEndpoint={endpoint};"
        away = TableVerdicts(Connection(secret=secret))
    with pytest.raises(Unavailable):
        await getattr(away, verb)(resource="local", job=job)
    if not isinstance(table, FakeTable):
        await away._table.close()


@pytest.mark.parametrize("verb", ["allow", "deny"])
async def test_a_table_that_is_not_there_is_unavailable(servers: CloudThread, job: str, verb: str) -> None:
    """409 says that a row stands, and nothing else may be taken for it."""
    missing = TableVerdicts(Connection(secret=servers.settings["VerdictStorage"]))
    missing._table.table_name = "nothere"
    with pytest.raises(Unavailable):
        await getattr(missing, verb)(resource="local", job=job)
    await missing._table.close()
