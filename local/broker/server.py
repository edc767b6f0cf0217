"""The broker as a server on loopback."""

import asyncio

from local.broker.clock import LoopClock
from local.broker.connection import Connection
from local.broker.declarations import Declarations
from local.broker.entities import Entities

HOST = "127.0.0.1"


class Broker:
    """The entities, and the connections to them. Use it as an async context."""

    def __init__(
        self, declared: Declarations, key: str, *, port: int = 0, cut_holds_sessions: bool = False
    ) -> None:
        self.key = key
        self.port = port
        self.cut_holds_sessions = cut_holds_sessions
        self.clock = LoopClock()
        self.entities = Entities(declared, self.clock)
        self.connections: set[Connection] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "Broker":
        """Listen; afterwards `port` is the port in use."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening and end every connection; all messages are gone."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self.connections):
            connection.abort()
        if self._server is not None:
            await self._server.wait_closed()
