"""`tunegate check --endpoint`: text goes where it may, and the key is never quoted."""

from pathlib import Path

import pytest

from client.endpoint import key_from, require_safe
from client.errors import Misused
from client.main import main
from local.cloud import PROJECT
from shared.harm import HarmCategory
from tests.client.checking import outcome_of, record, written
from tests.clouds import CloudThread

SAMPLES = PROJECT / "samples"


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org",
        "ftp://127.0.0.1",
        "https://",
        "example.org",
        "https://user:secret@example.org",
        "https://example.org/?key=secret",
        "https://example.org:port",
        "http://127.0.0.1.example.org",
    ],
)
def test_an_address_where_text_may_not_go(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Misused) as refusal:
        require_safe(address)
    assert "secret" not in str(refusal.value)
    assert main(["check", str(SAMPLES / "support.jsonl"), "--endpoint", address]) == 3
    assert "secret" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "address", ["https://a.example/", "http://127.0.0.1:80", "http://[::1]:80", "http://localhost"]
)
def test_an_address_where_text_may_go(address: str) -> None:
    assert require_safe(address) == address.rstrip("/")


def test_a_key_is_named_and_never_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    assert key_from({"KEY": " abc\n"}, "KEY") == "abc"
    for environment in ({}, {"KEY": ""}, {"KEY": "two hunter2"}, {"KEY": "hunter2\u00e9"}):
        with pytest.raises(Misused) as refusal:
            key_from(environment, "KEY")
        assert "KEY" in str(refusal.value)
        assert "hunter2" not in str(refusal.value)
    assert main(["check", "any.jsonl", "--key-env", "KEY"]) == 3
    assert "--endpoint" in capsys.readouterr().err


def test_a_resource_of_the_customers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with CloudThread(parts=("content_safety",), extra={"content_safety": ["--marker-tokens"]}) as running:
        address = running.settings["ContentSafety__endpoint"]
        monkeypatch.setenv("RIGHT", running.settings["ContentSafety__key"])
        monkeypatch.setenv("WRONG", "hunter2")
        path = written(tmp_path / "train.jsonl", [record("hello"), record("[[sexual:6]]")])
        to = ("--endpoint", address, "--key-env")
        code, outcome = outcome_of(capsys, "check", str(path), *to, "RIGHT")
        assert (code, outcome.failed, outcome.classifier) == (1, [HarmCategory.SEXUAL], "markers/1")
        assert main(["check", str(path), *to, "WRONG"]) == 3
        told = capsys.readouterr()
        assert told.out == ""
        assert "Content Safety at http://127.0.0.1" in told.err
        assert "hunter2" not in told.err
        assert "Unclosed" not in told.err
