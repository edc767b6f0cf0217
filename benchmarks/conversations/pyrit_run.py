"""The same prompts by PyRIT, in its own virtual environment: `python pyrit_run.py BASE_URL PROMPTS.json`.

Its quickest way: sent once each, nothing scored, 64 at a time, its memory an SQLite that lives in this process.
"""

import asyncio
import json
import sys
from pathlib import Path

from pyrit.executor.attack import AttackExecutor, PromptSendingAttack
from pyrit.prompt_target import OpenAIChatTarget
from pyrit.setup import initialize_pyrit_async


async def main(base_url: str, prompts: list[str]) -> None:
    await initialize_pyrit_async(memory_db_type="InMemory", load_defaults=False, env_files=[], silent=True)
    target = OpenAIChatTarget(
        endpoint=base_url,
        api_key="benchmark",
        model_name="m",
        temperature=0,
        seed=20_241,
        max_completion_tokens=400,
    )
    attack = PromptSendingAttack(objective_target=target)
    results = await AttackExecutor(max_concurrency=64).execute_attack_async(attack=attack, objectives=prompts)
    assert len(results) == len(prompts)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_bytes())))
