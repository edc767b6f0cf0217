import azure.functions as func

app = func.FunctionApp()


@app.event_grid_trigger(arg_name="event")
def bad(event: func.Out[str]) -> None: ...
