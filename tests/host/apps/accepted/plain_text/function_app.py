import azure.functions as func

app = func.FunctionApp()


@app.service_bus_queue_trigger(arg_name="message", connection="ServiceBus", queue_name="queue")
def good(message: str) -> None: ...


@app.event_grid_trigger(arg_name="event")
def unannotated(event): ...  # type: ignore[no-untyped-def]
