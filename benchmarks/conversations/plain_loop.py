"""A bare asyncio loop over the openai library: `python plain_loop.py BASE_URL PROMPTS.json`.

What any evaluation is measured against: the calls and nothing else.
"""

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from openai import AsyncOpenAI

CONCURRENCY = 64
MODEL = "m"
Call = Sequence[tuple[str, str]]
"""The turns of one call, as (role, text)."""


async def hold(base_url: str, conversations: Iterable[Sequence[Call]]) -> None:
    """Make the calls of every conversation, those of one after each other, 64 conversations at a time."""
    waiting = iter(conversations)
    async with (
        AsyncOpenAI(base_url=base_url, api_key="benchmark", max_retries=0) as client,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(CONCURRENCY):
            group.create_task(_work(client, waiting))


async def _work(client: AsyncOpenAI, waiting: Iterator[Sequence[Call]]) -> None:
    for conversation in waiting:
        for call in conversation:
            completion = await client.chat.completions.create(
                model=MODEL,
                messages=[{"role": role, "content": text} for role, text in call],
                temperature=0,
                seed=20_241,
                max_completion_tokens=400,
            )
            assert completion.choices[0].message.content


if __name__ == "__main__":
    prompts = json.loads(Path(sys.argv[2]).read_bytes())
    asyncio.run(hold(sys.argv[1], [[[("user", prompt)]] for prompt in prompts]))
