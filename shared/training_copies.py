"""Copies of a job's files at the fine-tuning resource: made of the bytes that passed, and compared with them."""

import logging
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Final

from shared.errors import FileChanged
from shared.fine_tuning import Copy, Tuning, Upload
from shared.ports import TrainingFiles
from shared.subject import TrainingFile

MAX_COPY_BYTES: Final = 512_000_000
"""Azure OpenAI takes training files of less than 512 MB. A copy being made takes
its size in memory once: 480 MiB for 500 MB, measured, of an instance's 2 GB."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingCopies:
    """The copies, and the files that they are of."""

    files: TrainingFiles
    tuning: Tuning

    async def get(self, upload: Upload, copies: Mapping[str, Copy]) -> Copy | None:
        """The file's copy; None where it cannot be had, or is ready and holds anything else."""
        name = upload.copy_name
        copy = next((copy for copy in copies.values() if copy.name == name), None)
        if copy is None:
            try:
                copy = await self.tuning.upload(name, await self._content(upload.file))
            except FileChanged:
                _log.warning("job %s was changed while it was read: nothing is trained", upload.file.job)
                return None
        if copy.ready and not await self.holds(copy, upload.file):
            _log.warning("copy %s does not hold what passed", name)
            await self.tuning.remove(copy)
            return None
        return copy

    async def holds(self, copy: Copy, file: TrainingFile) -> bool:
        """Whether the copy holds the file's bytes: its name alone is anybody's to give."""
        total = sha256()
        try:
            async for piece in self._pieces(file):
                total.update(piece)
        except FileChanged:
            return False
        return await self.tuning.digest(copy) == total.hexdigest()

    async def _content(self, file: TrainingFile) -> BytesIO:
        content = BytesIO()
        async for piece in self._pieces(file):
            content.write(piece)
        content.seek(0)
        return content

    async def _pieces(self, file: TrainingFile) -> AsyncIterator[bytes]:
        """Yield all of the file; raises FileChanged where that is not what is there."""
        length = 0
        # Never `until` its end: that would have it in memory at once.
        async for piece in self.files.read(file, 0, 0):
            length += len(piece)
            yield piece
        if length != file.length:
            raise FileChanged("file_changed")


def chosen(uploads: Sequence[Upload]) -> tuple[Upload, ...] | None:
    """The training file and, if there is one, the validation file, whose name ends in `validation` or
    `validation.jsonl`; None where that is not clear, or where one is too large."""
    validation = [
        one for one in uploads if re.search(r"validation(\.jsonl)?\Z", one.file.blob, re.IGNORECASE)
    ]
    training = [one for one in uploads if one not in validation]
    is_clear = len(training) == 1 and len(validation) <= 1
    is_small = all(one.file.length < MAX_COPY_BYTES for one in uploads)
    return (*training, *validation) if is_clear and is_small else None
