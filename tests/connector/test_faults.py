"""The connector over a stand-in that fails, and a death between each two of its steps: the end is the same."""

import logging

import pytest

from tests.connector.scene import KEPT, Scene
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


@pytest.mark.parametrize("kind", [429, 500, 503, 401, "before", "after"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", TUNING),
        ("GET", EVALUATION),
        ("GET", "/deployments"),
        ("PUT", "/deployments/"),
        ("DELETE", "/deployments/"),
        ("GET", "/openai/v1/files"),
        ("GET", "/content"),
        ("POST", "/openai/v1/files"),
        ("GET", "/fine_tuning/jobs"),
        ("POST", "/fine_tuning/jobs"),
        ("POST", "/topic"),
    ],
)
async def test_a_service_that_is_away(scene: Scene, method: str, path: str, kind: int | str) -> None:
    accepted(scene)
    fault = Fault(method, path, kind, times=2)
    scene.azure.faults = [fault]
    await scene.until_evaluated()
    assert fault.met  # the fault was reached
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
    accepted(scene)
    await scene.look()
    scene.azure.finish()
    await scene.look()
    scene.azure.provision()
    await scene.look()
    scene.end_evaluation()
    scene.azure.faults = [Fault("GET", "/openai/v1/", 503, times=1_000)]
    assert not await scene.look()
    scene.azure.provision()
    assert not scene.azure.deployments


async def test_one_job_that_fails_does_not_hold_up_another(scene: Scene) -> None:
    scene.accept(scene.put(job="a-first", content=b"a\n"), scene.put(job="b-second", content=b"b\n"))
    scene.azure.faults = [Fault("POST", "/openai/v1/files", 400)]
    assert not await scene.look()
    [job] = scene.azure.jobs.values()
    assert scene.azure.contents[job["training_file"]] == b"b\n"


async def test_a_removal_that_fails_does_not_hold_up_another(scene: Scene) -> None:
    for name in ("0" * 32, "1" * 32):
        scene.azure.deployments[f"tunegate-{name}"] = {
            "name": f"tunegate-{name}",
            "properties": {"provisioningState": "Succeeded", "model": {"name": "x"}},
        }
    scene.azure.faults = [Fault("DELETE", "/deployments/", 500)]
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
        Fault("POST", "/openai/v1/files", 400),
        Fault("POST", "/fine_tuning/jobs", 500),
        Fault("GET", "/content", "before"),
        Fault("PUT", "/deployments/", 429),
        Fault("POST", "/topic", "after"),
    ]
    await scene.until_evaluated()
    assert all(fault.met for fault in scene.azure.faults)
    assert "fine-tuning answered 400" in caplog.text
    assert "canary" not in caplog.text
    assert "token for" not in caplog.text
