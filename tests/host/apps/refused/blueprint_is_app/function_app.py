import azure.functions as func

part = func.FunctionApp()
app = func.FunctionApp()
app.register_functions(part)
