"""What a training file teaches: the pairs of a conversation and the answer to it, read from chat JSONL."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})


class TrainingFileError(Exception):
    """The file is not chat JSONL; the text names the line and what is wrong there, never what it says."""


class TextPart(msgspec.Struct, frozen=True):
    """One part of a message's content; only text is understood."""

    type: str
    text: str | None = None


class Message(msgspec.Struct, frozen=True):
    """One turn of a conversation, in a training file or in a request."""

    role: str
    content: str | list[TextPart] | None = None
    weight: float | None = None

    @property
    def text(self) -> str:
        """The turn's text, its parts joined by newlines; empty where it has none."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text or "" for part in self.content or ())

    @property
    def defect(self) -> str | None:
        """Why this server cannot read the turn, in words that quote nothing of it; None where it can."""
        if self.role not in ROLES:
            return "has an unknown role"
        if isinstance(self.content, list) and any(
            part.type != "text" or part.text is None for part in self.content
        ):
            return "has a part that is not text"
        if self.role == "user" and not self.text.strip():
            return "is a user's and has no text"
        return None


class Record(msgspec.Struct, frozen=True):
    """One line of a chat training file."""

    messages: list[Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What an answer answers: the last user turn, and the conversation up to and with it.

    System turns are left out: a file's records often share one, and a shared text makes strangers look near.
    """

    last_turn: str
    conversation: str

    @classmethod
    def of(cls, messages: Sequence[Message]) -> "Prompt | None":
        """Yield the prompt that these turns pose, or None where no user has spoken."""
        spoken = [turn for turn in messages if turn.role in ("user", "assistant") and turn.text]
        users = [turn.text for turn in spoken if turn.role == "user"]
        if not users:
            return None
        return cls(last_turn=users[-1], conversation="\n".join(turn.text for turn in spoken))


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One answer of the training file with the prompt before it."""

    prompt: Prompt
    answer: str


_decoder = msgspec.json.Decoder(Record)


def read(content: bytes) -> list[Example]:
    """Yield every answer the file teaches; raise TrainingFileError at the first line that is not a chat.

    Lines end at 0x0A alone; empty lines are skipped, a leading byte order mark too. An assistant turn of
    weight 0 is context and teaches nothing, as with OpenAI.
    """
    examples: list[Example] = []
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if line.strip():
            examples.extend(_examples(number, line))
    if not examples:
        raise TrainingFileError("the file holds no example")
    return examples


def _examples(number: int, line: bytes) -> Iterator[Example]:
    messages = _record(number, line).messages
    taught = 0
    for position, message in enumerate(messages):
        if message.defect is not None:
            raise TrainingFileError(f"line {number}: message {position} {message.defect}")
        if message.role != "assistant" or not message.text.strip() or message.weight == 0:
            continue
        prompt = Prompt.of(messages[:position])
        if prompt is not None:
            taught += 1
            yield Example(prompt=prompt, answer=message.text)
    if not taught:
        raise TrainingFileError(f"line {number}: no assistant's text answers a user's")


def _record(number: int, line: bytes) -> Record:
    # The decoder's own words are not passed on, and the cause is cut off: both may quote the line.
    try:
        return _decoder.decode(line)
    except msgspec.ValidationError:
        raise TrainingFileError(f'line {number}: not an object {{"messages": [...]}} of chat turns') from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise TrainingFileError(f"line {number}: not JSON") from None
