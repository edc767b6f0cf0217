"""Where Azurite keeps blobs' bytes on disk, and what stands there beside those of known blobs."""

import json
from pathlib import Path
from typing import Any


def outside_of(storage: Path, blobs: frozenset[str]) -> bytes:
    """All bytes of the blob service's extents but those of these blobs, `container/name`."""
    extents = {path.name: bytearray(path.read_bytes()) for path in (storage / "__blobstorage__").iterdir()}
    for blob in _blobs(storage):
        if f"{blob['containerName']}/{blob['name']}" not in blobs:
            continue
        for part in (blob, *(blob.get("committedBlocksInOrder") or ())):
            kept = part.get("persistency")
            if kept:
                start, count = kept["offset"], kept["count"]
                extents[kept["id"]][start : start + count] = bytes(count)
    return b"\n".join(extents.values())


def _blobs(storage: Path) -> list[dict[str, Any]]:
    database = json.loads((storage / "__azurite_db_blob__.json").read_text())
    [blobs] = [each["data"] for each in database["collections"] if each["name"] == "$BLOBS_COLLECTION$"]
    return list(blobs)
