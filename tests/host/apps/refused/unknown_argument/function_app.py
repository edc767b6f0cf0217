import azure.functions as func

app = func.FunctionApp()


@app.event_grid_trigger(arg_name="evnt")
def bad() -> None: ...
