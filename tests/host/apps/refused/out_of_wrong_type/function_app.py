import azure.functions as func

app = func.FunctionApp()


@app.event_grid_trigger(arg_name="event")
@app.service_bus_queue_output(arg_name="out", connection="ServiceBus", queue_name="queue")
def bad(event: func.EventGridEvent, out: func.Out[int]) -> None: ...
