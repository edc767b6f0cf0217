"""Crash on purpose: end the process at a named point, for tests of what a crash may cost."""

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast

from azure.functions.meta import Datum

from local.host.functions import Function
from local.host.invocation import Invoker, Outputs
from local.host.refusals import Refused

_log = logging.getLogger("local.host.crash")

EXIT_CODE: Final = 70
_POINT: Final = re.compile(r"(?P<function>\w+):(?P<moment>before|after)(?::(?P<number>[1-9][0-9]*))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashPoint:
    """Where to end: before the function's n-th call, or after it returned and before its message is settled."""

    function: str
    moment: Literal["before", "after"]
    number: int = 1

    @classmethod
    def parse(cls, text: str) -> "CrashPoint":
        """The point `FUNCTION:before|after[:N]` names; raises Refused."""
        match = _POINT.fullmatch(text)
        if match is None:
            raise Refused(f"{text!r} is not of the form FUNCTION:before|after[:N]")
        moment = cast(Literal["before", "after"], match["moment"])
        return cls(function=match["function"], moment=moment, number=int(match["number"] or 1))


class CrashingInvoker(Invoker):
    """Calls functions until the crash point is reached; then nothing more happens in this process."""

    def __init__(self, *, timeout_s: float | None, point: CrashPoint) -> None:
        super().__init__(timeout_s=timeout_s)
        self._point = point
        self._calls = 0

    async def invoke(
        self, function: Function, data: Datum | None, metadata: Mapping[str, object], *, subject: str
    ) -> Outputs:
        if function.name != self._point.function:
            return await super().invoke(function, data, metadata, subject=subject)
        self._calls += 1
        due = self._calls == self._point.number
        if due and self._point.moment == "before":
            self._crash(subject)
        outputs = await super().invoke(function, data, metadata, subject=subject)
        if due:
            self._crash(subject)
        return outputs

    def _crash(self, subject: str) -> None:
        _log.error("crash at %s:%s of %s", self._point.function, self._point.moment, subject)
        os._exit(EXIT_CODE)
