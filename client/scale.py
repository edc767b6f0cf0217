"""How much an evaluation of a model asks of it, told before it starts."""

from shared.scenario_set import ScenarioSet


def told_of(scenarios: ScenarioSet, *, call_s: float | None = None) -> str:
    """One sentence: conversations, calls, and the time where it is known what a call takes of the whole."""
    calls = scenarios.turns
    said = f"{len(scenarios):,} conversations are held with it, up to {calls:,} calls of the model"
    return f"{said}." if call_s is None else f"{said}: about {_spoken(calls * call_s)}."


def _spoken(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = seconds / 60
    return f"{round(minutes)} min" if minutes < 90 else f"{minutes / 60:.1f} h"
