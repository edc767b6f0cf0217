"""What a user can give wrong, and how it is told: exit code 3, a sentence, never a traceback."""

import json
from pathlib import Path

import pytest

from client.main import main

SETTINGS = {
    "TUNEGATE_RESOURCE": "local",
    "TUNEGATE_REGION": "local",
    "TUNEGATE_TRAINING_CONTAINER": "training",
    # Nothing listens on port 1.
    "TrainingStorage": "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=c2VjcmV0;"
    "BlobEndpoint=http://127.0.0.1:1/a;TableEndpoint=http://127.0.0.1:1/a;",
    "VerdictStorage": "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=c2VjcmV0;"
    "BlobEndpoint=http://127.0.0.1:1/a;TableEndpoint=http://127.0.0.1:1/a;",
    "ServiceBus": "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=k;SharedAccessKey=c2VjcmV0;"
    "UseDevelopmentEmulator=true;",
}


@pytest.fixture
def cloud_file(tmp_path: Path) -> Path:
    path = tmp_path / "cloud.json"
    path.write_text(json.dumps({"settings": SETTINGS}))
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nosuch"],
        ["submit", "train.jsonl"],
        ["submit", "train.jsonl", "--job", ""],
        ["submit", "train.jsonl", "--job", "a b"],
        ["submit", "train.jsonl", "--job", "a/b"],
        ["submit", "train.jsonl", "--job", "a\n"],
        ["submit", "train.jsonl", "--job", "x" * 101],
        ["submit", "train.jsonl", "--job", ".."],
        ["submit", "train.jsonl", "--job", "a", "--timeout", "0"],
        ["submit", "train.jsonl", "--job", "a", "--timeout", "soon"],
        ["submit", "train.jsonl", "--job", "a", "--json", "--no-wait"],
        ["train"],
        ["train", "--job", "a", "--attempt", "-1"],
        ["watch"],
        ["watch", "a", "--attempt", "10000"],
        ["verdict"],
        ["verdict", "ä"],
    ],
)
def test_a_wrong_command_line_is_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("usage: tunegate")


@pytest.mark.parametrize("name", ["a", "x" * 100, "Job_1.2-3", "...", "-a"])
def test_a_job_name_that_the_table_can_hold_is_taken(
    name: str, cloud_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["submit", "/nosuch.jsonl", f"--job={name}", "--cloud", str(cloud_file)]) == 3
    assert "usage" not in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["submit"], ["train"], ["watch"], ["verdict"], ["demo"]])
def test_help_fits_a_terminal(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 4
    assert max(map(len, lines)) <= 82


def test_the_exit_codes_are_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "0 passed or deployable, 1 failed or not deployable, 2 incomplete" in capsys.readouterr().out


def submitted(path: Path, cloud_file: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What is told about a file that cannot be submitted, before any service is asked."""
    assert main(["submit", str(path), "--job", "a", "--cloud", str(cloud_file)]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert "Uploading" not in told.err
    return told.err.strip()


def test_files_that_cannot_be_evaluated(
    tmp_path: Path, cloud_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "train.jsonl"
    assert submitted(path, cloud_file, capsys) == f"{path} cannot be read: No such file or directory."
    path.touch()
    assert submitted(path, cloud_file, capsys) == f"{path} is empty: there is nothing to evaluate."
    assert submitted(tmp_path, cloud_file, capsys) == f"{tmp_path} is no file."
    with path.open("wb") as file:
        file.truncate(8 * 1024**3 + 1)  # sparse: it takes no space
    assert submitted(path, cloud_file, capsys) == (
        f"{path} is larger than 8 GiB. Split it, and submit each part."
    )
    assert submitted(path / "below", cloud_file, capsys).endswith("cannot be read: Not a directory.")


def test_a_service_that_is_away_is_named_with_its_address(
    cloud_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verdict", "a", "--cloud", str(cloud_file)]) == 3
    told = capsys.readouterr()
    assert told.err.startswith("Table storage does not answer at http://127.0.0.1:1/a")
    assert "make local" in told.err
    assert "Traceback" not in told.err
    assert "c2VjcmV0" not in told.err


@pytest.mark.parametrize("name", ["TrainingStorage", "ServiceBus", "VerdictStorage"])
def test_a_connection_string_that_is_none_is_named_and_not_quoted(
    name: str, cloud_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud_file.write_text(json.dumps({"settings": {**SETTINGS, name: "hunter2"}}))
    command = ["verdict", "a"] if name == "VerdictStorage" else ["submit", __file__, "--job", "a"]
    assert main([*command, "--cloud", str(cloud_file)]) == 3
    told = capsys.readouterr().err
    assert name in told
    assert "hunter2" not in told
