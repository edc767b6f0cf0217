"""Record a verdict: the only thing Tunegate keeps."""

from shared.errors import BadMessage
from shared.outcome import OutcomeEvent, Result
from shared.ports import Verdicts
from shared.subject import TunedModel


async def record_verdict(event: OutcomeEvent, *, verdicts: Verdicts) -> None:
    """Write what a model's outcome says: *passed* allows where nothing stands, *failed* denies over anything,
    *incomplete* writes nothing. A row is never raised."""
    outcome = event.data
    model = outcome.subject
    if outcome.kind != "model" or not isinstance(model, TunedModel):
        raise BadMessage("an outcome without a model reached the verdicts")
    if outcome.result is Result.FAILED:
        await verdicts.deny(resource=model.resource, job=model.job)
    elif outcome.result is Result.PASSED and not outcome.failed:
        await verdicts.allow(resource=model.resource, job=model.job)
