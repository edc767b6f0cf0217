"""What a function may ask about its invocation, as the worker answers it."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import azure.functions as func

_storage = threading.local()


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceContext:
    """No trace: the local host starts none."""

    trace_parent: str = ""
    trace_state: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryContext:
    """The host's own retries: none, for none of the triggers served here has any."""

    retry_count: int = 0
    max_retry_count: int = 0
    exception: None = None


class InvocationContext(func.Context):
    """The `context` parameter."""

    def __init__(self, *, invocation: str, function: str, directory: str) -> None:
        self._invocation = invocation
        self._function = function
        self._directory = directory

    @property
    def invocation_id(self) -> str:
        return self._invocation

    @property
    def function_name(self) -> str:
        return self._function

    @property
    def function_directory(self) -> str:
        return self._directory

    @property
    def thread_local_storage(self) -> Any:
        return _storage

    @property
    def trace_context(self) -> Any:
        return TraceContext()

    @property
    def retry_context(self) -> Any:
        return RetryContext()


class Output:
    """The value a function sets for an output binding; the worker hands over the like of it."""

    def __init__(self) -> None:
        self._value: object = None

    def set(self, val: object) -> None:
        self._value = val

    def get(self) -> object:
        return self._value
