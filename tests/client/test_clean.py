"""`tunegate clean`: exactly the named lines go, every other byte stays, and what is left is checked again."""

import json
import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.drops import named_by
from client.main import main
from client.sifting import NotALine, Sifter
from local.cloud import PROJECT
from shared.errors import Unavailable
from shared.harm import HarmCategory
from shared.outcome import DataFound, LineFinding, UnreadableLine
from tests.client.checking import CANARY, HARM, many, outcome_of, record, stubbed, written
from tests.client.test_interrupts import command, interrupted, read_until

SAMPLES = PROJECT / "samples"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> None:
    stubbed(monkeypatch)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def parts(folder: Path) -> list[str]:
    return [name for name in names(folder) if name.startswith(".tunegate-")]


def test_the_harmful_sample_becomes_the_harmless_one(
    remembering: None, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "clean.jsonl"
    assert main(["clean", str(SAMPLES / "harmful.jsonl"), "-o", str(out)]) == 0
    told = capsys.readouterr().out
    assert out.read_bytes() == (SAMPLES / "support.jsonl").read_bytes()
    assert told.startswith("Dropped 6 of 206 lines of harmful.jsonl; 200 lines stay as they were, in ")
    assert "- 1 line: Sexual\n" in told
    assert "By this check, clean.jsonl may be used: " in told
    assert "Azure's may differ" in told


BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ([record(HARM), record("a")], [1]),
        ([record("a"), record(HARM)], [0]),
        ([record("a"), record(HARM).rstrip()], [0]),
        ([record("a"), record(HARM), record("b").rstrip()], [0, 2]),
        ([b"\r\n", record("a")[:-1] + b"\r\n", record(HARM)[:-1] + b"\r\n", b"\n", b" \n"], [0, 1, 3, 4]),
        ([b"\xff\n", b"{\n", b"[]\n", record("a"), b'{"messages": [], "messages": []}\n'], [3]),
        ([record("a\u2028b\x85"), record(HARM)], [0]),
        ([record(f"one {n}") if n % 3 else record(f"{HARM} {n}") for n in range(99)], [n for n in range(99) if n % 3]),
    ],
)  # fmt: skip
def test_every_other_byte_stays(
    lines: list[bytes], left: list[int], stub: None, tmp_path: Path, capsys: Capture
) -> None:
    for start in (b"", BOM):
        path = written(tmp_path / "train.jsonl", [start, *lines])
        out = tmp_path / "out.jsonl"
        assert main(["clean", str(path), "-o", str(out), "--force"]) == 0
        assert out.read_bytes() == start + b"".join(lines[n] for n in left)
        assert path.read_bytes() == start + b"".join(lines)
        assert f"Dropped {len(lines) - len(left)} of {len(lines)} lines" in capsys.readouterr().out
        assert parts(tmp_path) == []


def test_more_lines_than_any_list_holds(stub: None, tmp_path: Path, capsys: Capture) -> None:
    good = many(40)
    harm = [record(f"{HARM} number {n}") for n in range(2_500)]
    bad = [f"not json {n}\n".encode() for n in range(3_000)]
    path = written(tmp_path / "train.jsonl", [*good[:20], *harm, *bad, *good[20:]])
    out = tmp_path / "out.jsonl"
    assert main(["clean", str(path), "-o", str(out)]) == 0
    assert out.read_bytes() == b"".join(good)
    told = capsys.readouterr()
    assert "Dropped 5,500 of 5,540 lines" in told.out
    assert "- 2,500 lines: Violence\n" in told.out
    assert "- 3,000 lines: not valid JSON" in told.out
    assert told.err.count("Checking what is left") == 1


def test_a_saved_outcome_whose_lists_are_cut_is_gone_on_with(
    stub: None, tmp_path: Path, capsys: Capture
) -> None:
    good = many(1200)
    path = written(tmp_path / "train.jsonl", [*good, *(record(f"{HARM} number {n}") for n in range(1_500))])
    saved, out = tmp_path / "outcome.json", tmp_path / "out.jsonl"
    assert main(["check", str(path), "--json"]) == 1
    saved.write_text(capsys.readouterr().out)
    assert main(["clean", str(path), "-o", str(out), "--outcome", str(saved)]) == 0
    told = capsys.readouterr()
    assert "of 1,500 findings" in told.err
    assert "Dropped 1,500 of 2,700 lines" in told.out
    assert out.read_bytes() == b"".join(good)


def test_an_outcome_may_name_what_the_check_would_not(stub: None, tmp_path: Path, capsys: Capture) -> None:
    path = written(tmp_path / "train.jsonl", many(5))
    saved = tmp_path / "outcome.json"
    saved.write_bytes(saved_outcome(path, line=3, offset=len(b"".join(many(2)))))
    out = tmp_path / "out.jsonl"
    code, outcome = outcome_of(capsys, "clean", str(path), "-o", str(out), "--outcome", str(saved))
    assert code == 0
    assert isinstance(outcome.found, DataFound)
    assert outcome.found.lines == 4
    assert out.read_bytes() == b"".join(line for n, line in enumerate(many(5)) if n != 2)


def saved_outcome(
    path: Path, *, line: int | None = 1, offset: int = 0, lines: int | None = None, **subject: object
) -> bytes:
    """An outcome as storage's is: the ETag says nothing of the bytes."""
    file = {
        "type": "file", "job": "j", "account": "a", "container": "c", "blob": "j/f", "etag": "0x1",
        "length": path.stat().st_size, **subject,
    }  # fmt: skip
    finding = {"line": line, "offset": offset, "path": "$", "category": "sexual", "severity": 5}
    found = {
        "of": "data", "texts": 1, "lines": lines, "findings": [finding], "findings_total": 1, "bad_lines": [],
        "bad_lines_total": 0,
    }  # fmt: skip
    data = {
        "evaluation": "0" * 32, "kind": "data", "job": "j", "subject": file, "result": "failed", "failed": ["sexual"],
        "message": "m", "billable": False, "policy": "p", "classifier": "c", "reasons": [], "counts": {},
        "found": found,
    }  # fmt: skip
    event = {
        "type": "Tunegate.EvaluationCompleted", "specversion": "1.0", "id": "i", "source": "/tunegate/r",
        "subject": "data/j", "time": "2026-01-01T00:00:00Z", "datacontenttype": "application/json", "data": data,
    }  # fmt: skip
    return json.dumps(event).encode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"length": 1},
        {"etag": "sha256-" + "0" * 64},
        {"offset": 5},
        {"offset": 10**9},
        {"offset": -1},
        {"line": 2},
        {"lines": 4},
    ],
)
def test_an_outcome_of_other_bytes_is_refused(
    wrong: dict[str, object], stub: None, tmp_path: Path, capsys: Capture
) -> None:
    path = written(tmp_path / "train.jsonl", many(3))
    saved, out = tmp_path / "outcome.json", tmp_path / "out.jsonl"
    saved.write_bytes(saved_outcome(path, **wrong))  # type: ignore[arg-type]
    assert main(["clean", str(path), "-o", str(out), "--outcome", str(saved)]) == 3
    assert "The outcome is not of this file as it stands now" in capsys.readouterr().err
    assert not out.exists()
    assert parts(tmp_path) == []
    saved.write_bytes(b"[null, " + saved_outcome(path, lines=3) + b"]")
    assert main(["clean", str(path), "-o", str(out), "--outcome", str(saved)]) == 0


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"\xff", CANARY.encode()])
def test_what_is_no_outcome_is_refused(body: bytes, stub: None, tmp_path: Path, capsys: Capture) -> None:
    path, saved = written(tmp_path / "train.jsonl", many(3)), written(tmp_path / "o.json", [body])
    assert main(["clean", str(path), "-o", str(tmp_path / "out.jsonl"), "--outcome", str(saved)]) == 3
    told = capsys.readouterr().err
    assert "is no outcome" in told
    assert CANARY not in told


def test_lines_that_were_merely_not_scored_are_kept() -> None:
    finding = LineFinding(line=9, offset=90, path="$", category=HarmCategory.SEXUAL, severity=5)
    found = DataFound(
        texts=3,
        lines=None,
        findings=[finding],
        findings_total=1,
        bad_lines=[
            UnreadableLine(line=1, offset=0, reason="attempts_exhausted"),
            UnreadableLine(line=2, offset=10, reason="not_json"),
        ],
        bad_lines_total=2,
    )
    drops = named_by(found)
    assert list(drops.offsets) == [10, 90]
    assert [count for _, count in drops.named()] == [1, 1]


def test_where_out_may_be(stub: None, tmp_path: Path, capsys: Capture) -> None:
    path = written(tmp_path / "train.jsonl", [record("a"), record(HARM)])
    before = path.read_bytes()
    link, hard, there = tmp_path / "link.jsonl", tmp_path / "hard.jsonl", tmp_path / "there.jsonl"
    link.symlink_to(path)
    hard.hardlink_to(path)
    there.write_text("precious")
    os.mkfifo(tmp_path / "fifo")
    for out, why in (
        (path, "is the file itself"),
        (link, "is the file itself"),
        (hard, "is the file itself"),
        (tmp_path, "is no file"),
        (tmp_path / "fifo", "is no file"),
        (tmp_path / "nowhere" / "out.jsonl", "there is no folder"),
    ):
        for force in ([], ["--force"]):
            assert main(["clean", str(path), "-o", str(out), *force]) == 3
            assert why in capsys.readouterr().err
    assert main(["clean", str(path), "-o", str(there)]) == 3
    assert "--force" in capsys.readouterr().err
    assert (path.read_bytes(), there.read_text()) == (before, "precious")
    assert main(["clean", str(path), "-o", str(there), "--force"]) == 0
    assert there.read_bytes() == record("a")
    assert parts(tmp_path) == []


def test_what_comes_to_stand_there_meanwhile_is_not_overwritten(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = written(tmp_path / "train.jsonl", many(2)), tmp_path / "out.jsonl"
    stubbed(monkeypatch, lambda: (out.write_text("precious"), None)[1])
    assert main(["clean", str(path), "-o", str(out)]) == 3
    assert "exists by now" in capsys.readouterr().err
    assert out.read_text() == "precious"
    assert parts(tmp_path) == []


def test_who_may_read_the_file_may_read_what_is_left(stub: None, tmp_path: Path) -> None:
    path, out = written(tmp_path / "train.jsonl", many(2)), tmp_path / "out.jsonl"
    path.chmod(0o640)
    assert main(["clean", str(path), "-o", str(out)]) == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


def test_nothing_left_is_nothing_written(stub: None, tmp_path: Path, capsys: Capture) -> None:
    path, out = written(tmp_path / "train.jsonl", [record(HARM)]), tmp_path / "out.jsonl"
    assert main(["clean", str(path), "-o", str(out)]) == 1
    assert "nothing is left" in capsys.readouterr().err
    assert names(tmp_path) == ["train.jsonl"]


def test_only_blank_lines_left_are_no_pass(stub: None, tmp_path: Path) -> None:
    path, out = written(tmp_path / "train.jsonl", [record(HARM), b"\n"]), tmp_path / "out.jsonl"
    assert main(["clean", str(path), "-o", str(out)]) == 2
    assert out.read_bytes() == b"\n"


@pytest.mark.parametrize("left", [False, True])
def test_a_file_that_changes_meanwhile_is_not_cleaned(
    left: bool, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is checked itself, and while what is left of it is."""
    path, out = written(tmp_path / "train.jsonl", [record(HARM), *many(2)]), tmp_path / "out.jsonl"
    changed: list[Path] = []

    def asked() -> None:
        if not changed and bool(parts(tmp_path)) is left:
            changed.append(path)
            path.write_bytes(path.read_bytes() + record(HARM))

    stubbed(monkeypatch, asked)
    assert main(["clean", str(path), "-o", str(out)]) == 2
    assert changed
    assert "was changed while it was read: nothing was written" in capsys.readouterr().err
    assert names(tmp_path) == ["train.jsonl"]


def test_a_line_is_not_dropped_for_want_of_an_answer(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> None:
        raise Unavailable("away", retry_after_s=100_000)

    stubbed(monkeypatch, asked)
    path, out = written(tmp_path / "train.jsonl", [*many(2), b"not json\n"]), tmp_path / "out.jsonl"
    assert main(["clean", str(path), "-o", str(out)]) == 2
    assert "Nothing is dropped, since not everything was scored" in capsys.readouterr().err
    assert names(tmp_path) == ["train.jsonl"]


def test_no_text_is_shown(stub: None, tmp_path: Path, capsys: Capture) -> None:
    lines = [record(f"{HARM} {CANARY}"), f"{CANARY}\n".encode(), record(CANARY)]
    path, out = written(tmp_path / "train.jsonl", lines), tmp_path / "out.jsonl"
    for extra in ([], ["--json", "--force"]):
        assert main(["clean", str(path), "-o", str(out), *extra]) == 0
        told = capsys.readouterr()
        assert told.out
        assert CANARY not in told.out + told.err


async def test_a_cleaning_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "train.jsonl", [b"not json\n", *many(20_000)])
    saved, out = tmp_path / "outcome.json", tmp_path / "out.jsonl"
    saved.write_bytes(saved_outcome(path))
    async with command("clean", str(path), "-o", str(out), "--outcome", str(saved)) as process:
        await read_until(process, "Checking what is left")
        assert parts(tmp_path) != []
        assert await interrupted(process, signal.SIGINT) == (130, ["Stopped."])
    assert names(tmp_path) == ["outcome.json", "train.jsonl"]


@given(
    lines=st.lists(
        st.tuples(st.binary(max_size=9).map(lambda b: b.replace(b"\n", b"")), st.booleans()), min_size=1
    ),
    ends=st.booleans(),
    chunk=st.integers(3, 20),
)
def test_sifting_is_leaving_out(lines: list[tuple[bytes, bool]], ends: bool, chunk: int) -> None:
    whole = [line + b"\n" for line, _ in lines]
    if not ends:
        whole[-1] = lines[-1][0] + b"x"
    content, offsets, position = b"".join(whole), [], 0
    for line, (_, drop) in zip(whole, lines, strict=True):
        offsets += [position] if drop else []
        position += len(line)
    start = content[:3] if lines[0][1] and content.startswith(BOM) else b""
    kept = b"".join(line for line, (_, drop) in zip(whole, lines, strict=True) if not drop)
    sifter = Sifter(offsets)
    left = [
        bytes(one) for at in range(0, len(content), chunk) for one in sifter.feed(content[at : at + chunk])
    ]
    sifter.finish()
    assert b"".join(left) == start + kept
    assert (sifter.dropped, sifter.lines) == (len(offsets), len(whole))


@pytest.mark.parametrize("offsets", [[1], [3, 3], [0, 1], [6], [9]])
def test_an_offset_where_no_line_begins(offsets: list[int]) -> None:
    sifter = Sifter(offsets)

    def sift(finish: Callable[[], None]) -> None:
        list(sifter.feed(b"ab\ncd\n"))
        finish()

    with pytest.raises(NotALine):
        sift(sifter.finish)
