import azure.functions as func

app = func.FunctionApp()


@app.function_name("bad")
@app.queue_output(arg_name="out", queue_name="queue", connection="Storage")
def bad(out: func.Out[str]) -> None: ...
