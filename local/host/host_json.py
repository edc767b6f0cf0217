"""host.json: the few keys this host obeys, read strictly, so that a misspelt limit is refused and not ignored."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from local.host.refusals import Refused

_TIME_SPAN: Final = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,7}))?")
_RETIRED: Final = "messageHandlerOptions"


class ServiceBusOptions(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"
):
    """extensions.serviceBus, of extension 5.x, with the real host's defaults but for concurrency.

    The real default of maxConcurrentCalls is 16 times the cores; here it is 16.
    """

    prefetch_count: int = 0
    auto_complete_messages: bool = True
    max_auto_lock_renewal_duration: str = "00:05:00"
    max_concurrent_calls: int = 16
    max_concurrent_sessions: int = 8
    session_idle_timeout: str = "00:01:00"

    @property
    def lock_renewal_s(self) -> float:
        return seconds(self.max_auto_lock_renewal_duration)

    @property
    def session_idle_s(self) -> float:
        return seconds(self.session_idle_timeout)


class HttpOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """extensions.http."""

    route_prefix: str = "api"


class Extensions(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    service_bus: ServiceBusOptions = msgspec.field(default_factory=ServiceBusOptions)
    http: HttpOptions = msgspec.field(default_factory=HttpOptions)


class HostJson(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The file; sections that only Azure reads (logging, extensionBundle) are left to Azure."""

    version: str
    function_timeout: str = "00:30:00"
    extensions: Extensions = msgspec.field(default_factory=Extensions)

    @property
    def function_timeout_s(self) -> float | None:
        """How long an invocation may take; none where it is unlimited."""
        return None if self.function_timeout == "-1" else seconds(self.function_timeout)


def seconds(time_span: str) -> float:
    """The seconds in a .NET time span, `[d.]hh:mm:ss[.fraction]`; raises ValueError for anything else."""
    found = _TIME_SPAN.fullmatch(time_span)
    if found is None or int(found[2]) > 23 or int(found[3]) > 59 or int(found[4]) > 59:
        raise ValueError(f"{time_span!r} is no time span of the form hh:mm:ss")
    span = timedelta(
        days=int(found[1] or 0), hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4])
    )
    return span.total_seconds() + float(f"0.{found[5] or 0}")


def read(folder: Path) -> HostJson:
    """The folder's host.json; raises Refused with everything the reader needs to mend it."""
    path = folder / "host.json"
    try:
        text = path.read_bytes()
    except OSError:
        raise Refused(f"{folder} holds no host.json") from None
    try:
        found = msgspec.json.decode(text, type=HostJson)
        _check(found)
    except (msgspec.MsgspecError, ValueError) as error:
        hint = f" ({_RETIRED} belongs to extension 4.x)" if _RETIRED.encode() in text else ""
        raise Refused(f"host.json: {error}{hint}") from error
    return found


def _check(found: HostJson) -> None:
    options = found.extensions.service_bus
    if found.version != "2.0":
        raise ValueError('version must be "2.0"')
    if not options.auto_complete_messages:
        raise ValueError("autoCompleteMessages must be true: a Python function cannot settle messages")
    if options.prefetch_count != 0:
        raise ValueError("prefetchCount must be 0 here: locks of messages fetched ahead would run unattended")
    if options.max_concurrent_calls < 1 or options.max_concurrent_sessions < 1:
        raise ValueError("maxConcurrentCalls and maxConcurrentSessions must be at least 1")
    for span in (options.max_auto_lock_renewal_duration, options.session_idle_timeout):
        seconds(span)
    if found.function_timeout_s == 0:
        raise ValueError("functionTimeout must be longer than nothing")
