"""Which files `tunegate submit` takes, several of a job at once, and one that is replaced while it waits."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from azure.storage.blob.aio import BlobClient

from client import submit as submitting
from client.errors import Exit, Misused, NotDecided
from client.notices import OutcomeNotice
from client.submit import Superseded, submit, submit_all, upload_all
from client.submittable import submittable_length
from client.target import Target
from client.terminal import Terminal
from shared.outcome import Result
from shared.subject import TrainingFile
from tests.client.test_on_services import CONTENT, decide, files_of, uploaded, written
from tests.clouds import CloudThread
from tests.journey import chat_line, new_job


async def until(target: Target, job: str, count: int) -> list[TrainingFile]:
    """The job's files, once there are so many."""
    async with asyncio.timeout(30):
        while len(files := await files_of(target, job)) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return files


async def all_submitted(
    target: Target, paths: Sequence[Path], results: Sequence[str], *, as_json: bool = False
) -> Exit:
    """The exit code where the files' outcomes are these."""
    job = new_job()
    going = asyncio.create_task(
        submit_all(paths, job, timeout_s=30, target=target, terminal=Terminal(json=as_json))
    )
    by_name = {file.blob: file for file in await until(target, job, len(paths))}
    for path, result in zip(paths, results, strict=True):
        await decide(target, result, by_name[f"{job}/{path.name}"])
    return await going


# --- several files


@pytest.mark.parametrize(
    ("results", "code"),
    [
        (("passed", "passed", "passed"), Exit.PASSED),
        (("passed", "failed", "incomplete"), Exit.FAILED),
        (("incomplete", "passed", "passed"), Exit.INCOMPLETE),
    ],
)
async def test_the_worst_outcome_decides(
    results: Sequence[str],
    code: Exit,
    target: Target,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    paths = [written(tmp_path, name=name) for name in ("train.jsonl", "val 1.jsonl", "val 2.jsonl")]
    assert await all_submitted(target, paths, results) is code
    told = capsys.readouterr()
    assert told.out.count("The training data of job") == 3
    assert ("Each of the 3 files passed" in told.err) is (code is Exit.PASSED)
    assert ("must not be trained" in told.err) is (code is not Exit.PASSED)


async def test_json_is_an_array_in_the_order_of_the_files(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [written(tmp_path, name=name) for name in ("z.jsonl", "a.jsonl")]
    assert await all_submitted(target, paths, ("failed", "passed"), as_json=True) is Exit.FAILED
    told = json.loads(capsys.readouterr().out)
    assert [event["data"]["subject"]["blob"].rpartition("/")[2] for event in told] == ["z.jsonl", "a.jsonl"]
    assert [event["data"]["result"] for event in told] == ["failed", "passed"]


async def test_a_file_without_an_outcome_does_not_hide_the_others(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = new_job()
    paths = [written(tmp_path, name=name) for name in ("train.jsonl", "val.jsonl")]
    going = asyncio.create_task(
        submit_all(paths, job, timeout_s=0.5, target=target, terminal=Terminal(json=True))
    )
    _, validation = await until(target, job, 2)
    await decide(target, "failed", validation)
    assert await going is Exit.FAILED
    told = capsys.readouterr()
    assert [event and event["data"]["result"] for event in json.loads(told.out)] == [None, "failed"]
    assert "There is no outcome after 0.5 s" in told.err


async def test_one_that_cannot_be_submitted_keeps_the_others_back(target: Target, tmp_path: Path) -> None:
    job = new_job()
    (tmp_path / "other").mkdir()
    first, same = written(tmp_path), written(tmp_path / "other")
    with pytest.raises(Misused, match=r"Two files are named train\.jsonl"):
        await submit_all([first, same], job, timeout_s=5, target=target, terminal=Terminal())
    with pytest.raises(Misused, match="is empty"):
        await upload_all(
            [first, written(tmp_path, b"", "val.jsonl")], job, target=target, terminal=Terminal()
        )
    assert await files_of(target, job) == []


# --- superseded


async def replace(target: Target, tmp_path: Path, file: TrainingFile) -> None:
    await uploaded(target, tmp_path, file.job, chat_line("something else"), name=Path(file.blob).name)


async def delete(target: Target, _: Path, file: TrainingFile) -> None:
    async with BlobClient.from_connection_string(
        target.training_storage.secret, file.container, file.blob
    ) as blob:
        await blob.delete_blob()


@pytest.mark.parametrize("change", [replace, delete])
async def test_a_file_that_is_replaced_or_deleted_is_noticed(
    change: Callable[[Target, Path, TrainingFile], asyncio.Future[None]],
    target: Target,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    job = new_job()
    path = written(tmp_path)
    going = asyncio.create_task(submit(path, job, timeout_s=30, target=target, terminal=Terminal(json=True)))
    [file] = await until(target, job, 1)
    await change(target, tmp_path, file)
    with pytest.raises(Superseded, match=f"is superseded.*tunegate watch {job}") as ended:
        await going
    assert ended.value.exit_code == 2
    assert capsys.readouterr().out == ""


async def test_a_pass_of_bytes_that_no_longer_stand_is_none(
    target: Target,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(submitting, "LOOK_S", 60.0)  # only the look after the outcome can see it

    async def outcome_after_a_replacement(result: str) -> OutcomeNotice:
        job = new_job()
        going = asyncio.create_task(
            submit(written(tmp_path), job, timeout_s=30, target=target, terminal=Terminal())
        )
        [file] = await until(target, job, 1)
        await replace(target, tmp_path, file)
        await decide(target, result, file)
        return await going

    with pytest.raises(Superseded):
        await outcome_after_a_replacement("passed")
    with pytest.raises(Superseded):
        await outcome_after_a_replacement("incomplete")
    assert capsys.readouterr().out == ""
    # The lines that are named are wrong in the file on this machine, whatever stands in the container.
    assert (await outcome_after_a_replacement("failed")).event.data.result is Result.FAILED


async def test_the_first_of_several_is_looked_at_again_at_the_end(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = new_job()
    paths = [written(tmp_path, name=name) for name in ("train.jsonl", "val.jsonl")]
    going = asyncio.create_task(
        submit_all(paths, job, timeout_s=30, target=target, terminal=Terminal(json=True))
    )
    first, second = await until(target, job, 2)
    await decide(target, "passed", first)
    told = ""
    async with asyncio.timeout(20):
        while "Evaluating " + second.blob not in told:
            await asyncio.sleep(0.05)
            told += capsys.readouterr().err
    await replace(target, tmp_path, first)
    await decide(target, "passed", second)
    assert await going is Exit.INCOMPLETE
    ended = capsys.readouterr()
    assert [event and event["data"]["result"] for event in json.loads(ended.out)] == [None, "passed"]
    assert f"{first.blob} is superseded" in ended.err


async def test_an_outcome_of_another_version_is_not_taken(target: Target, tmp_path: Path) -> None:
    file = await uploaded(target, tmp_path, new_job())
    await decide(target, "passed", file)
    with pytest.raises(NotDecided, match=r"no outcome after 0\.4 s"):
        await submit(written(tmp_path), file.job, timeout_s=0.4, target=target, terminal=Terminal())


# --- what a file is called, and what is in it


@pytest.mark.parametrize("name", ["train.json", "TRAIN.Csv", "a b.tsv"])
def test_what_can_be_converted_is_refused_with_the_command(name: str, tmp_path: Path) -> None:
    path = written(tmp_path, name=name)
    with pytest.raises(Misused, match="Convert it to JSONL: tunegate convert ") as told:
        submittable_length(path)
    command = str(told.value).partition("tunegate convert ")[2]
    quote = "'" if " " in name else ""
    assert command == f"{quote}{path}{quote} -o {quote}{path.with_suffix('.jsonl')}{quote}"


@pytest.mark.parametrize("name", ["train.jsonl.gz", "train.ZIP", "train.parquet", "train.xlsx", ".csv.gz"])
def test_what_cannot_be_converted_is_refused_too(name: str, tmp_path: Path) -> None:
    with pytest.raises(Misused, match=r"is not JSONL by its name\. Unpack it, or save it as CSV"):
        submittable_length(written(tmp_path, name=name))


@pytest.mark.parametrize(
    "name", ["train.txt", "train", "json", "train.json.part", "a..b", "..jsonl", "x" * 255]
)
def test_any_other_name_is_evaluated(name: str, tmp_path: Path) -> None:
    assert submittable_length(written(tmp_path, name=name)) == len(CONTENT)


def test_names_that_no_file_can_have_here(tmp_path: Path) -> None:
    for name, told in (
        ("..", "is no file"),
        ("x" * 1000, "File name too long"),
        ("a\0b", "cannot be a file's name"),
    ):
        with pytest.raises(Misused, match=told):
            submittable_length(tmp_path / name)
    for name, told in (("a\nb.jsonl", "control character"), ("a\udcffb.jsonl", "not valid UTF-8")):
        with pytest.raises(Misused, match=told):
            submittable_length(written(tmp_path, name=name))


def test_a_file_over_8_gib_is_refused_and_one_of_8_gib_is_not(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    with path.open("wb") as file:
        file.truncate(8 * 1024**3)  # sparse: it takes no space
    assert submittable_length(path) == 8 * 1024**3
    with path.open("ab") as file:
        file.truncate(8 * 1024**3 + 1)
    with pytest.raises(Misused, match=r"larger than 8 GiB\. Split it"):
        submittable_length(path)


# --- through the functions


async def on_cloud(cloud: CloudThread, tmp_path: Path, content: bytes, name: str) -> OutcomeNotice:
    target = Target(settings=cloud.settings, origin="the tests")
    path = written(tmp_path, content, name)
    return await submit(path, new_job(), timeout_s=60, target=target, terminal=Terminal())


@pytest.mark.parametrize(
    "name",
    ["train.jsonl", "a b#?%20ü 😀.jsonl", "..jsonl", "100%.jsonl", "a+b&c=d.jsonl", "x" * 249 + ".jsonl"],
)
async def test_any_name_gets_its_outcome(name: str, marked_cloud: CloudThread, tmp_path: Path) -> None:
    notice = await on_cloud(marked_cloud, tmp_path, CONTENT, name)
    assert notice.event.data.result is Result.PASSED
    subject = notice.event.data.subject
    assert isinstance(subject, TrainingFile)
    assert subject.blob.partition("/")[2] == name


async def test_blank_lines_alone_are_incomplete(marked_cloud: CloudThread, tmp_path: Path) -> None:
    notice = await on_cloud(marked_cloud, tmp_path, b"\n  \r\n\t\n", "train.jsonl")
    assert notice.event.data.result is Result.INCOMPLETE
    assert any("nothing" in reason or "no text" in reason for reason in notice.event.data.reasons)


async def test_a_whole_job_with_its_validation_file(marked_cloud: CloudThread, tmp_path: Path) -> None:
    target = Target(settings=marked_cloud.settings, origin="the tests")

    async def code(validation: bytes) -> Exit:
        paths = [written(tmp_path), written(tmp_path, validation, "val.jsonl")]
        return await submit_all(paths, new_job(), timeout_s=60, target=target, terminal=Terminal())

    assert await code(chat_line("good day")) is Exit.PASSED
    assert await code(chat_line("[[violence:5]]")) is Exit.FAILED


async def test_another_format_uploaded_by_other_means_ends_incomplete(
    marked_cloud: CloudThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitting, "submittable_length", lambda path: path.stat().st_size)
    notice = await on_cloud(marked_cloud, tmp_path, CONTENT, "train.JSON")
    data = notice.event.data
    assert (data.result, data.billable) == (Result.INCOMPLETE, False)
    assert data.reasons == [
        "by its name the file is not JSONL; convert it to JSONL (tunegate convert FILE -o FILE.jsonl), "
        "and upload that"
    ]
