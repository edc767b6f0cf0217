import azure.functions as func

app = func.FunctionApp()


@app.route(route="x/{a}-{b}")
def unserved(req: func.HttpRequest) -> str:
    return ""
