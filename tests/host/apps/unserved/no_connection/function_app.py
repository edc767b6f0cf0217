import azure.functions as func

app = func.FunctionApp()


@app.service_bus_queue_trigger(arg_name="message", connection="Elsewhere", queue_name="queue")
def unserved(message: func.ServiceBusMessage) -> None: ...
