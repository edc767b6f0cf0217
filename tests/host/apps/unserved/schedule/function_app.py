import azure.functions as func

app = func.FunctionApp()


@app.timer_trigger(arg_name="timer", schedule="0 0 25 * * *")
def unserved(timer: func.TimerRequest) -> None: ...
