"""What `tunegate convert` writes, what it refuses and what it never shows."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from client import convert as converting
from client.json_records import CHUNK_BYTES
from client.main import main

SECRET = "marzipan-canary"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


def converted(content: str | bytes, out: Path, *options: str, name: str = "in.json", code: int = 0) -> bytes:
    """What is written for a source of this name; the exit code is the one that is wanted."""
    source = out.with_name(name)
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    assert main(["convert", str(source), "-o", str(out), *options]) == code
    assert [each.name for each in out.parent.iterdir() if each.name.endswith(".part")] == []
    return out.read_bytes() if out.exists() else b""


def refused(
    content: str | bytes, out: Path, capsys: pytest.CaptureFixture[str], *options: str, name: str = "in.json"
) -> str:
    """What is told where nothing is written."""
    assert converted(content, out, *options, name=name, code=3) == b""
    told = capsys.readouterr()
    assert told.out == ""
    assert SECRET not in told.err
    assert "Traceback" not in told.err
    # Off a terminal the line that says what goes on comes first.
    return told.err.strip().splitlines()[-1]


# --- JSON


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ('[{"a": 1}]', ['{"a": 1}']),
        ('\ufeff [ {"a":1} ,\r\n{"b":2}]\n', ['{"a":1}', '{"b":2}']),
        ('[\n  {\n    "a": "x  y",\n    "b": [1,\n 2]\n  }\n]', ['{"a":"x  y","b":[1,2]}']),
        # The text stays as it is: digits, escapes, order, the other characters.
        (
            '[{"z": 1.10, "a": 1E5, "m": 123456789012345678901234567890, "u": "\\u00fc \\ud83d\\ude00 ü 😀"}]',
            [
                '{"z": 1.10, "a": 1E5, "m": 123456789012345678901234567890, "u": "\\u00fc \\ud83d\\ude00 ü 😀"}'
            ],
        ),
        ('[{"a":\n"say \\"no\\", \\\\ and  \\\\"}]', ['{"a":"say \\"no\\", \\\\ and  \\\\"}']),
        ('{"data": [{"a": 1}, {"a": 2}]}', ['{"a": 1}', '{"a": 2}']),
        ('{\n "records":\n[{"a": 1}]\n}\n', ['{"a": 1}']),
        # A record of its own, and records one after the other, laid out or not.
        ('{"messages": [{"role": "user"}]}', ['{"messages": [{"role": "user"}]}']),
        ('{"a": 1}\n{"a":\n 2}{"a": 3}', ['{"a": 1}', '{"a":2}', '{"a": 3}']),
        ('[{"a": ' + "9" * 5000 + "}]", ['{"a": ' + "9" * 5000 + "}"]),
        ('[{"a": {"a": 1}}, {"a": 2}]', ['{"a": {"a": 1}}', '{"a": 2}']),
    ],
)
def test_json_becomes_one_record_a_line(content: str, lines: list[str], out: Path) -> None:
    written = converted(content, out).decode()
    assert written == "".join(line + "\n" for line in lines)
    for line in lines:
        json.loads(line, parse_int=str)


@pytest.mark.parametrize("before", range(CHUNK_BYTES - 40, CHUNK_BYTES + 3))
def test_a_record_may_be_cut_anywhere_when_it_is_read(before: int, out: Path) -> None:
    record = '{"k": -1.5e+3, "t": true, "s": "a\\\\\\"ü\\ud83d\\ude00😀"}'
    padding = "[" + " " * (before - 1)
    assert converted(f"{padding}{record} , {record}]", out).decode() == f"{record}\n{record}\n"


def test_a_record_longer_than_what_is_read_at_once(out: Path) -> None:
    long = json.dumps({"text": "ä" * (3 * CHUNK_BYTES)}, ensure_ascii=False)
    assert converted(f'[{long}, {{"a": 1}}]', out).decode() == f'{long}\n{{"a": 1}}\n'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[]", "in.json holds no records."),
        ('{"data": []}', "in.json holds no records."),
        (f'["{SECRET}"]', "line 1 (byte 1): Record 1 is not a JSON object"),
        (f'[{{"a": 1}},\n\n "{SECRET}"]', "line 3 (byte 13): Record 2 is not a JSON object"),
        (
            f'[{{"ü": 1}},\n{{"a" "{SECRET}"}}]                  ',
            "line 2 (byte 17): Record 2 is not valid JSON",
        ),
        (f'[{{"a": "{SECRET}', "(byte 7): Record 1 ends within a string, or the file is cut"),
        (f'[{{"a": "{SECRET}"', "Record 1 is not valid JSON"),
        (f'[{{"a": "{SECRET}"}}', 'After record 1 neither "," nor "]" follows'),
        (f'[{{"a": "{SECRET}"}},]', "Record 2 is not a JSON object"),
        (f'[{{"a": "{SECRET}"}}] x', "Something follows the last record"),
        (f'{{"a": "{SECRET}"}} x', "Something follows the last record"),
        (f'{{"data": [{{"a": 1}}], "more": "{SECRET}"}}', "Beside its list of records it holds other fields"),
        (f'"{SECRET}"', "It is neither a JSON array nor a JSON object"),
        (f'[{{"{SECRET}": 1, "{SECRET}": 2}}]', "Record 1 names a field twice in one object. Remove one"),
        (f'[{{"b": [{{"{SECRET}": 1, "\\u006darzipan-canary": 2}}]}}]', "Record 1 names a field twice"),
        ('[{"a": NaN}]', "Record 1 holds NaN or Infinity"),
        ('[{"a": -Infinity}]', "Record 1 holds NaN or Infinity"),
        ('[{"a": ' + "[" * 100_000 + "]" * 100_000 + "}]", "Record 1 is nested too deeply"),
        (f'[{{"a": "{SECRET}\x00"}}]' + " " * 40, "Record 1 is not valid JSON"),
        (f'[{{"a": "{SECRET}\n"}}]' + " " * 40, "Record 1 is not valid JSON"),
        (b'[{"a": "\xff"}]', "in.json is not valid UTF-8 at byte 8."),
        (b"[" + b" " * (CHUNK_BYTES - 2) + b"\xc3(", f"not valid UTF-8 at byte {CHUNK_BYTES - 1:,}."),
        ("[{}]".encode("utf-16"), "in.json is UTF-16. Save it as UTF-8"),
        ('[{"a": "' + "x" * (16 * 1024**2) + '"}]', "Record 1 is longer than 16 MiB. Split it"),
        ('[{"a": "' + "x" * (17 * 1024**2), "Record 1 is longer than 16 MiB, or a string in it has no end"),
    ],
)
def test_json_that_is_refused(
    content: str | bytes, told: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in refused(content, out, capsys)


# --- CSV


def chats(*pairs: tuple[str, str]) -> list[dict[str, object]]:
    return [
        {"messages": [{"role": "user", "content": p}, {"role": "assistant", "content": c}]} for p, c in pairs
    ]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("prompt,completion\na,b\nc,d\n", "in.csv"),
        ("\ufeffPrompt;COMPLETION\r\na;b\r\nc;d", "in.CSV"),
        ("completion\tid\t prompt \nb\t1\ta\nd\t2\tc\n", "in.tsv"),
        ('"question"|"answer"\n"a"|b\n\n||||\n'.replace("||||", " | ") + "c|d\n", "in.csv"),
        ("answer,prompt,question,completion\nx,a,y,b\nx,c,y,d\n", "in.csv"),
    ],
)
def test_csv_becomes_chats(content: str, name: str, out: Path) -> None:
    lines = converted(content, out, name=name).splitlines()
    assert [json.loads(line) for line in lines] == chats(("a", "b"), ("c", "d"))


def test_a_field_is_kept_whole(out: Path) -> None:
    prompt, completion = 'two\r\nlines, "quoted"\n\u2028end ', " ü\x00\t😀"
    content = 'prompt,completion\n"two\r\nlines, ""quoted""\n\u2028end ", ü\x00\t😀\n'
    [line] = converted(content, out, name="in.csv").decode().split("\n")[:-1]
    assert [json.loads(line)] == chats((prompt, completion))
    assert "ü" in line


def test_columns_shape_and_delimiter_are_options(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = "Said:Replied:Id\na:b:1\n::\nc:d:2\n"
    options = ["--prompt", "said", "--completion", "REPLIED", "--delimiter", ":", "--to", "completion"]
    lines = converted(content, out, *options, name="in.csv").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"prompt": "a", "completion": "b"},
        {"prompt": "c", "completion": "d"},
    ]
    told = capsys.readouterr()
    assert told.out == f"2 records written to {out}.\n"
    assert "Left out: 1 column beside prompt and completion.\n" in told.err
    assert "Left out: 1 row without any text.\n" in told.err
    assert told.err.endswith(f"Next: tunegate check {out}\n")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            f"{SECRET},b\na,b\n",
            "its first row does not name the columns prompt and completion or question and",
        ),
        ("prompt,completion,Prompt\na,b,c\n", "once each"),
        ("prompt,completion\n", "in.csv holds no rows below its first."),
        (
            f"prompt,completion\na,b\n{SECRET}\n",
            "line 3 (byte 22): Row 2 has 1 fields where the first row has 2",
        ),
        (f'prompt,completion\n"x\ny",b\na,{SECRET},c\n', "line 4 (byte 26): Row 2 has 3 fields"),
        (f"prompt,completion\n{SECRET},\n", "line 2 (byte 18): Row 1 has no completion"),
        (f"prompt,completion\n ,{SECRET}\n", "Row 1 has no prompt"),
        (
            f'prompt,completion\n"{SECRET}"x,b\n',
            "line 2 (byte 18): The row that begins here is not valid CSV",
        ),
        (
            f'prompt,completion\na,b\n"{SECRET}\n\n,b\n',
            "line 3 (byte 22): The row that begins here is not valid",
        ),
        (b"prompt,completion\na,b\xe9\n", "in.csv is not valid UTF-8 at byte 21."),
        (
            'prompt,completion\n"' + "x\n" * (9 * 1024**2),
            "line 2 (byte 18): The row that begins here is longer",
        ),
        (
            "prompt,completion\n" + "x" * (17 * 1024**2),
            "line 2 (byte 18): The row that begins here is longer",
        ),
        ("prompt,completion\n" + "\x01" * (4 * 1024**2) + ",b", "row 1 makes a record longer than 16 MiB"),
    ],
)
def test_csv_that_is_refused(
    content: str | bytes, told: str, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in refused(content, out, capsys, name="in.csv")


# --- files


def test_what_stands_there_is_not_written_over(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out.write_text("mine")
    assert converted('[{"a": 1}]', out, code=3) == b"mine"
    assert f"{out} exists. To write over it, say --force." in capsys.readouterr().err
    assert converted('[{"a": 1}, 2]', out, "--force", code=3) == b"mine"
    assert converted('[{"a": 1}]', out, "--force") == b'{"a": 1}\n'


def test_what_appears_meanwhile_is_not_written_over(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def line_of(*_: object) -> bytes:
        out.write_text("somebody else's")
        return b"{}\n"

    monkeypatch.setattr(converting, "_line_of", line_of)
    assert converted("prompt,completion\na,b\n", out, name="in.csv", code=3) == b"somebody else's"
    assert "exists. To write over it" in capsys.readouterr().err


def test_an_interrupted_conversion_leaves_nothing(tmp_path: Path) -> None:
    source, out = tmp_path / "in.json", tmp_path / "out.jsonl"
    with source.open("w") as file:
        file.write("[" + ",\n".join([json.dumps({"text": "x" * 50})] * 2_000_000) + "]")
    command = [sys.executable, "-m", "client.main", "convert", str(source), "-o", str(out)]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    limit = time.monotonic() + 30
    while not list(tmp_path.glob("*.part")) and time.monotonic() < limit:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=30)
    assert (running.returncode, told.splitlines()[-1]) == (130, "Stopped.")
    assert [each.name for each in tmp_path.iterdir() if each.suffix in {".part", ".jsonl"}] == []


def test_help_fits_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as ended:
        main(["convert", "--help"])
    assert ended.value.code == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 82


def test_files_that_cannot_be_converted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def told(source: Path, out: Path) -> str:
        assert main(["convert", str(source), "-o", str(out), "--force"]) == 3
        return capsys.readouterr().err.strip().splitlines()[-1]

    source, out = tmp_path / "in.json", tmp_path / "out.jsonl"
    assert told(source, out) == f"{source} cannot be read: No such file or directory."
    assert told(tmp_path, out) == f"{tmp_path} is no file."
    source.touch()
    assert told(source, out) == f"{source} is empty: there is nothing to convert."
    source.write_text('[{"a": 1}]')
    assert told(source, source) == "The file to write is the one to read. Name another with -o."
    assert told(source, tmp_path) == f"{tmp_path} is a folder. Name a file in it."
    assert told(source, tmp_path / "no" / "out") == f"There is no folder {tmp_path / 'no'}."
    assert told(source, tmp_path / ("x" * 300)).endswith("cannot be written: File name too long.")
    unnamed = tmp_path / "in.txt"
    unnamed.write_text("prompt,completion\na,b\n")
    assert "neither JSON" in told(unnamed, out)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["in.json", "in.txt"]


@pytest.mark.parametrize(
    "options",
    [["--prompt", "a"], ["--completion", "a"], ["--delimiter", "ab"], ["--delimiter", '"'], ["--to", "pdf"]],
)
def test_options_that_do_not_go_are_usage(options: list[str], out: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["convert", "in.csv", "-o", str(out), *options])
    assert ended.value.code == 3


_PEAK = """
import resource, sys
from client.main import main
assert main(sys.argv[1:]) == 0
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.parametrize("name", ["in.json", "in.csv"])
def test_memory_does_not_grow_with_the_file(name: str, tmp_path: Path) -> None:
    def peak(mebibytes: int) -> int:
        source, out = tmp_path / name, tmp_path / "out.jsonl"
        text = "x" * 8000
        with source.open("w") as file:
            if name == "in.json":
                file.write(
                    "[" + ", ".join(f'{{"n": {n}, "text": "{text}"}}' for n in range(mebibytes * 128)) + "]"
                )
            else:
                file.write("prompt,completion\n" + f"{text},yes\n" * (mebibytes * 128))
        command = [sys.executable, "-c", _PEAK, "convert", str(source), "-o", str(out), "--force"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert len(out.read_bytes().splitlines()) == mebibytes * 128
        return int(done.stdout.splitlines()[-1])

    assert peak(40) < 1.2 * peak(4)
