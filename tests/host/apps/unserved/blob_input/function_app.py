import azure.functions as func

app = func.FunctionApp()


@app.event_grid_trigger(arg_name="event")
@app.blob_input(arg_name="blob", path="container/name", connection="Storage")
def unserved(event: func.EventGridEvent, blob: func.InputStream) -> None: ...
