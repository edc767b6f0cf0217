from typing import List  # noqa: UP035

import azure.functions as func

app = func.FunctionApp()


@app.timer_trigger(arg_name="timer", schedule="0 0 0 * * *")
def bad(timer: List[func.TimerRequest]) -> None: ...  # noqa: UP006
