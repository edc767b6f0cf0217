"""A training file is never held in memory more than once."""

import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.errors import FileChanged
from shared.subject import TrainingFile
from shared.training_copies import TrainingCopies

LENGTH = 64 * 1024 * 1024
FILE = TrainingFile(job="j", account="a", container="c", blob="j/x", etag="e", length=LENGTH)


class Files:
    """A long file that ends `short_by` bytes early."""

    def __init__(self, short_by: int = 0) -> None:
        self.end = LENGTH - short_by

    async def read(self, file: TrainingFile, first_byte: int, until: int) -> AsyncIterator[bytes]:
        while first_byte < self.end:
            piece = bytes(min(self.end, max(until, first_byte + 4096)) - first_byte)
            first_byte += len(piece)
            yield piece


class Resource:
    """Holds what it is told to."""

    async def digest(self, copy: Any) -> str:
        return "3b6a07d0d404fab4e23b6d34bc6696a6a312dd92821332385e5af7c01c421351"


@pytest.mark.parametrize("does_copy", [False, True])
async def test_what_a_file_takes(does_copy: bool) -> None:
    files: Any = Files()
    resource: Any = Resource()
    copies = TrainingCopies(files=files, tuning=resource)
    tracemalloc.start()
    try:
        if does_copy:
            await copies._content(FILE)
        else:
            assert await copies.holds(resource, FILE)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < (1.4 * LENGTH if does_copy else 1024 * 1024)


async def test_a_file_that_ends_early_is_another() -> None:
    files: Any = Files(short_by=1)
    resource: Any = Resource()
    copies = TrainingCopies(files=files, tuning=resource)
    assert not await copies.holds(resource, FILE)
    with pytest.raises(FileChanged):
        await copies._content(FILE)
