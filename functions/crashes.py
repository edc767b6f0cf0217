"""A bug in a function: the host is told its types and places, and nothing that it says."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from shared.errors import Crashed, TunegateError

Given = ParamSpec("Given")
Done = TypeVar("Done")
Function = Callable[Given, Coroutine[Any, Any, Done]]


def textless(function: Function[Given, Done]) -> Function[Given, Done]:
    """The function, whose bugs reach the host as Crashed; errors of our own, which hold no text, stay as they are.

    The host tells Application Insights what an exception says, and a bug's may quote the text in hand.
    """

    @wraps(function)
    async def running(*args: Given.args, **kwargs: Given.kwargs) -> Done:
        try:
            return await function(*args, **kwargs)
        except TunegateError as error:
            raise error from None  # what it met on its way may be a bug
        except Exception as error:  # noqa: BLE001 -- raised on, without what it says
            crashed = Crashed.by(error).with_traceback(error.__traceback__)
        raise crashed  # here, where nothing has the bug itself as its context

    return running
