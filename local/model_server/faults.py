"""The faults that the server plays on request, so that a caller's handling of them can be tested."""

import asyncio
from dataclasses import dataclass, field
from itertools import count

from local.model_server.replies import ApiError, Body, filter_results, withheld_probe

UNNAMED = "unnamed"
"""In place of a category: the filter withholds the answer and names no category."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong with chat completions, counted over all requests that were otherwise fine.

    `filter_answers` and `annotate_answers` name a harm category: the first withholds every answer, the second
    gives it with the annotation. `empty_every` and `fail_every` strike every N-th request; 0 is never.
    """

    filter_answers: str | None = None
    annotate_answers: str | None = None
    withhold_probes: bool = False
    empty_every: int = 0
    fail_every: int = 0
    fail_status: int = 500
    other_model: bool = False
    delay_s: float = 0.0
    _requests: "count[int]" = field(default_factory=lambda: count(1), repr=False)

    async def before(self) -> int:
        """Yield this request's number, from 1, after the delay; raise ApiError where it is to fail."""
        number = next(self._requests)
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if self.fail_every and number % self.fail_every == 0:
            headers = {"Retry-After": "1"} if self.fail_status == 429 else None
            raise ApiError(self.fail_status, "This failure was asked for.", code="asked_for", headers=headers)
        if self.withhold_probes:
            raise withheld_probe()
        return number

    def spoil(self, number: int, completion: Body) -> Body:
        """Yield the completion as request `number` is to see it."""
        choice = dict(completion["choices"][0])
        if self.empty_every and number % self.empty_every == 0:
            choice["message"] = {**choice["message"], "content": ""}
        if self.annotate_answers is not None:
            choice["content_filter_results"] = filter_results(self.annotate_answers, filtered=False)
        if self.filter_answers is not None:
            choice["message"] = {**choice["message"], "content": ""}
            choice["finish_reason"] = "content_filter"
            choice["content_filter_results"] = (
                {} if self.filter_answers == UNNAMED else filter_results(self.filter_answers, filtered=True)
            )
        model = f"{completion['model']}-other" if self.other_model else completion["model"]
        return {**completion, "model": model, "choices": [choice]}
