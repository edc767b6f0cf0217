"""Deterministic ids: an event delivered twice starts nothing twice."""

import re
from hashlib import sha256
from typing import Annotated

from msgspec import Meta, Struct

EvaluationId = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
"""32 hex digits of SHA-256 over what is evaluated."""


class WorkId(Struct, frozen=True, kw_only=True):
    """A shard of an evaluation, or a run of shards `[shard, end)`, as its message id names it."""

    evaluation: str
    shard: int
    end: int


_WORK_ID = re.compile(
    r"\A(?P<evaluation>[0-9a-f]{32}):(?P<shard>[0-9]{1,5})(?::[0-9]{1,2}|-(?P<end>[0-9]{1,5}))?\Z"
)


def data_evaluation_id(*, account: str, container: str, blob: str, etag: str) -> str:
    """The evaluation id of one version of a blob; `etag` with or without its quotes."""
    return _digest("data", account, container, blob, etag.strip('"'))


def model_evaluation_id(*, resource: str, job: str, model: str, attempt: int) -> str:
    """The evaluation id of one attempt at a tuned model."""
    return _digest("model", resource, job, model, str(attempt))


def shard_message_id(evaluation: str, shard: int, attempt: int = 0) -> str:
    """`{evaluation}:{shard}`, and `{evaluation}:{shard}:{attempt}` for a delayed copy: under the old id duplicate
    detection would swallow it."""
    return f"{evaluation}:{shard}" if attempt == 0 else f"{evaluation}:{shard}:{attempt}"


def run_message_id(evaluation: str, first: int, end: int) -> str:
    """`{evaluation}:{first}-{end}` for a run of shards `[first, end)`."""
    return f"{evaluation}:{first}-{end}"


def collect_message_id(evaluation: str, round_number: int) -> str:
    return f"{evaluation}:collect:{round_number}"


def outcome_message_id(evaluation: str) -> str:
    return f"{evaluation}:outcome"


def progress_message_id(evaluation: str, percent: int) -> str:
    return f"{evaluation}:progress:{percent}"


def work_of(message_id: str | None) -> WorkId | None:
    """The shards a message id names, or None: how a message that cannot be decoded is attributed."""
    match = _WORK_ID.match(message_id or "")
    if match is None:
        return None
    first = int(match["shard"])
    return WorkId(evaluation=match["evaluation"], shard=first, end=int(match["end"] or first + 1))


def _digest(*parts: str) -> str:
    # The length before each part keeps ("ab", "c") and ("a", "bc") apart.
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:32]
