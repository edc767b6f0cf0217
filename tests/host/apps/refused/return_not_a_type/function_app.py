from typing import Optional

import azure.functions as func

app = func.FunctionApp()


@app.route(route="bad")
def bad(req: func.HttpRequest) -> Optional[str]:  # noqa: UP045
    return None
