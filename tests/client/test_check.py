"""`tunegate check`: the same decision as a deployment's, with no service, nothing written and no text shown."""

import asyncio
import json
import os
import re
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from client.check import SOURCE, _Kept
from client.main import main
from client.patience import Heard, PatientClock
from local.cloud import PROJECT
from shared.data_decision import decide_data
from shared.errors import Unavailable
from shared.evaluate_data import evaluate_data_shard
from shared.harm import HarmCategory
from shared.messages import EvaluateDataShard
from shared.outcome import DataFound, Result
from shared.policy import POLICY
from shared.scoring import Budget
from shared.shards import plan_shards
from shared.subject import TrainingFile
from shared.tally import BadLine, DataTally, TextFinding, fold
from tests.client.checking import CANARY, HARM, StubScoring, many, outcome_of, record, stubbed, written
from tests.client.test_interrupts import command, interrupted, read_until
from tests.fakes import FakeBus, FakeClassifier, FakeClock, FakeFiles

SAMPLES = PROJECT / "samples"
EVALUATION = "0" * 32


def test_the_samples_by_the_embedded_classifier(
    remembering: None, capsys: pytest.CaptureFixture[str]
) -> None:
    code, outcome = outcome_of(capsys, "check", str(SAMPLES / "support.jsonl"))
    assert (code, outcome.result) == (0, Result.PASSED)
    assert outcome.classifier.startswith("embedded/")
    code, outcome = outcome_of(capsys, "check", str(SAMPLES / "harmful.jsonl"))
    assert (code, outcome.result) == (1, Result.FAILED)
    assert isinstance(outcome.found, DataFound)
    assert {finding.line for finding in outcome.found.findings} == {41, 87, 88, 133, 160, 199}


def test_people_are_told_who_scored_and_that_azure_may_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    some = (SAMPLES / "support.jsonl").read_bytes().splitlines(keepends=True)[:20]
    assert main(["check", str(written(tmp_path / "support.jsonl", some))]) == 0
    told = capsys.readouterr().out
    assert told.startswith("By this check, support.jsonl may be used: ")
    assert re.search(r"The embedded classifier \(embedded/\S+\) scored this, .* Azure's may differ\.", told)


async def decided_by_the_core(content: bytes) -> tuple[object, ...]:
    """What a deployment decides of these bytes, put together by hand."""
    file = TrainingFile(job="j", account="a", container="c", blob="j/f.jsonl", etag="e", length=len(content))
    bus, ranges = FakeBus(), plan_shards(len(content))
    for number, byte_range in enumerate(ranges):
        task = EvaluateDataShard(
            evaluation=EVALUATION,
            shard=number,
            shards=len(ranges),
            file=file,
            start=byte_range.start,
            end=byte_range.end,
        )
        files = FakeFiles(content, chunk=100_000)
        await evaluate_data_shard(task, files=files, classifier=FakeClassifier(), bus=bus, clock=FakeClock())
    outcome = decide_data(
        evaluation=EVALUATION,
        file=file,
        shards=len(ranges),
        policy=POLICY.version,
        tallies=fold(bus.of("tally")),
    )
    assert len(ranges) > 2
    return outcome.result, outcome.failed, outcome.message, outcome.reasons, outcome.counts, outcome.found


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        ({}, 0),
        ({700: record(HARM), 1200: record(f"{HARM} again"), 1201: b"{not json\n"}, 1),
        ({3: b"\xff\n", 900: b"[]\n", 1499: b'{"messages": []}'}, 2),
    ],
)
async def test_a_check_decides_what_a_deployment_decides(
    spoilt: dict[int, bytes],
    code: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = many(1500)
    for number, line in spoilt.items():
        lines[number] = line
    path = written(tmp_path / "train.jsonl", lines)
    stubbed(monkeypatch)
    found, outcome = await asyncio.to_thread(outcome_of, capsys, "check", str(path))
    assert found == code
    decided = await decided_by_the_core(path.read_bytes())
    assert decided == (
        outcome.result,
        outcome.failed,
        outcome.message,
        outcome.reasons,
        outcome.counts,
        outcome.found,
    )


def test_a_check_is_no_acceptance_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stubbed(monkeypatch)
    path = written(tmp_path / "train.jsonl", many(3))
    before = path.stat()
    monkeypatch.chdir(tmp_path)
    assert main(["check", "train.jsonl", "--json"]) == 0
    event = json.loads(capsys.readouterr().out)
    assert event["source"] == SOURCE
    assert event["data"]["billable"] is False
    assert [one.name for one in tmp_path.iterdir()] == ["train.jsonl"]
    assert (path.stat().st_mtime_ns, path.stat().st_size) == (before.st_mtime_ns, before.st_size)


@pytest.mark.parametrize("name", ["two words.jsonl", "übung-训练.jsonl", "-o.jsonl"])
def test_names_of_files(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stubbed(monkeypatch)
    path = written(tmp_path / name, many(1))
    code, outcome = outcome_of(capsys, "check", str(path))
    assert code == 0
    assert isinstance(outcome.subject, TrainingFile)
    assert outcome.subject.blob == name


def refused(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["check", str(path)]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    return told.err.strip()


def test_files_that_cannot_be_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "train.jsonl"
    assert refused(path, capsys) == f"{path} cannot be read: No such file or directory."
    path.touch()
    assert refused(path, capsys) == f"{path} is empty: there is nothing to evaluate."
    assert refused(tmp_path, capsys) == f"{tmp_path} is no file."
    surrogate = tmp_path / os.fsdecode(b"caf\xe9.jsonl")
    written(surrogate, many(1))
    assert refused(surrogate, capsys) == "The file's name is not valid UTF-8. Rename it."
    written(path, many(1))

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert refused(path, capsys) == f"{path} cannot be read: Permission denied."


def appended(path: Path) -> None:
    with path.open("ab") as file:
        file.write(record("one more"))


def rewritten(path: Path) -> None:
    about = path.stat()
    with path.open("r+b") as file:
        file.write(b" ")
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))


def replaced(path: Path) -> None:
    about = path.stat()
    other = written(path.with_suffix(".new"), [path.read_bytes()])
    os.utime(other, ns=(about.st_atime_ns, about.st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize("change", [appended, rewritten, replaced, Path.unlink])
@pytest.mark.parametrize("lines", [3, 1500])
def test_a_file_that_changes_while_it_is_read_is_incomplete(
    change: Callable[[Path], None],
    lines: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = written(tmp_path / "train.jsonl", many(lines))
    changed: list[Path] = []

    def asked() -> None:
        if not changed:
            changed.append(path)
            change(path)

    stubbed(monkeypatch, asked)
    code, outcome = outcome_of(capsys, "check", str(path))
    assert changed
    assert (code, outcome.result) == (2, Result.INCOMPLETE)
    assert any("the file was replaced or deleted while it was read" in reason for reason in outcome.reasons)


def test_no_text_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stubbed(monkeypatch)
    key = json.dumps({CANARY: CANARY, "messages": [{"role": CANARY, CANARY: f"{HARM} {CANARY}"}]}).encode()
    bad = [
        f'{{"{CANARY}": {CANARY}\n'.encode(),
        b"\xff" + CANARY.encode() + b"\n",
        b'"' + CANARY.encode() + b'"\n',
    ]
    path = written(tmp_path / "train.jsonl", [record(f"{HARM} {CANARY}"), key + b"\n", *bad])
    for arguments in (["check", str(path)], ["check", str(path), "--json"]):
        assert main(arguments) == 1
        told = capsys.readouterr()
        assert told.out
        assert CANARY not in told.out + told.err


def test_a_bug_is_no_pass_and_quotes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> None:
        raise KeyError(CANARY)

    stubbed(monkeypatch, asked)
    assert main(["check", str(written(tmp_path / "train.jsonl", many(2)))]) == 3
    told = capsys.readouterr()
    assert re.search(r"A bug in Tunegate stopped this: .*KeyError at test_check\.py:\d+", told.err)
    assert CANARY not in told.out + told.err


async def test_a_check_that_is_stopped_says_one_line(tmp_path: Path) -> None:
    path = written(tmp_path / "train.jsonl", many(20_000))
    async with command("check", str(path)) as process:
        await read_until(process, "Checking train.jsonl")
        assert await interrupted(process, signal.SIGINT) == (130, ["Stopped."])


def test_what_is_kept_of_tallies_does_not_grow_with_the_file() -> None:
    kept = _Kept()
    for shard in range(50):
        kept.add(
            DataTally(
                evaluation=EVALUATION,
                shard=shard,
                findings=tuple(
                    TextFinding(offset=n, line=n, path="$", category=HarmCategory.SEXUAL, severity=6)
                    for n in range(200)
                ),
                bad_lines=tuple(BadLine(offset=n, line=n, reason="not_json") for n in range(30)),
                bad_total=30,
            )
        )
    assert sum(len(tally.findings) for tally in kept.tallies) == 1_000
    assert sum(len(tally.bad_lines) for tally in kept.tallies) == 1_000
    assert sum(tally.bad_total for tally in kept.tallies) == 1_500


async def test_only_silence_uses_up_a_shards_time() -> None:
    seconds = 0.0
    clock = PatientClock(lambda: seconds)
    heard = Heard(StubScoring(), clock)
    budget = Budget(clock, until=clock.now() + timedelta(minutes=4))
    for _ in range(100):
        seconds += 200
        await heard.analyze("an answer after a while")
        await budget.spend(lambda: heard.analyze("another"))
    seconds += 241
    with pytest.raises(Unavailable):
        await budget.spend(lambda: heard.analyze("too late"))


def test_a_classifier_that_falls_silent_leaves_the_file_incomplete(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[None] = []

    def asked() -> None:
        answers.append(None)
        if len(answers) > 5:
            raise Unavailable("away", retry_after_s=100_000)

    stubbed(monkeypatch, asked)
    path = written(tmp_path / "train.jsonl", many(3000))
    code, outcome = outcome_of(capsys, "check", str(path))
    assert (code, outcome.result) == (2, Result.INCOMPLETE)
    assert any("shards did not report" in reason for reason in outcome.reasons), "it asked on in vain"
