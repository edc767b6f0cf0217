import azure.functions as func

app = func.FunctionApp()


@app.route(route="bad")
def bad(req: func.HttpRequest) -> int:
    return 200
