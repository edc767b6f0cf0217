"""A stand-in of Azure: Resource Manager, the fine-tuning resource's data plane and an Event Grid topic, on loopback.

It is as strict as the reference pages say: a token is good for its own service only, training outside the region and
deployments other than Standard are refused, and so is a suffix of more than 18 characters or a seed of more than 31
bits. Faults are planted by method and path.
"""

import asyncio
import itertools
import json
import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/models"
ACCOUNTS = f"{SUBSCRIPTION}/providers/Microsoft.CognitiveServices/accounts"
TUNING = f"{ACCOUNTS}/contoso"
EVALUATION = f"{ACCOUNTS}/contoso-evaluation"
REGION = "swedencentral"
BASE = "gpt-4.1-mini-2025-04-14"
ENDED = {"succeeded", "failed", "cancelled", "canceled"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def tokens(scope: str) -> str:
    """The token that the stand-in takes for a scope."""
    return f"token for {scope}"


@dataclass
class Fault:
    """What happens to a request: an answer of this status, or a connection that breaks before or after it is done, or
    when half of the answer is out."""

    method: str
    path: str
    """A regular expression for the whole of it."""
    kind: int | str
    times: int = 1
    met: int = 0

    def is_for(self, request: web.Request) -> bool:
        return (
            self.met < self.times
            and request.method == self.method
            and bool(re.fullmatch(self.path, request.path))
        )


def cursor_page(request: web.Request, everything: dict[str, dict[str, Any]]) -> web.Response:
    """Two at a time, newest first, as the library asks for them."""
    newest = list(reversed(everything.values()))
    after = request.query.get("after")
    at = next((n + 1 for n, one in enumerate(newest) if one["id"] == after), 0)
    page = newest[at : at + 2]
    return web.json_response({"object": "list", "data": page, "has_more": at + 2 < len(newest)})


@dataclass
class StandIn:
    """What stands at Azure, and what was asked of it."""

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    deployments: dict[str, dict[str, Any]] = field(default_factory=dict)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    processed_at_once: bool = True
    next_page: str = ""
    """Where a list of deployments says that it goes on, if not here."""
    page: Callable[[web.Request, dict[str, dict[str, Any]]], web.Response] = cursor_page
    """How it lists files and jobs."""
    unsaid: tuple[str, ...] = ()
    """What its answers leave out of a job."""
    now: Callable[[], int] = lambda: 0

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024, middlewares=[self._faulty])
        for method, path, handler in (
            ("GET", ACCOUNTS + "/{account}", self._account),
            ("GET", ACCOUNTS + "/{account}/deployments", self._list_deployments),
            ("PUT", EVALUATION + "/deployments/{name}", self._put_deployment),
            ("DELETE", EVALUATION + "/deployments/{name}", self._delete_deployment),
            ("GET", "/contoso/openai/v1/files", self._list_files),
            ("POST", "/contoso/openai/v1/files", self._post_file),
            ("GET", "/contoso/openai/v1/files/{id}/content", self._content),
            ("DELETE", "/contoso/openai/v1/files/{id}", self._delete_file),
            ("GET", "/contoso/openai/v1/fine_tuning/jobs", self._list_jobs),
            ("POST", "/contoso/openai/v1/fine_tuning/jobs", self._post_job),
            ("POST", "/topic/api/events", self._post_event),
        ):
            app.router.add_route(method, path, handler)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        for name, id in (("contoso", TUNING), ("contoso-evaluation", EVALUATION)):
            properties = {"endpoint": f"{self.address}/{name}/", "disableLocalAuth": True}
            self.accounts[id] = {
                "id": id,
                "name": name,
                "location": "Sweden Central",
                "properties": properties,
            }
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def asked(self, method: str, part: str) -> int:
        """How often this was asked and done."""
        return sum(line.startswith(f"{method} ") and part in line for line in self.log)

    def finish(self, status: str = "succeeded", model: str | None = None) -> None:
        """End every job that is under way."""
        for number, job in enumerate(self.jobs.values()):
            if job["status"] not in ENDED:
                job["status"], job["finished_at"] = status, self.now()
                if status == "succeeded":
                    job["fine_tuned_model"] = model or f"{BASE}.ft-{number}"

    def provision(self, state: str = "Succeeded") -> None:
        """End the making of every deployment, and the removal of those that are to go."""
        for name, deployment in list(self.deployments.items()):
            now = (deployment["properties"] or {}).get("provisioningState")
            if now == "Deleting":
                del self.deployments[name]
            elif now == "Accepted":
                deployment["properties"]["provisioningState"] = state

    @web.middleware
    async def _faulty(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        fault = next((fault for fault in self.faults if fault.is_for(request)), None)
        if fault is not None:
            fault.met += 1
        if fault is not None and fault.kind == "before":
            request.transport.abort()  # type: ignore[union-attr]
            raise asyncio.CancelledError
        if fault is not None and isinstance(fault.kind, int):
            return web.json_response({"error": {"code": str(fault.kind)}}, status=fault.kind)
        self._require_token(request)
        answer = await handler(request)
        self.log.append(f"{request.method} {request.path}")
        if fault is not None and fault.kind == "after":
            request.transport.abort()  # type: ignore[union-attr]
            raise asyncio.CancelledError
        if fault is not None and fault.kind == "half":
            await _break_off(request, answer)
        return answer

    def _require_token(self, request: web.Request) -> None:
        scope = f"{self.address}/.default"
        if request.path.startswith("/contoso/"):
            scope = "https://cognitiveservices.azure.com/.default"
        if request.path.startswith("/topic/"):
            scope = "https://eventgrid.azure.net/.default"
        if request.headers.get("Authorization") != f"Bearer token for {scope}":
            raise web.HTTPUnauthorized

    async def _account(self, request: web.Request) -> web.Response:
        assert request.query["api-version"] == "2024-10-01"
        return web.json_response(self.accounts[request.path])

    async def _list_deployments(self, request: web.Request) -> web.Response:
        # A page each, as a long list comes.
        everything = list(self.deployments.values())
        at = int(request.query.get("skip", "0"))
        page: dict[str, Any] = {"value": everything[at : at + 1]}
        if at + 1 < len(everything):
            here = f"{self.address}{request.path}?api-version=2024-10-01&skip={at + 1}"
            page["nextLink"] = self.next_page or here
        return web.json_response(page)

    async def _put_deployment(self, request: web.Request) -> web.Response:
        body = await request.json()
        model = body["properties"]["model"]
        if body["sku"]["name"] != "Standard" or body["sku"]["capacity"] < 1 or model["source"] != TUNING:
            return web.json_response({"error": {"code": "InvalidResourceProperties"}}, status=400)
        if model["name"] not in {job["fine_tuned_model"] for job in self.jobs.values()}:
            return web.json_response({"error": {"code": "DeploymentModelNotSupported"}}, status=400)
        name = request.match_info["name"]
        is_new = name not in self.deployments
        made = {**body, "name": name, "id": request.path}
        made["properties"]["provisioningState"] = "Accepted"
        self.deployments[name] = made
        return web.json_response(made, status=201 if is_new else 200)

    async def _delete_deployment(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self.deployments:
            return web.Response(status=404)
        found = self.deployments[name]
        found["properties"] = {**(found["properties"] or {}), "provisioningState": "Deleting"}
        return web.Response(status=202)

    async def _list_files(self, request: web.Request) -> web.Response:
        return self.page(request, self.files)

    async def _post_file(self, request: web.Request) -> web.Response:
        form = await request.post()
        upload = form["file"]
        assert form["purpose"] == "fine-tune"
        assert isinstance(upload, web.FileField)
        with upload.file as content:
            return web.json_response(self.put_file(upload.filename, content.read()))

    def put_file(self, name: str, content: bytes) -> dict[str, Any]:
        """Hold a file, as an upload would."""
        id = f"file-{uuid.uuid4().hex}"
        self.contents[id] = content
        self.files[id] = {
            "id": id,
            "object": "file",
            "bytes": len(content),
            "created_at": self.now(),
            "filename": name,
            "purpose": "fine-tune",
            "status": "processed" if self.processed_at_once else "pending",
        }
        return self.files[id]

    async def _content(self, request: web.Request) -> web.Response:
        return web.Response(body=self.contents[request.match_info["id"]])

    async def _delete_file(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        if self.files.pop(id, None) is None:
            return web.json_response({"error": {"code": "resourceNotFound"}}, status=404)
        return web.json_response({"id": id, "object": "file", "deleted": True})

    async def _list_jobs(self, request: web.Request) -> web.Response:
        return self.page(request, self.jobs)

    async def _post_job(self, request: web.Request) -> web.Response:
        body = await request.json()
        files = [body["training_file"], *filter(None, [body.get("validation_file")])]
        if any(self.files.get(id, {}).get("status") != "processed" for id in files):
            return web.json_response({"error": {"code": "fileNotReady"}}, status=400)
        if body.get("trainingType") != "Standard":
            return web.json_response({"error": {"code": "wouldLeaveTheRegion"}}, status=400)
        suffix, seed = body.get("suffix", ""), body.get("seed", 0)
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,18}", suffix) or not 0 <= seed < 2**31:
            return web.json_response({"error": {"code": "invalidPayload"}}, status=400)
        return web.json_response(self.put_job(**body))

    def put_job(self, **body: Any) -> dict[str, Any]:
        """Begin a job, as a request would."""
        id = f"ftjob-{next(_NUMBERS):04d}"
        self.jobs[id] = {
            "id": id,
            "object": "fine_tuning.job",
            "created_at": self.now(),
            "finished_at": None,
            "fine_tuned_model": None,
            "model": body["model"],
            "status": "pending",  # a word of Azure's that OpenAI does not have
            "training_file": body["training_file"],
            "validation_file": body.get("validation_file"),
            "suffix": body.get("suffix"),
            "seed": body.get("seed", 4711),
        }
        for field_ in self.unsaid:
            self.jobs[id].pop(field_, None)
        return self.jobs[id]

    async def _post_event(self, request: web.Request) -> web.Response:
        assert request.query["api-version"] == "2018-01-01"
        assert request.content_type == "application/cloudevents+json"
        self.events.append(json.loads(await request.read()))
        return web.Response()


_NUMBERS = itertools.count(1)


async def _break_off(request: web.Request, answer: web.StreamResponse) -> None:
    """Send half of an answer, and end the connection."""
    body = answer.body if isinstance(answer, web.Response) and isinstance(answer.body, bytes) else b""
    half = web.StreamResponse(status=answer.status)
    half.content_type, half.content_length = answer.content_type, len(body) + 1
    await half.prepare(request)
    await half.write(body[: len(body) // 2 + 1])
    request.transport.abort()  # type: ignore[union-attr]
    raise asyncio.CancelledError
