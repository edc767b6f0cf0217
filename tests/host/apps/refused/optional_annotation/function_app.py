from typing import Optional

import azure.functions as func

app = func.FunctionApp()


@app.event_grid_trigger(arg_name="event")
def bad(event: Optional[func.EventGridEvent]) -> None: ...  # noqa: UP045
