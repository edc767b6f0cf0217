from __future__ import annotations

import azure.functions as func

app = func.FunctionApp()


@app.event_grid_trigger(arg_name="event")
def bad(event: Evnt) -> None: ...  # type: ignore[name-defined]  # noqa: F821
