"""Which names and values are structure in the known formats, and so no text; and which fields hold other media.

The formats: chat and tool calls (SFT), preference pairs (DPO), graded chat (RFT), prompt and completion. The names are
listed to be shown in paths; every other key is text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

FIELDS: Final = frozenset(
    {
        # chat, graded chat
        "messages", "role", "content", "name", "weight", "refusal",
        # tools and their calls
        "tools", "tool_calls", "tool_call_id", "tool_choice", "parallel_tool_calls", "id", "function", "functions",
        "function_call", "arguments", "description", "strict",
        # their parameters, as JSON schemas
        "parameters", "properties", "required", "items", "enum", "const", "default", "title", "examples", "format",
        "additionalProperties", "anyOf", "oneOf", "allOf",
        # preference pairs; prompt and completion
        "input", "preferred_output", "non_preferred_output", "prompt", "completion",
        # parts of a content
        "type", "text", "detail", "url", "data", "source", "media_type", "filename",
        "image_url", "input_image", "image", "video_url", "input_audio", "audio", "file", "input_file", "file_data",
        "file_id", "file_url",
    }
)  # fmt: skip

_TYPES: Final = frozenset(
    {
        "text", "input_text", "output_text", "function", "base64", "url",
        "object", "array", "string", "number", "integer", "boolean", "null",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaField:
    """A field or type of a part that stands for other media than text; `payloads` are the fields that hold them."""

    payloads: frozenset[str]
    is_image: bool = False

    @property
    def reason(self) -> str:
        """Why such a part is unscored where nothing in it can be evaluated."""
        return "image_unreadable" if self.is_image else "not_text"


MEDIA: Final[Mapping[str, MediaField]] = {
    "image_url": MediaField(payloads=frozenset({"url"}), is_image=True),
    "input_image": MediaField(payloads=frozenset({"image_url", "file_id"}), is_image=True),
    "image": MediaField(payloads=frozenset({"url", "data", "file_id"}), is_image=True),
    "video_url": MediaField(payloads=frozenset({"url"})),
    "input_audio": MediaField(payloads=frozenset({"data"})),
    "audio": MediaField(payloads=frozenset({"id", "url", "data"})),
    "file": MediaField(payloads=frozenset({"file_data", "file_id"})),
    "input_file": MediaField(payloads=frozenset({"file_data", "file_id", "file_url"})),
}

_STRUCTURE: Final[Mapping[str, frozenset[str]]] = {
    "role": frozenset({"system", "developer", "user", "assistant", "tool", "function"}),
    "type": _TYPES | MEDIA.keys(),
    "detail": frozenset({"auto", "low", "high"}),
    "format": frozenset({"wav", "mp3"}),
    "tool_choice": frozenset({"none", "auto", "required"}),
    "media_type": frozenset(
        {"image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff", "image/webp"}
    ),
}


def is_structure(value: str, *, field: str) -> bool:
    """Whether the value says in this field nothing but what kind of thing stands there."""
    return value in _STRUCTURE.get(field, ())
