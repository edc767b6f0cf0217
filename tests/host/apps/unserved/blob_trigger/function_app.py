import azure.functions as func

app = func.FunctionApp()


@app.blob_trigger(arg_name="blob", path="container/{name}", connection="Storage")
def unserved(blob: func.InputStream) -> None: ...
