"""The HTTP surface: OpenAI's files, fine-tuning jobs, models and chat completions under /v1."""

import time
from collections.abc import Mapping
from typing import TypeVar

import msgspec
from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from local.model_server.chat import ChatRequest
from local.model_server.compliance import Compliance
from local.model_server.faults import Faults
from local.model_server.middlewares import errors_in_openai_shape, key_check, log_without_text
from local.model_server.replies import ApiError, Body, json_response
from local.model_server.tuned_model import TunedModel
from local.model_server.workshop import Workshop

MAX_FILE_BYTES = 32 << 20
"""A model's index takes several times its file in memory; a larger file is no matter for a stand-in."""

_T = TypeVar("_T")


class JobRequest(msgspec.Struct, frozen=True):
    """The body of a new fine-tuning job; the suffix, which names the model, is required here."""

    training_file: str
    model: str
    suffix: str


class ModelService:
    """One server: its models, the key it asks for and the faults it plays."""

    def __init__(self, *, key: str, faults: Faults) -> None:
        self._key = key
        self._faults = faults
        self._workshop = Workshop()
        self._compliance = Compliance.shipped()
        self._started_s = int(time.time())

    def application(self) -> web.Application:
        """Yield the application to serve."""
        app = web.Application(
            middlewares=[log_without_text, errors_in_openai_shape, key_check(self._key)],
            client_max_size=MAX_FILE_BYTES,
        )
        app.add_routes(
            [
                web.get("/v1/models", self.list_models),
                web.get("/v1/models/{id}", self.retrieve_model),
                web.post("/v1/files", self.create_file),
                web.get("/v1/files/{id}", self.retrieve_file),
                web.post("/v1/fine_tuning/jobs", self.create_job),
                web.get("/v1/fine_tuning/jobs/{id}", self.retrieve_job),
                web.post("/v1/chat/completions", self.create_completion),
            ]
        )
        return app

    async def list_models(self, _: web.Request) -> web.Response:
        """Answer with the base model and every tuned one."""
        return json_response(
            {"object": "list", "data": [self._model_body(name) for name in self._workshop.models]}
        )

    async def retrieve_model(self, request: web.Request) -> web.Response:
        """Answer with one model."""
        name = request.match_info["id"]
        self._model(name)
        return json_response(self._model_body(name))

    async def create_file(self, request: web.Request) -> web.Response:
        """Keep an uploaded training file."""
        if request.content_type != "multipart/form-data":
            raise ApiError(400, "A file is uploaded as multipart/form-data.")
        purpose: str | None = None
        upload: tuple[str, bytes] | None = None
        try:
            async for part in await request.multipart():
                if not isinstance(part, BodyPartReader):
                    raise ApiError(400, "A part of the upload is itself multipart.")
                if part.name == "purpose":
                    purpose = (await _limited(part)).decode("utf-8", "replace")
                elif part.name == "file":
                    upload = (part.filename or "file", await _limited(part))
        except (ValueError, HttpProcessingError):
            raise ApiError(400, "The upload is not well-formed multipart.") from None
        if purpose != "fine-tune":
            raise ApiError(400, "Only the purpose fine-tune is served.", param="purpose")
        if upload is None:
            raise ApiError(400, "The upload has no file.", param="file")
        return json_response(self._workshop.store(*upload).body())

    async def retrieve_file(self, request: web.Request) -> web.Response:
        """Answer with what is known of one file."""
        return json_response(_known(self._workshop.files, request, "file").body())

    async def create_job(self, request: web.Request) -> web.Response:
        """Start to learn a file."""
        asked = await _decoded(request, JobRequest)
        job = self._workshop.start(file_id=asked.training_file, base_model=asked.model, suffix=asked.suffix)
        return json_response(job.body())

    async def retrieve_job(self, request: web.Request) -> web.Response:
        """Answer with a job's state."""
        return json_response(_known(self._workshop.jobs, request, "fine-tuning job").body())

    async def create_completion(self, request: web.Request) -> web.Response:
        """Answer a conversation."""
        asked = await _decoded(request, ChatRequest)
        model = self._model(asked.model)
        prompt = asked.prompt()
        number = await self._faults.before()
        answer = model.answer(prompt, seed=asked.seed, compliance=self._compliance)
        return json_response(self._faults.spoil(number, asked.completion(answer)))

    def _model(self, name: str) -> TunedModel:
        model = self._workshop.models.get(name)
        if model is None:
            raise ApiError(404, "There is no such model.", code="model_not_found", param="model")
        return model

    def _model_body(self, name: str) -> Body:
        return {"id": name, "object": "model", "created": self._started_s, "owned_by": "tunegate-local"}


async def _limited(part: BodyPartReader) -> bytes:
    """Yield a part's bytes; raise ApiError where they are more than a file may have."""
    content = bytearray()
    while chunk := await part.read_chunk(1 << 18):
        content += chunk
        if len(content) > MAX_FILE_BYTES:
            raise ApiError(413, f"A file may have {MAX_FILE_BYTES} bytes here.", param="file")
    return bytes(content)


async def _decoded(request: web.Request, shape: type[_T]) -> _T:
    """Yield the body in its shape; raise ApiError that names the place, never the value."""
    body = await request.read()
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        # With no Literal or Enum in the shapes, its words are types and field names of ours.
        raise ApiError(400, f"The body does not fit: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ApiError(400, "The body is not JSON.") from None


def _known(things: Mapping[str, _T], request: web.Request, what: str) -> _T:
    try:
        return things[request.match_info["id"]]
    except KeyError:
        raise ApiError(404, f"There is no such {what}.", param="id") from None
