"""The error tree. Three kinds, each with one fate; none ever carries text of a record, a probe or an answer.

TunegateError
├── Unavailable          passing: the work is handed back with a delay
│   └── SessionBusy      another collector holds the session: look again later
├── Unscorable           bears on the verdict: becomes `unscored(reason)`
│   └── FileChanged      the blob is not the one the evaluation was planned for
├── BadMessage           a queue message that does not decode: dead-lettered, its owner attributes it
├── EventRefused         an event that starts nothing: logged by id, returned
├── BadSettings          every problem of the settings in one error
└── Crashed              a bug, without what it says
"""

import re
import traceback
from pathlib import PurePath


class TunegateError(Exception):
    """The root of all errors raised on purpose."""


class Unavailable(TunegateError):
    """A service is away or busy; `retry_after_s` is what it asked for, 0 if it asked for nothing."""

    def __init__(self, what: str, *, retry_after_s: float = 0) -> None:
        super().__init__(what)
        self.retry_after_s = retry_after_s


class SessionBusy(Unavailable):
    """Another receiver holds the session."""


class Unscorable(TunegateError):
    """Something cannot be scored, now or later; `reason` is a code from `shared.reasons`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class FileChanged(Unscorable):
    """The blob was replaced or deleted while it was read."""


class BadMessage(TunegateError):
    """A message on a queue is not what its type says."""


class EventRefused(TunegateError):
    """An event is not ours to act on; the text says why, naming fields and never values of unknown ones."""


class BadSettings(TunegateError):
    """The settings do not make a working service; the text lists every problem."""


class Crashed(TunegateError):
    """A bug. It names types and places, since what a bug says may quote a text."""

    @classmethod
    def by(cls, error: Exception) -> "Crashed":
        """The crash that stands for a bug, or for the bugs of a group."""
        inner = error.exceptions if isinstance(error, ExceptionGroup) else ()
        told = ", ".join(str(cls.by(each)) for each in inner)
        frames = traceback.extract_tb(error.__traceback__)[-1:]
        place = "".join(f" at {PurePath(frame.filename).name}:{frame.lineno}" for frame in frames)
        return cls(f"{type(error).__name__}{place}{f' ({told})' if told else ''}")


def place_of(error: Exception) -> str:
    """Where a strict decoder stopped: the path alone, since the rest may quote a field or a value."""
    path = str(error).rpartition(" - at ")[2]
    return f"at {path}" if re.fullmatch(r"`\$[\w.\[\]]*`", path) else type(error).__name__
