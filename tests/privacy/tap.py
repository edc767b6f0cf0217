"""A tap on a connection: carries bytes to a server and back, and keeps what its client said."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Tap:
    """Where the tap listens, and what came in there, connection by connection."""

    port: int = 0
    said: list[bytearray] = field(default_factory=list)

    @property
    def everything(self) -> bytes:
        return b"\n".join(self.said)


@asynccontextmanager
async def tapped(port: int) -> AsyncIterator[Tap]:
    """A tap before the server that listens on this port of the loopback."""
    tap = Tap()
    tasks: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        kept = bytearray()
        tap.said.append(kept)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            async with asyncio.TaskGroup() as group:
                group.create_task(_carry(reader, far_writer, kept))
                group.create_task(_carry(far_reader, writer, None))
        finally:
            writer.close()
            tasks.discard(asyncio.current_task())

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    tap.port = server.sockets[0].getsockname()[1]
    try:
        yield tap
    finally:
        server.close()
        for task in [task for task in tasks if task is not None]:
            task.cancel()


async def _carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter, kept: bytearray | None) -> None:
    try:
        while part := await source.read(65536):
            if kept is not None:
                kept += part
            sink.write(part)
            await sink.drain()
    except ConnectionError:
        pass  # either end is gone: so is what it had to say
    finally:
        sink.close()
