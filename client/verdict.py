"""`tunegate verdict`: the one question of a release pipeline. No row means: not deployable."""

from collections.abc import Mapping
from typing import Any, Final

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient
from msgspec import json

from client.errors import Exit, Misused, Unreachable
from client.reaching import plain, reaching
from client.target import Target
from client.terminal import Terminal
from shared.adapters.verdict_table import NO_ROW, TABLE, table_of
from shared.settings import Connection

SERVICE: Final = "Table storage"

_FEW_TRIES: Final[Mapping[str, Any]] = {"retry_total": 2, "retry_backoff_factor": 0.5}

Row = dict[str, object]


async def verdict(job: str, *, target: Target, terminal: Terminal) -> Exit:
    """Show whether the job's model may be deployed."""
    row = await row_of(job, target)
    if terminal.json:
        terminal.emit(json.encode(row).decode())
    if row is None:
        terminal.say(
            f"There is no verdict on job {job}: its model is not deployable (locally: tunegate watch {job}).",
            style="bold yellow",
        )
        return Exit.INCOMPLETE
    # Anything but true denies.
    if row.get("Deployable") is True:
        terminal.say(f"The model of job {job} is deployable.", style="bold green")
        return Exit.PASSED
    terminal.say(f"The model of job {job} is not deployable.", style="bold red")
    return Exit.FAILED


async def row_of(job: str, target: Target) -> Row | None:
    """The job's row as the table service returns it, or None."""
    async with _table(target.verdict_storage) as table:
        with reaching(SERVICE, str(table.url)):
            try:
                return dict(await table.get_entity(target.resource, job))
            except ResourceNotFoundError as error:
                if getattr(error, "error_code", None) in NO_ROW:
                    return None
                raise Unreachable(f"{SERVICE} at {plain(str(table.url))} has no table {TABLE}.") from None


async def all_rows(target: Target) -> list[Row]:
    """Every row of the table, as the table service returns them."""
    async with _table(target.verdict_storage) as table:
        with reaching(SERVICE, str(table.url)):
            return [dict(row) async for row in table.list_entities()]


def _table(connection: Connection) -> TableClient:
    try:
        return table_of(connection, **_FEW_TRIES)
    except ValueError:
        raise Misused("VerdictStorage is no address and no connection string of a storage account.") from None
