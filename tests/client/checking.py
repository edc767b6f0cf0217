"""What the tests of check and clean share: a classifier that reads words, and training files of simple records."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

import pytest

from client.main import main
from shared.errors import Unscorable
from shared.outcome import Outcome, OutcomeEvent, decode_event
from tests.fakes import FakeClassifier

HARM = "harm_violence_5"
"""What the stub scores at severity 5 in violence."""
CANARY = "CanaryOfRecord7f3a"


class StubScoring(FakeClassifier):
    """The fake classifier for as long as a check lasts; `asked` runs before each answer."""

    told = "The stub scored this."

    def __init__(self, asked: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._asked = asked

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def analyze(self, text: str):
        self._asked()
        return await super().analyze(text)

    async def analyze_image(self, content: bytes):
        raise Unscorable("image_not_supported")


def stubbed(monkeypatch: pytest.MonkeyPatch, asked: Callable[[], None] = lambda: None) -> None:
    """Let the commands be scored by the stub."""
    monkeypatch.setattr("client.check.scoring_of", lambda *_: lambda: StubScoring(asked))


def record(text: str) -> bytes:
    """A line of chat JSONL whose answer is the text."""
    messages = [{"role": "user", "content": "How is it going?"}, {"role": "assistant", "content": text}]
    return json.dumps({"messages": messages}).encode() + b"\n"


def written(path: Path, lines: Iterable[bytes]) -> Path:
    path.write_bytes(b"".join(lines))
    return path


def many(number: int) -> list[bytes]:
    """Harmless lines of some 1,100 bytes, each another; of plain words, in which no disguise is looked for long."""
    plain = "the parcel arrives on Tuesday before noon and waits at the door " * 16
    return [record(f"Line {n} says so: {plain}") for n in range(number)]


def outcome_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Outcome]:
    """The exit code and what --json printed."""
    capsys.readouterr()
    code = main([*arguments, "--json"])
    event = decode_event(capsys.readouterr().out.encode())
    assert isinstance(event, OutcomeEvent)
    return code, event.data
