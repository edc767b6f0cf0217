import azure.functions as func

app = func.FunctionApp()


@app.service_bus_queue_trigger(arg_name="message", connection="ServiceBus", queue_name="%UNSET%")
def unserved(message: func.ServiceBusMessage) -> None: ...
