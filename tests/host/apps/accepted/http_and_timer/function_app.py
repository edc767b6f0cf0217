import azure.functions as func

app = func.FunctionApp()


@app.route(route="good")
def good(req: func.HttpRequest) -> str:
    return "good"


@app.timer_trigger(arg_name="timer", schedule="0 0 0 * * *")
def nightly(timer: func.TimerRequest) -> None: ...
