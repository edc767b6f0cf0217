import azure.functions as func

app = func.FunctionApp()


@app.service_bus_queue_trigger(arg_name="messages", connection="ServiceBus", queue_name="queue")
def bad(messages: list[func.ServiceBusMessage]) -> None: ...
