"""Delivery states: what a client's disposition asks for, and what the broker answers."""

from local.broker.errors import ARGUMENT, NOT_IMPLEMENTED, BrokerError
from local.broker.performatives import ACCEPTED, MODIFIED, REJECTED, RELEASED, Fields, outcome
from local.broker.settlement import Outcome, Settlement
from local.broker.values import Array, Described

_CODES = {
    "amqp:accepted:list": ACCEPTED,
    "amqp:rejected:list": REJECTED,
    "amqp:released:list": RELEASED,
    "amqp:modified:list": MODIFIED,
}


def settlement_of(state: Described | None) -> Settlement:
    """Return what a delivery state asks for; none at all releases."""
    if state is None:
        return Settlement(outcome=Outcome.RELEASE)
    fields = Fields(state.value, "a delivery state")
    match _code(state):
        case code if code == ACCEPTED:
            return Settlement(outcome=Outcome.COMPLETE)
        case code if code == RELEASED:
            return Settlement(outcome=Outcome.RELEASE)
        case code if code == MODIFIED:
            undeliverable_here = fields.flag(1)
            return Settlement(
                outcome=Outcome.DEFER if undeliverable_here else Outcome.ABANDON,
                changes=property_changes(fields.mapping(2)),
            )
        case code if code == REJECTED:
            return _dead_letter(fields.described(0))
    raise BrokerError(NOT_IMPLEMENTED, "A delivery state of this kind is not implemented.")


def answer_to(state: Described | None) -> Described | None:
    """Return the same outcome without its details: the SDK takes a rejection that holds an error for a failure."""
    if state is None:
        return None
    return outcome(REJECTED, None) if (code := _code(state)) == REJECTED else outcome(code)


def property_changes(mapping: dict[object, object]) -> dict[str, object]:
    """Return application properties to set; compound values are refused."""
    changes = {}
    for key, value in mapping.items():
        if not isinstance(key, str) or isinstance(value, list | dict | Array | Described):
            raise BrokerError(ARGUMENT, "An application property is a simple value under a string.")
        changes[str(key)] = value
    return changes


def _code(state: Described) -> int:
    code = state.descriptor
    if isinstance(code, str):
        code = _CODES.get(code)
    return code if isinstance(code, int) else 0


def _dead_letter(error: Described | None) -> Settlement:
    if error is None:
        return Settlement(outcome=Outcome.DEAD_LETTER)
    fields = Fields(error.value, "an error")
    changes = property_changes(fields.mapping(2))
    reason, description = (
        changes.pop("DeadLetterReason", None),
        changes.pop("DeadLetterErrorDescription", None),
    )
    return Settlement(
        outcome=Outcome.DEAD_LETTER,
        changes=changes,
        reason=reason if isinstance(reason, str) else None,
        description=description if isinstance(description, str) else fields.text(1),
    )
