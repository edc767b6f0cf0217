"""A training is begun once for the same files, whatever becomes of its copies, its outcome or its answers."""

import pytest

from shared.fine_tuning import Link
from shared.ids import data_evaluation_id
from shared.outcome import Result
from tests.connector.scene import JOB, KEPT, TICK, Scene
from tests.connector.stages import NAME, asked_for, deployed, started
from tests.connector.standin import BASE


@pytest.mark.parametrize("unsaid", [(), ("suffix",), ("seed",)])
@pytest.mark.parametrize("status", ["running", "succeeded", "failed"])
async def test_copies_that_somebody_deletes_start_no_second_training(
    scene: Scene, unsaid: tuple[str, ...], status: str, caplog: pytest.LogCaptureFixture
) -> None:
    scene.azure.unsaid = unsaid
    await started(scene)
    [job] = scene.azure.jobs.values()
    job["status"] = status
    for _ in range(3):
        scene.azure.files.clear()
        assert await scene.look()
    assert len(scene.azure.jobs) == 1
    assert not scene.azure.files
    assert f"the copies of training {job['id']} are gone" in caplog.text


@pytest.mark.parametrize("unsaid", [(), ("suffix",), ("seed",)])
@pytest.mark.parametrize("status", ["running", "succeeded"])
@pytest.mark.parametrize("are_gone", [True, False])
async def test_other_files_of_a_job_that_has_a_training_start_none(
    scene: Scene, unsaid: tuple[str, ...], status: str, are_gone: bool, caplog: pytest.LogCaptureFixture
) -> None:
    scene.azure.unsaid = unsaid
    await started(scene)
    [job] = scene.azure.jobs.values()
    job["status"] = status
    if are_gone:
        scene.azure.files.clear()
    scene.accept(scene.put(content=b"better\n"))
    for _ in range(3):
        assert await scene.look()
    assert len(scene.azure.jobs) == 1
    assert f"job {JOB} has training {job['id']}, of other files: use a new job's name" in caplog.text
    scene.accept(scene.put(content=b"better\n", job="a-new-name"))
    assert await scene.look()
    assert len(scene.azure.jobs) == 2


@pytest.mark.parametrize("unsaid", [(), ("suffix",), ("seed",)])
@pytest.mark.parametrize("are_gone", [True, False])
async def test_other_files_after_a_training_that_failed_start_their_own(
    scene: Scene, unsaid: tuple[str, ...], are_gone: bool
) -> None:
    scene.azure.unsaid = unsaid
    await started(scene)
    scene.azure.finish("failed")
    if are_gone:
        scene.azure.files.clear()
    scene.accept(scene.put(content=b"better\n"))
    assert await scene.look()
    assert len(scene.azure.jobs) == 2
    await scene.until_evaluated()


async def test_a_job_whose_first_model_has_no_verdict_gets_no_second(scene: Scene) -> None:
    await asked_for(scene)
    [first] = scene.azure.jobs
    scene.end_evaluation(Result.INCOMPLETE)
    await scene.look()
    scene.azure.provision()
    scene.clock.time += KEPT + TICK
    assert await scene.look()
    assert not scene.azure.files  # the first training is told by its link alone
    file = scene.put(content=b"better\n")
    scene.accept(file)
    for _ in range(3):
        assert await scene.look()
    assert set(scene.azure.jobs) == {first}
    # Nor one that somebody begins all the same.
    scene.forge(file)
    for _ in range(3):
        assert await scene.look()
    assert not scene.azure.deployments


async def test_a_failure_that_came_later_hides_no_training(scene: Scene) -> None:
    await started(scene)
    scene.clock.time += TICK
    scene.forge(scene.put(content=b"worse\n"), status="failed")
    scene.accept(scene.put(content=b"better\n"))
    assert await scene.look()
    assert len(scene.azure.jobs) == 2


async def test_a_training_that_failed_without_a_link_is_not_done_again(scene: Scene) -> None:
    file = scene.put()
    scene.forge(file, status="failed")
    scene.accept(file)
    assert await scene.look()
    assert len(scene.azure.jobs) == 1


async def test_a_training_with_the_link_of_another_job_is_nobodys(scene: Scene) -> None:
    await started(scene)
    [first] = scene.azure.jobs.values()
    other = scene.put(job="other")
    scene.clock.time += TICK
    scene.azure.put_job(model=BASE, training_file=first["training_file"], suffix=Link.of("other").suffix)
    scene.clock.time += TICK
    scene.forge(other)
    scene.accept(other)
    for _ in range(3):
        assert await scene.look()
    assert set(scene.azure.deployments) == {NAME}


async def test_the_link_is_made_of_the_files_that_passed(scene: Scene) -> None:
    files = [scene.put("train.jsonl", b"t\n"), scene.put("validation.jsonl", b"v\n")]
    scene.accept(*files)
    assert await scene.look()
    [job] = scene.azure.jobs.values()
    link = Link.of(
        JOB,
        [
            data_evaluation_id(account=one.account, container=one.container, blob=one.blob, etag=one.etag)
            for one in files
        ],
    )
    assert (job["suffix"], job["seed"]) == (link.suffix, link.seed)


def test_a_link_says_whose_and_of_which_files() -> None:
    link, others, another = Link.of(JOB, ["0" * 32]), Link.of(JOB, ["1" * 32]), Link.of("a", ["0" * 32])
    assert link == Link(suffix="tg21c3679e84e0c0ea", seed=0x6378AFD5)
    assert link.suffix[:10] == others.suffix[:10] != another.suffix[:10]
    assert link.suffix[10:] == another.suffix[10:] != others.suffix[10:]
    assert link.seed >> 11 == others.seed >> 11 != another.seed >> 11
    assert link.seed % 2**11 == another.seed % 2**11 != others.seed % 2**11


@pytest.mark.parametrize("told", [{"suffix": "theirs"}, {"suffix": None}, {"suffix": "tg" + "0" * 16}])
async def test_a_training_of_somebody_else_holds_up_no_job(scene: Scene, told: dict[str, object]) -> None:
    foreign = scene.azure.put_file("their.jsonl", b"x\n")
    scene.azure.put_job(model="gpt", training_file=foreign["id"], **told)
    scene.accept(scene.put())
    assert await scene.look()
    assert len(scene.azure.jobs) == 2


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("files", "filename", None),
        ("files", "filename", ""),
        ("files", "status", 5),
        ("files", "created_at", "now"),
        ("files", "created_at", 10**20),
        ("jobs", "training_file", None),
        ("jobs", "training_file", ["a"]),
        ("jobs", "validation_file", 7),
        ("jobs", "fine_tuned_model", 5),
        ("jobs", "created_at", 10**20),
        ("jobs", "finished_at", "soon"),
        ("jobs", "status", None),
        ("jobs", "suffix", 5),
    ],
)
@pytest.mark.parametrize("is_said", [True, False])
async def test_an_answer_that_does_not_parse_starts_nothing(
    scene: Scene, kind: str, field: str, value: object, is_said: bool
) -> None:
    await started(scene)
    entries = scene.azure.files if kind == "files" else scene.azure.jobs
    for entry in entries.values():
        entry.pop(field, None)
        if is_said:
            entry[field] = value
    scene.accept(scene.put(job="another"))
    is_optional = field in ("validation_file", "fine_tuned_model", "finished_at", "suffix")
    if is_optional and not is_said:  # what may be left out
        assert await scene.look()
        return
    for _ in range(3):
        assert not await scene.look()
    assert len(scene.azure.jobs) == 1
    assert len(scene.azure.files) == 1


async def test_an_answer_that_does_not_parse_holds_up_no_evaluation_that_has_its_deployment(
    scene: Scene,
) -> None:
    await deployed(scene)
    scene.azure.put_job(model="gpt", training_file=5)
    assert not await scene.look()
    assert len(scene.azure.events) == 1
    assert set(scene.azure.deployments) == {NAME}


async def test_a_second_training_is_not_evaluated_while_the_first_is_not_read(scene: Scene) -> None:
    await started(scene)
    [first] = scene.azure.jobs.values()
    scene.clock.time += TICK
    scene.azure.put_job(model=BASE, training_file=first["training_file"])
    scene.azure.finish()
    created, first["created_at"] = first["created_at"], 10**20
    for _ in range(3):
        assert not await scene.look()
        scene.azure.provision()
    assert not scene.azure.deployments
    first["created_at"] = created
    assert await scene.look()
    assert set(scene.azure.deployments) == {NAME}


@pytest.mark.parametrize("change", [{"status": None}, {"created_at": 10**20}, {"created_at": None}])
async def test_a_file_of_somebody_else_may_look_as_it_likes(scene: Scene, change: dict[str, object]) -> None:
    scene.azure.put_file("their.jsonl", b"x\n").update(change)
    await started(scene)


@pytest.mark.parametrize("ended", ["failed", "succeeded"])
async def test_an_outcome_that_expired_and_is_still_shown_starts_nothing(scene: Scene, ended: str) -> None:
    scene.keeps_expired = True
    await started(scene)
    scene.azure.finish(ended)
    for _ in range(4):
        scene.clock.time += KEPT
        assert await scene.look()
        assert await scene.look()
    scene.azure.jobs.clear()  # as long ago as this, even its job may be gone
    assert await scene.look()
    assert not scene.azure.jobs
    assert not scene.azure.files


async def test_a_training_that_failed_after_its_copies_went_is_not_done_again(scene: Scene) -> None:
    await started(scene)
    scene.azure.finish("failed")
    scene.azure.files.clear()
    for _ in range(3):
        assert await scene.look()
    assert len(scene.azure.jobs) == 1
    assert JOB in scene.told[0][1].data.job


async def test_what_goes_no_further_is_told_once(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    scene.azure.processed_at_once = False
    scene.accept(scene.put(job="refused"))
    connector = scene.connector()
    await connector.look()
    for file in scene.azure.files.values():
        file["status"] = "error"
    scene.azure.processed_at_once = True
    scene.accept(scene.put(job="failed"), scene.put(job="timeless"))
    await connector.look()
    failed, timeless = scene.azure.jobs.values()
    failed["status"] = "failed"
    timeless.update(status="succeeded", fine_tuned_model="tuned")
    for _ in range(3):
        await connector.look()
    [copy] = [id for id, file in scene.azure.files.items() if file["status"] == "error"]
    told = [record.getMessage() for record in caplog.records if record.name == "shared.connect"]
    assert sorted(told) == [
        f"job failed: training {failed['id']}: failed",
        f"job refused: Azure OpenAI refuses its file, copy {copy}",
        f"job timeless: training {timeless['id']} succeeded without its model or its time: it is not evaluated",
    ]
    assert not scene.azure.deployments
