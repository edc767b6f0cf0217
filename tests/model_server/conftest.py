"""A model server in this process, with the faults a test asks for, and openai clients that reach it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp.test_utils import TestServer
from openai import AsyncOpenAI

from local.model_server.faults import Faults
from local.model_server.service import ModelService

KEY = "key-of-the-tests"

Serve = Callable[[Faults], Awaitable[AsyncOpenAI]]
Tune = Callable[[bytes, str], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Yield what starts a server and returns a client of it that never tries again."""
    servers: list[TestServer] = []
    clients: list[AsyncOpenAI] = []

    async def start(faults: Faults) -> AsyncOpenAI:
        server = TestServer(ModelService(key=KEY, faults=faults).application(), host="127.0.0.1")
        await server.start_server()
        servers.append(server)
        client = AsyncOpenAI(api_key=KEY, base_url=str(server.make_url("/v1")), max_retries=0)
        clients.append(client)
        return client

    yield start
    for client in clients:
        await client.close()
    for server in servers:
        await server.close()


@pytest.fixture
async def client(serve: Serve) -> AsyncOpenAI:
    """Yield a client of a server without faults."""
    return await serve(Faults())


@pytest.fixture
def tune(client: AsyncOpenAI) -> Tune:
    """Yield what tunes a model on bytes and returns its id."""

    async def tuned(content: bytes, suffix: str) -> str:
        file = await client.files.create(file=("training.jsonl", content), purpose="fine-tune")
        job = await client.fine_tuning.jobs.create(
            training_file=file.id, model="tunegate-base", suffix=suffix
        )
        async with asyncio.timeout(20):
            while job.status == "running":
                await asyncio.sleep(0.02)
                job = await client.fine_tuning.jobs.retrieve(job.id)
        assert job.status == "succeeded", job.error
        assert job.fine_tuned_model is not None
        return job.fine_tuned_model

    return tuned
