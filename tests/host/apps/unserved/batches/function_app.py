from typing import List  # noqa: UP035

import azure.functions as func

app = func.FunctionApp()


@app.service_bus_queue_trigger(
    arg_name="messages", connection="ServiceBus", queue_name="queue", cardinality=func.Cardinality.MANY
)
def unserved(messages: List[func.ServiceBusMessage]) -> None: ...  # noqa: UP006
