"""The two events that start an evaluation, in whatever schema they come, read without regard to case."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import unquote, urlsplit

from msgspec import ValidationError, convert, json

from shared.errors import EventRefused, place_of
from shared.settings import Settings
from shared.subject import JOB_PATTERN, TrainingFile, TunedModel

BLOB_CREATED: Final = "Microsoft.Storage.BlobCreated"
TRAINING_COMPLETED: Final = "Tunegate.TrainingCompleted"
RUN_COMPLETED: Final = "Microsoft.MachineLearningServices.RunCompleted"

_REQUIRED_TAGS: Final = ("resource", "endpoint", "deployment", "region")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event as CloudEvents and the Event Grid schema both tell it."""

    id: str
    type: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedTraining:
    """A tuned model to evaluate, and what the event left out; with anything missing it cannot be evaluated."""

    model: TunedModel
    missing: tuple[str, ...] = ()


def training_completed(model: TunedModel, *, evaluation: str, region: str, time: datetime) -> bytes:
    """The CloudEvent for a tuned model, as `completed_training` reads it; the same attempt has the same id."""
    names = ("resource", "job", "attempt", "model", "endpoint", "deployment")
    base = {"base_deployment": model.base_deployment} if model.base_deployment else {}
    return json.encode(
        {
            "specversion": "1.0",
            "id": f"{evaluation}:completed",
            "source": f"/tunegate/{model.resource}/trainer",
            "type": TRAINING_COMPLETED,
            "subject": model.job,
            "time": time,
            "datacontenttype": "application/json",
            "data": {**{name: getattr(model, name) for name in names}, "region": region, **base},
        }
    )


def uploaded_file(event: Event, settings: Settings) -> TrainingFile:
    """The training file an upload event names; raises EventRefused where it is not ours."""
    if event.type != BLOB_CREATED:
        raise EventRefused("the type is not BlobCreated")
    data = _folded(event.data)
    try:
        url = urlsplit(_text(data, "url"))
    except ValueError:
        raise EventRefused("data.url is not an address") from None
    account, container, blob = _blob_address(url.hostname or "", unquote(url.path))
    if container != settings.training_container:
        raise EventRefused("the container is not the training container")
    if account.lower() != settings.training_account.lower():
        raise EventRefused("the storage account is not the training account")
    length = data.get("contentlength")
    if not isinstance(length, int) or isinstance(length, bool) or length < 0:
        raise EventRefused("data.contentLength is missing or no number")
    etag = _text(data, "etag").strip('"')
    file = {"type": "file", "job": _job_of(blob), "account": account, "container": container, "blob": blob}
    return _checked({**file, "etag": etag, "length": length}, TrainingFile)


def completed_training(event: Event, settings: Settings) -> CompletedTraining:
    """The tuned model a training-completed event names; raises EventRefused where it is not ours."""
    if event.type == TRAINING_COMPLETED:
        completed = _from_tunegate(_folded(event.data))
    elif event.type == RUN_COMPLETED:
        completed = _from_azure_ml(_folded(event.data))
    else:
        raise EventRefused("the type is not TrainingCompleted")
    given, missing = completed
    for name in ("resource", "region"):
        theirs = str(given.get(name, "")).lower()
        if name == "resource":  # by its name or by its Azure id
            theirs = theirs.rpartition("/")[2]
        if name not in missing and theirs != getattr(settings, name).lower():
            raise EventRefused(f"the {name} is not the one this deployment serves")
    # The verdict's key is this deployment's own spelling of its resource, never the event's.
    model = _checked(
        {
            "type": "model",
            "resource": settings.resource,
            **{name: given.get(name, "") for name in ("job", "attempt", "model", "endpoint", "deployment")},
            "base_deployment": given.get("base_deployment", ""),
        },
        TunedModel,
    )
    if "endpoint" not in missing and not settings.allows(model.endpoint):
        raise EventRefused("the endpoint is not on the allow-list")
    return CompletedTraining(model=model, missing=tuple(f"tunegate_{name}" for name in missing))


def _from_tunegate(data: Mapping[str, object]) -> tuple[dict[str, object], tuple[str, ...]]:
    names = ("resource", "job", "model", "endpoint", "deployment", "region")
    given: dict[str, object] = {name: _text(data, name) for name in names}
    # Left out and null say the same; anything else that is no text is refused with the other fields.
    base = data.get("base_deployment", data.get("basedeployment"))
    return {**given, "attempt": data.get("attempt", 0), "base_deployment": "" if base is None else base}, ()


def _from_azure_ml(data: Mapping[str, object]) -> tuple[dict[str, object], tuple[str, ...]]:
    tags = data.get("runtags")
    found = {
        key.removeprefix("tunegate_"): value
        for key, value in (_folded(tags) if isinstance(tags, Mapping) else {}).items()
        if key.startswith("tunegate_") and isinstance(value, str) and value
    }
    missing = tuple(name for name in _REQUIRED_TAGS if name not in found)
    if len(missing) == len(_REQUIRED_TAGS):
        raise EventRefused("the run has no tunegate tags: not ours")
    properties = data.get("runproperties")
    model = _folded(properties).get("model_name") if isinstance(properties, Mapping) else None
    run = _text(data, "runid")
    attempt = found.get("attempt", "0")
    return {
        **found,
        "job": run,
        "model": model if isinstance(model, str) and model else run,
        "attempt": int(attempt) if re.fullmatch("[0-9]{1,4}", attempt) else -1,
    }, missing


def _blob_address(host: str, path: str) -> tuple[str, str, str]:
    # In Azure the account is the host's first label; on an emulator, whose host is an address, the path's first part.
    parts = path.lstrip("/")
    account = host.partition(".")[0]
    if host == "localhost" or re.fullmatch(r"[0-9.]+|[0-9a-f:]+", host):
        account, _, parts = parts.partition("/")
    container, _, blob = parts.partition("/")
    if not blob:
        raise EventRefused("data.url names no blob")
    return account, container, blob


def _job_of(blob: str) -> str:
    # The job is the blob's first folder; a blob outside any goes by its own name; where that is no job's name, by none.
    job = blob.partition("/")[0]
    return job if re.match(JOB_PATTERN, job) else ""


def _folded(data: Mapping[str, object]) -> dict[str, object]:
    return {str(key).lower(): value for key, value in data.items()}


def _text(data: Mapping[str, object], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise EventRefused(f"data.{name} is missing or no text")
    return value


Checked = TypeVar("Checked", TrainingFile, TunedModel)


def _checked(value: dict[str, object], kind: type[Checked]) -> Checked:
    try:
        "".join(part for part in value.values() if isinstance(part, str)).encode()
        return convert(value, kind)
    except UnicodeEncodeError:
        raise EventRefused("a field holds half of a character") from None
    except ValidationError as error:
        raise EventRefused(f"a field is not valid: {place_of(error)}") from None
