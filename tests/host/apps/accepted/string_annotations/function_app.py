from __future__ import annotations

import azure.functions as func

app = func.FunctionApp()


@app.event_grid_trigger(arg_name="event")
async def good(event: func.EventGridEvent, context: func.Context) -> None: ...
