"""The verdicts in Table Storage, in the resource's region: a key and one boolean."""

from typing import Any, Final

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from shared.adapters.identity import credential
from shared.errors import Unavailable
from shared.settings import Connection

TABLE: Final = "verdicts"
NO_ROW: Final = frozenset({"ResourceNotFound", "EntityNotFound"})
"""What the service calls a row that is not there; a table that is not there is `TableNotFound`."""


def table_of(connection: Connection, **options: Any) -> TableClient:
    """The table at a connection; raises ValueError where that is no address and no connection string."""
    if connection.address:
        return TableClient(connection.address, TABLE, credential=credential(connection.client_id), **options)
    return TableClient.from_connection_string(connection.secret, TABLE, **options)


class TableVerdicts:
    """`ports.Verdicts` on azure-data-tables. A row is inserted true once or written false; never raised."""

    def __init__(self, connection: Connection) -> None:
        # Trying again is the trigger's, by redelivery; and no silence may hold a message for minutes.
        options: dict[str, Any] = {"retry_total": 0, "connection_timeout": 10, "read_timeout": 30}
        self._table = table_of(connection, **options)

    async def allow(self, *, resource: str, job: str) -> None:
        try:
            await self._table.create_entity({"PartitionKey": resource, "RowKey": job, "Deployable": True})
        except ResourceExistsError:
            return  # what stands was decided before: true already, or false for good
        except AzureError as error:
            raise Unavailable(f"verdict table: {type(error).__name__}") from None

    async def deny(self, *, resource: str, job: str) -> None:
        row = {"PartitionKey": resource, "RowKey": job, "Deployable": False}
        try:
            await self._table.upsert_entity(row, mode=UpdateMode.REPLACE)
        except AzureError as error:
            raise Unavailable(f"verdict table: {type(error).__name__}") from None

    async def read(self, *, resource: str, job: str) -> bool | None:
        try:
            row = await self._table.get_entity(resource, job)
        except ResourceNotFoundError as error:
            if getattr(error, "error_code", None) in NO_ROW:
                return None
            raise Unavailable("verdict table: it is not there") from None
        except AzureError as error:
            raise Unavailable(f"verdict table: {type(error).__name__}") from None
        except (AttributeError, KeyError, TypeError, ValueError):  # the library's, of a row in no known shape
            raise Unavailable("verdict table: a row that does not decode") from None
        deployable = row.get("Deployable")
        if not isinstance(deployable, bool):
            raise Unavailable("verdict table: a row without a verdict")
        return deployable
