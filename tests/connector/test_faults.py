"""The connector over a stand-in that fails, and a death between each two of its steps: the end is the same."""

import asyncio
import logging

import pytest

from shared.outcome import OutcomeEvent
from tests.connector.scene import JOB, KEPT, TICK, Died, Scene
from tests.connector.stages import asked_for
from tests.connector.standin import EVALUATION, TUNING, Fault

STEPS = ["upload", "upload", "start", "create", "training_completed", "remove"]
"""What an undisturbed connector changes, from two files to nothing that stands."""


def accepted(scene: Scene) -> None:
    scene.accept(scene.put("validation.jsonl", b"v\n"), scene.put("train.jsonl", b"t\n"))


def assert_ended_well(scene: Scene) -> None:
    """One training on what passed, one evaluation however often it was asked for, and nothing that stands."""
    azure = scene.azure
    [job] = azure.jobs.values()
    contents = [azure.contents[job[name]] for name in ("training_file", "validation_file")]
    assert contents == [b"t\n", b"v\n"]
    assert len({event["id"] for event in azure.events}) == 1
    assert scene.most_deployments == 1
    assert not azure.deployments


async def test_the_steps_of_an_undisturbed_connector(scene: Scene) -> None:
    accepted(scene)
    await scene.look()
    scene.azure.finish()
    await scene.look()
    scene.azure.provision()
    await scene.look()
    scene.end_evaluation()
    await scene.look()
    scene.azure.provision()
    assert scene.steps == STEPS
    assert_ended_well(scene)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", range(1, len(STEPS) + 1))
async def test_a_death_at_any_step(scene: Scene, step: int, when: str) -> None:
    accepted(scene)
    scene.dies_at = (step, when)
    await scene.until_evaluated()
    assert len(scene.steps) >= step  # it did die
    assert_ended_well(scene)


FILES, JOBS = "/contoso/openai/v1/files", "/contoso/openai/v1/fine_tuning/jobs"
DEPLOYMENTS, TOPIC = f"{EVALUATION}/deployments", "/topic/api/events"


@pytest.mark.parametrize("kind", [429, 500, 503, 401, "before", "after", "half"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", TUNING),
        ("GET", EVALUATION),
        ("GET", DEPLOYMENTS),
        ("PUT", f"{DEPLOYMENTS}/[^/]+"),
        ("DELETE", f"{DEPLOYMENTS}/[^/]+"),
        ("GET", FILES),
        ("GET", f"{FILES}/[^/]+/content"),
        ("POST", FILES),
        ("GET", JOBS),
        ("POST", JOBS),
        ("POST", TOPIC),
    ],
)
async def test_a_service_that_is_away(scene: Scene, method: str, path: str, kind: int | str) -> None:
    accepted(scene)
    fault = Fault(method, path, kind, times=2)
    scene.azure.faults = [fault]
    await scene.until_evaluated()
    # The fault was reached; what is done all the same is not asked for again.
    assert fault.met == 2 or (fault.met and kind in ("after", "half"))
    assert_ended_well(scene)


@pytest.mark.parametrize("kind", [503, "before", "after", "half"])
async def test_a_copy_that_cannot_be_read_when_its_model_is_to_be_evaluated(
    scene: Scene, kind: int | str
) -> None:
    accepted(scene)
    assert await scene.look()
    scene.azure.finish()
    fault = Fault("GET", f"{FILES}/[^/]+/content", kind)
    scene.azure.faults = [fault]
    assert not await scene.look()
    assert fault.met
    assert not scene.azure.deployments
    await scene.until_evaluated()
    assert_ended_well(scene)


async def test_a_bus_that_is_away_starts_nothing_and_still_removes(scene: Scene) -> None:
    accepted(scene)
    await scene.look()
    scene.azure.finish()
    await scene.look()
    scene.azure.provision()
    await scene.look()
    scene.bus_away = True
    scene.clock.time += KEPT
    assert not await scene.look()
    scene.azure.provision()
    assert not scene.azure.deployments


@pytest.mark.parametrize("why", [TypeError("a bug"), Died()])
async def test_a_bug_in_reading_the_bus_keeps_no_deployment(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, why: BaseException
) -> None:
    accepted(scene)
    await scene.look()
    scene.azure.finish()
    await scene.look()
    scene.azure.provision()
    scene.verdicts.rows["contoso", JOB] = False

    async def waiting() -> list[OutcomeEvent]:
        raise why

    monkeypatch.setattr(scene, "waiting", waiting)
    with pytest.raises(type(why)):
        await scene.connector().look()
    scene.azure.provision()
    assert not scene.azure.deployments


async def test_two_looks_at_once_lead_to_one_evaluation(scene: Scene) -> None:
    accepted(scene)
    for _ in range(4):
        await asyncio.gather(scene.connector().look(), scene.connector().look())
        scene.clock.time += TICK
        scene.azure.finish()
        scene.azure.provision()
    assert len(scene.azure.jobs) <= 2  # which the host's lock keeps from happening
    assert len({event["id"] for event in scene.azure.events}) == 1
    assert len(scene.azure.deployments) == 1


async def test_a_table_that_is_away_evaluates_nothing_and_still_removes(scene: Scene) -> None:
    accepted(scene)
    scene.verdicts.away = True
    assert not await scene.look()
    assert not scene.azure.files
    scene.verdicts.away = False
    await scene.look()
    scene.azure.finish()
    await scene.look()
    scene.azure.provision()
    scene.verdicts.away = True
    assert not await scene.look()
    assert not scene.azure.events
    scene.clock.time += KEPT
    await scene.look()
    scene.azure.provision()
    assert not scene.azure.deployments


async def test_fine_tuning_that_is_away_does_not_keep_a_deployment(scene: Scene) -> None:
    await asked_for(scene)
    scene.end_evaluation()
    scene.azure.faults = [Fault("GET", "/contoso/openai/v1/.*", 503, times=1_000)]
    assert not await scene.look()
    scene.azure.provision()
    assert not scene.azure.deployments


async def test_one_job_that_fails_does_not_hold_up_another(scene: Scene) -> None:
    scene.accept(scene.put(job="a-first", content=b"a\n"), scene.put(job="b-second", content=b"b\n"))
    scene.azure.faults = [Fault("POST", FILES, 400)]
    assert not await scene.look()
    [job] = scene.azure.jobs.values()
    assert scene.azure.contents[job["training_file"]] == b"b\n"


async def test_a_removal_that_fails_does_not_hold_up_another(scene: Scene) -> None:
    for name in ("0" * 32, "1" * 32):
        scene.azure.deployments[f"tunegate-{name}"] = {
            "name": f"tunegate-{name}",
            "properties": {"provisioningState": "Succeeded", "model": {"name": "x"}},
        }
    scene.azure.faults = [Fault("DELETE", f"{DEPLOYMENTS}/.*", 500)]
    assert not await scene.look()
    scene.azure.provision()
    assert set(scene.azure.deployments) == {f"tunegate-{'0' * 32}"}
    assert await scene.look()
    scene.azure.provision()
    assert not scene.azure.deployments


async def test_a_next_page_that_is_elsewhere_gets_no_token(scene: Scene) -> None:
    from tests.connector.standin import StandIn

    async with StandIn() as elsewhere:
        pages = f"{elsewhere.address}{EVALUATION}/deployments?api-version=2024-10-01"
        scene.azure.next_page = pages
        for number in range(2):
            scene.azure.deployments[f"other-{number}"] = {
                "name": f"other-{number}",
                "properties": {"provisioningState": "Succeeded"},
            }
        assert not await scene.look()
        assert not elsewhere.log


async def test_no_text_and_no_token_is_logged(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    scene.accept(scene.put(content=b"a canary sang\n"))
    scene.azure.faults = [
        Fault("POST", FILES, 400),
        Fault("POST", JOBS, 500),
        Fault("GET", f"{FILES}/[^/]+/content", "before"),
        Fault("PUT", f"{DEPLOYMENTS}/.*", 429),
        Fault("POST", TOPIC, "after"),
    ]
    await scene.until_evaluated()
    assert all(fault.met for fault in scene.azure.faults)
    assert "fine-tuning answered 400" in caplog.text
    assert "canary" not in caplog.text
    assert "token for" not in caplog.text
