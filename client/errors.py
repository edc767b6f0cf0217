"""What ends a command before it has an answer. The text is the whole of what the user is told, and it never
quotes a training text, an answer or a secret.

Stopped             `exit_code` is what the process ends with
├── Misused         3  a file, a name or a setting that cannot be used
├── Unreachable     3  a service that does not answer, or refuses
├── NotPassed       1  the job's training data did not pass
└── NotDecided      2  there is no outcome to go by, yet or any more
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import ClassVar

from shared.outcome import Result


class Exit(IntEnum):
    """What every command's exit code means."""

    PASSED = 0
    FAILED = 1
    INCOMPLETE = 2
    ERROR = 3
    INTERRUPTED = 130

    @classmethod
    def of(cls, result: Result) -> "Exit":
        return {Result.PASSED: cls.PASSED, Result.FAILED: cls.FAILED}.get(result, cls.INCOMPLETE)

    @classmethod
    def worst(cls, codes: "Iterable[Exit]") -> "Exit":
        """Failed where any failed, passed where all passed."""
        found = set(codes)
        return next((code for code in (cls.FAILED, cls.INCOMPLETE, cls.PASSED) if code in found), cls.ERROR)


class Stopped(Exception):
    """The root of all errors raised on purpose."""

    exit_code: ClassVar[Exit] = Exit.ERROR


class Misused(Stopped):
    """Something the user gave cannot be used."""


class Unreachable(Stopped):
    """A service does not answer, or refuses."""


class NotPassed(Stopped):
    """The job's training data did not pass."""

    exit_code = Exit.FAILED


class NotDecided(Stopped):
    """There is no outcome to go by."""

    exit_code = Exit.INCOMPLETE
