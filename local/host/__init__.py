"""The Functions host: runs a folder's function_app.py as Azure Functions would, on loopback."""
