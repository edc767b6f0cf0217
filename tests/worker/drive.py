"""Drive Microsoft's own worker library without gRPC: index an app, call its functions, tell what it said.

Runs under Python >= 3.13. Arguments: the app's folder. Standard input: a JSON list of calls, each
{"function", "value": {kind: text}, "metadata": {name: {kind: text}}}. Standard output, last line: JSON
{"refused": reason | null, "functions": {name: [binding types]}, "calls": [{"ok", "error"}]}.
The stand-ins below have the shape of the protobuf messages that the library would get from the host.
"""

import asyncio
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as runtime

KINDS = ("string", "bytes", "json", "int", "double", "http", "collection_bytes", "collection_string")


class Message(SimpleNamespace):
    """A protobuf message: fields given by name."""


class TypedData(Message):
    def WhichOneof(self, name: str) -> str | None:
        return next((kind for kind in KINDS if kind in vars(self)), None)


class ParameterBinding(Message):
    def WhichOneof(self, name: str) -> str:
        return "data"


class StatusResult(Message):
    Failure, Success = 0, 1


class BindingInfo(Message):
    undefined, string, binary, stream = range(4)
    out, inout = 1, 2


class Protos:
    """The protobuf module: what the library only builds and hands back needs no class of its own."""

    StatusResult = StatusResult
    TypedData = TypedData
    ParameterBinding = ParameterBinding
    BindingInfo = BindingInfo

    def __getattr__(self, name: str) -> type:
        made = type(name, (Message,), {})
        setattr(self, name, made)
        return made


def request(**fields: Any) -> Message:
    return Message(request=Message(**fields), properties={"host": "127.0.0.1", "protos": Protos()})


async def index(folder: str) -> Any:
    """The library's answer to its first request, in which it indexes the app."""
    return await runtime.worker_init_request(
        request(worker_init_request=Message(capabilities={}, function_app_directory=folder))
    )


async def call(known: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """One invocation, and how the library says it went; of an exception its type only."""
    function = known[given["function"]]
    trigger = next(
        binding for raw in function.raw_bindings if (binding := json.loads(raw))["type"].endswith("Trigger")
    )
    invocation = Message(
        invocation_id="invocation",
        function_id=function.function_id,
        input_data=[ParameterBinding(name=trigger["name"], data=TypedData(**given["value"]))],
        trigger_metadata={name: TypedData(**value) for name, value in given.get("metadata", {}).items()},
        trace_context=Message(trace_parent="", trace_state="", attributes={}),
        retry_context=Message(retry_count=0, max_retry_count=0, exception=None),
    )
    answer = await runtime.invocation_request(request(invocation_request=invocation))
    ok = answer.result.status == StatusResult.Success
    error = None if ok else answer.result.exception.message.partition(":")[0]
    return {"ok": ok, "error": error}


async def main(folder: str, calls: list[dict[str, Any]]) -> dict[str, Any]:
    runtime.start_threadpool_executor()
    sys.path.insert(0, folder)
    started = await index(folder)
    if started.result.status != StatusResult.Success:
        return {"refused": started.result.exception.message, "functions": {}, "calls": []}
    metadata = await runtime.functions_metadata_request(request())
    known = {function.name: function for function in metadata.function_metadata_results or []}
    results = [await call(known, given) for given in calls]
    runtime.stop_threadpool_executor()
    bindings = {
        name: [json.loads(raw)["type"] for raw in function.raw_bindings] for name, function in known.items()
    }
    return {"refused": None, "functions": bindings, "calls": results}


if __name__ == "__main__":
    told = asyncio.run(main(str(Path(sys.argv[1]).resolve()), json.load(sys.stdin)))
    print(json.dumps(told), flush=True)
