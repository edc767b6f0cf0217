"""An outcome that was saved: what it says of exactly the bytes that stand here, as far as that can be told."""

from pathlib import Path
from typing import Final

from msgspec import DecodeError, Raw, json

from client.errors import Misused
from client.file_version import DIGEST_PREFIX, FileVersion, unreadable
from shared.errors import BadMessage
from shared.outcome import DataFound, Event, OutcomeEvent, decode_event
from shared.subject import TrainingFile

_MOST_BYTES: Final = 16 * 1024 * 1024


def read_outcome(path: Path, source: FileVersion) -> DataFound:
    """What the outcome in this file found in the source; raises Misused where it is none, or of other bytes."""
    events = events_in(path)
    why = "it is none of training data"
    for outcome in (event.data for event in events if isinstance(event, OutcomeEvent)):
        if isinstance(outcome.subject, TrainingFile) and isinstance(outcome.found, DataFound):
            why = _difference(outcome.subject, outcome.found, source)
            if not why:
                return outcome.found
    raise not_of_these_bytes(why)


def events_in(path: Path) -> list[Event]:
    """The events that `--json` printed into this file; raises Misused where it did not."""
    try:
        with path.open("rb") as content:
            body = content.read(_MOST_BYTES + 1)
    except OSError as error:
        raise unreadable(path, error) from None
    try:
        # Of several files `submit` prints an array, with null where there is no outcome.
        listed = json.decode(body, type=list[Raw]) if body.lstrip().startswith(b"[") else [Raw(body)]
        return [decode_event(bytes(one)) for one in listed if bytes(one) != b"null"]
    except (BadMessage, DecodeError, UnicodeDecodeError):
        raise Misused(
            f"{path} is no outcome: wanted is what --json prints of submit, watch or check."
        ) from None


def _difference(subject: TrainingFile, found: DataFound, source: FileVersion) -> str:
    """In what the file differs from what was evaluated; empty where nothing is known to."""
    if subject.length != source.length:
        return "its length is another"
    # Storage's own ETag says nothing of bytes that stand here; a check's does.
    if subject.etag.startswith(DIGEST_PREFIX) and subject.etag != f"{DIGEST_PREFIX}{source.digest}":
        return "its SHA-256 is another"
    offsets = [finding.offset for finding in found.findings] + [bad.offset for bad in found.bad_lines]
    if not all(0 <= offset < source.length for offset in offsets):
        return "its lines stand elsewhere"
    return ""


def not_of_these_bytes(why: str) -> Misused:
    """The error for an outcome and a file that do not belong together."""
    return Misused(
        f"The outcome is not of this file as it stands now: {why}. Leave --outcome out to check it here."
    )
