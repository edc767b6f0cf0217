"""What is evaluated: one version of a training file, or one tuned model."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from shared.shards import MAX_FILE_BYTES

JOB_PATTERN: Final = r"\A[A-Za-z0-9._-]{1,100}\Z"
"""A job is the verdict table's row key."""
RESOURCE_PATTERN: Final = r"\A[A-Za-z0-9-]{2,64}\Z"
"""A fine-tuning resource's account name is the verdict table's partition key."""

OTHER_FORMATS: Final = frozenset(
    {
        "json", "csv", "tsv", "parquet", "arrow", "feather", "avro", "orc", "xls", "xlsx", "ods", "doc", "docx", "pdf",
        "gz", "tgz", "bz2", "xz", "zst", "zip", "tar", "7z", "rar",
    }
)  # fmt: skip
"""Extensions that say clearly that a file is no JSONL; a file with any other, or none, is evaluated as JSONL."""

Job = Annotated[str, Meta(pattern=JOB_PATTERN)]
Resource = Annotated[str, Meta(pattern=RESOURCE_PATTERN)]
Name = Annotated[str, Meta(min_length=1, max_length=1024)]
Text = Annotated[str, Meta(max_length=1024)]


class TrainingFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="file"):
    """One version of a blob; `etag` without quotes. Whoever trains reads exactly these bytes, If-Match."""

    job: Annotated[str, Meta(max_length=100)]
    account: Name
    container: Name
    blob: Name
    etag: Name
    length: Annotated[int, Meta(ge=0)]

    @property
    def is_other_format(self) -> bool:
        return bool(other_format(self.blob))

    @property
    def is_too_large(self) -> bool:
        return self.length > MAX_FILE_BYTES


def other_format(name: str) -> str:
    """The extension of a file's or a blob's name where it says that it is no JSONL, else nothing."""
    extension = name.rpartition("/")[2].rpartition(".")[2].lower() if "." in name else ""
    return extension if extension in OTHER_FORMATS else ""


class TunedModel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="model"):
    """A tuned model and where it answers."""

    resource: Resource
    job: Job
    attempt: Annotated[int, Meta(ge=0, le=9_999)]
    model: Name
    endpoint: Text
    deployment: Text
    base_deployment: Text = ""
    """The deployment of the model it was tuned from, at the same endpoint; held beside it, for comparison alone."""


Subject = TrainingFile | TunedModel
