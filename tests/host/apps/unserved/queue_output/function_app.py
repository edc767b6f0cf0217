import azure.functions as func

app = func.FunctionApp()


@app.event_grid_trigger(arg_name="event")
@app.queue_output(arg_name="out", queue_name="queue", connection="Storage")
def unserved(event: func.EventGridEvent, out: func.Out[str]) -> None: ...
