import azure.functions as func

app = func.FunctionApp()


@app.function_name("same")
@app.event_grid_trigger(arg_name="event")
def first(event: func.EventGridEvent) -> None: ...


@app.function_name("same")
@app.event_grid_trigger(arg_name="event")
def second(event: func.EventGridEvent) -> None: ...
