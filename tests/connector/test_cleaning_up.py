"""What the connector removes, and when: evaluation deployments, the copies of files, and nothing of others."""

import pytest

from shared.errors import BadSettings
from shared.outcome import Result
from tests.connector.scene import JOB, KEPT, TICK, Scene
from tests.connector.stages import NAME, asked_for, deployed, started
from tests.connector.standin import BASE, Fault


@pytest.mark.parametrize("result", list(Result))
async def test_the_deployment_goes_with_any_outcome(scene: Scene, result: Result) -> None:
    await asked_for(scene)
    scene.end_evaluation(result)
    assert await scene.look()
    scene.azure.provision()
    assert not scene.azure.deployments


async def test_the_deployment_goes_with_the_verdict_where_somebody_took_the_outcome(scene: Scene) -> None:
    await asked_for(scene)
    scene.verdicts.rows["contoso", JOB] = False
    assert await scene.look()
    scene.azure.provision()
    assert not scene.azure.deployments
    assert await scene.look()
    assert not scene.azure.deployments


async def test_the_deployment_goes_after_a_day_without_an_outcome(scene: Scene) -> None:
    await asked_for(scene)
    scene.clock.time += KEPT
    assert await scene.look()
    scene.azure.provision()
    assert await scene.look()
    assert not scene.azure.deployments
    assert len(scene.azure.events) == 1


async def test_a_deployment_without_its_time_goes(scene: Scene) -> None:
    await asked_for(scene)
    scene.azure.deployments[NAME]["tags"] = None
    assert await scene.look()
    scene.azure.provision()
    assert not scene.azure.deployments
    assert len(scene.azure.events) == 1  # none for what goes


@pytest.mark.parametrize("where", ["tags", "systemData"])
async def test_a_deployment_whose_time_is_to_come_goes(scene: Scene, where: str) -> None:
    await asked_for(scene)
    later = (scene.clock.now() + TICK).isoformat()
    scene.azure.deployments[NAME].update({"tags": None, where: {"createdAt": later}})
    assert await scene.look()
    scene.azure.provision()
    assert not scene.azure.deployments


async def test_a_deployment_whose_tags_are_lost_goes_by_the_time_azure_noted(scene: Scene) -> None:
    await asked_for(scene)
    deployment = scene.azure.deployments[NAME]
    deployment.update(tags=None, systemData={"createdAt": deployment["tags"]["createdAt"]})
    assert await scene.look()
    assert deployment["properties"]["provisioningState"] == "Succeeded"
    scene.clock.time += KEPT
    assert await scene.look()
    assert deployment["properties"]["provisioningState"] == "Deleting"


async def test_tags_of_somebody_else_leave_the_time_azure_noted(scene: Scene) -> None:
    await asked_for(scene)
    deployment = scene.azure.deployments[NAME]
    deployment.update(tags={"costcenter": "1"}, systemData={"createdAt": deployment["tags"]["createdAt"]})
    assert await scene.look()
    assert deployment["properties"]["provisioningState"] == "Succeeded"


@pytest.mark.parametrize(
    "change",
    [
        {"properties": None},
        {"properties": {"model": None, "provisioningState": "Succeeded"}},
        {"sku": 5},
        {"tags": {"tunegate-job": None}},
        {"systemData": []},
    ],
)
@pytest.mark.parametrize("is_ours", [True, False])
async def test_a_deployment_that_does_not_parse_goes_where_it_is_ours(
    scene: Scene, change: dict[str, object], is_ours: bool
) -> None:
    await asked_for(scene)
    name = NAME if is_ours else "production"
    scene.azure.deployments[name] = {**scene.azure.deployments[NAME], "name": name, **change}
    assert await scene.look()
    assert scene.azure.asked("DELETE", f"/deployments/{name}") == is_ours
    scene.azure.provision()
    assert (name in scene.azure.deployments) is not is_ours


async def test_a_deployment_of_ours_without_a_training_goes_after_a_day(scene: Scene) -> None:
    await asked_for(scene)
    scene.azure.jobs.clear()
    assert await scene.look()
    assert set(scene.azure.deployments) == {NAME}
    scene.clock.time += KEPT
    assert await scene.look()
    scene.azure.provision()
    assert not scene.azure.deployments


@pytest.mark.parametrize(("part", "value"), [("model", "another"), ("sku", "GlobalStandard")])
async def test_a_deployment_that_is_another_than_asked_for_is_not_evaluated(
    scene: Scene, part: str, value: str
) -> None:
    await deployed(scene)
    deployment = scene.azure.deployments[NAME]
    (deployment["sku"] if part == "sku" else deployment["properties"]["model"])["name"] = value
    assert await scene.look()
    scene.azure.provision()
    assert not scene.azure.events
    assert not scene.azure.deployments


async def test_a_deployment_that_could_not_be_made_is_removed_and_asked_for_again(scene: Scene) -> None:
    await started(scene)
    scene.azure.finish()
    assert await scene.look()
    scene.azure.provision("Failed")
    assert await scene.look()
    assert not scene.azure.events
    scene.azure.provision()
    assert not scene.azure.deployments
    await scene.until_evaluated()
    assert len({event["id"] for event in scene.azure.events}) == 1


async def test_a_model_is_not_deployed_again_once_its_outcome_is_forgotten(scene: Scene) -> None:
    await asked_for(scene)
    scene.end_evaluation(Result.INCOMPLETE)
    assert await scene.look()
    scene.azure.provision()
    # The training stays ours: its copies cannot be removed.
    scene.azure.faults = [Fault("DELETE", ".*/files/[^/]+", 503, times=1_000)]
    for _ in range(3):
        scene.clock.time += KEPT
        assert not await scene.look()
    assert scene.azure.faults[0].met
    assert not await scene.waiting()
    assert not scene.azure.deployments


async def test_copies_go_a_day_after_their_training(scene: Scene) -> None:
    await scene_ended(scene)
    assert len(scene.azure.files) == 1
    scene.clock.time += KEPT
    assert await scene.look()
    assert not scene.azure.files
    assert await scene.look()
    assert len(scene.azure.jobs) == 1


async def scene_ended(scene: Scene) -> None:
    await asked_for(scene)
    scene.end_evaluation()
    await scene.look()
    scene.azure.provision()


async def test_copies_of_a_training_that_was_cancelled_go(scene: Scene) -> None:
    await started(scene)
    scene.azure.finish("cancelled")
    for job in scene.azure.jobs.values():
        job["finished_at"] = None
    scene.clock.time += KEPT
    assert await scene.look()
    assert not scene.azure.files


async def test_a_copy_in_training_stays(scene: Scene) -> None:
    await started(scene)
    scene.clock.time += 3 * KEPT
    assert await scene.look()
    assert len(scene.azure.files) == 1


@pytest.mark.parametrize("status", ["running", "cancelled"])
async def test_a_copy_that_somebody_trains_on_beside_another_file_stays(scene: Scene, status: str) -> None:
    await started(scene)
    [ours] = scene.azure.files
    scene.azure.finish("failed")
    theirs = scene.azure.put_file("their.jsonl", b"x\n")
    scene.azure.put_job(model=BASE, training_file=theirs["id"], validation_file=ours)["status"] = status
    scene.clock.time += 3 * KEPT
    assert await scene.look()
    assert (ours in scene.azure.files) is (status == "running")
    assert theirs["id"] in scene.azure.files


@pytest.mark.parametrize(
    ("account", "change", "told"),
    [
        ("contoso", {"location": "eastus"}, "fine-tuning account is not in the region"),
        ("contoso-evaluation", {"location": "eastus"}, "evaluation account is not in the region"),
        ("contoso-evaluation", {"disableLocalAuth": False}, "takes keys"),
        ("contoso-evaluation", {"disableLocalAuth": None}, "does not parse"),
        ("contoso-evaluation", {"endpoint": "https://elsewhere.example/"}, "no endpoint that is allowed"),
        ("contoso-evaluation", {"endpoint": "", "endpoints": {}}, "no endpoint that is allowed"),
    ],
)
async def test_an_account_that_may_not_be_used_trains_and_deploys_nothing(
    scene: Scene, account: str, change: dict[str, object], told: str
) -> None:
    [found] = [one for one in scene.azure.accounts.values() if one["name"] == account]
    (found if "location" in change else found["properties"]).update(change)
    scene.accept(scene.put())
    if told == "does not parse":
        assert not await scene.look()
    else:
        with pytest.raises(BadSettings, match=told):
            await scene.look()
    assert not scene.azure.files


@pytest.mark.parametrize("account", ["contoso", "contoso-evaluation"])
@pytest.mark.parametrize("says", ["endpoints", "endpoint"])
async def test_an_account_of_kind_ai_services_says_where_its_models_answer(
    scene: Scene, account: str, says: str
) -> None:
    [found] = [one for one in scene.azure.accounts.values() if one["name"] == account]
    properties = found["properties"]
    models, other = properties["endpoint"], "https://contoso.cognitiveservices.azure.com/"
    properties["endpoints"] = {"OpenAI Dall-E API": other, "Token Service Endpoint": None}
    if says == "endpoints":
        properties.update(endpoint=other, endpoints={"OpenAI Language Model Instance API": models})
    scene.accept(scene.put())
    await scene.until_evaluated()
    assert {event["data"]["endpoint"] for event in scene.azure.events} == scene.settings.model_endpoints


async def test_an_account_that_may_no_longer_be_used_leaves_no_deployment(scene: Scene) -> None:
    await asked_for(scene)
    scene.end_evaluation()
    for found in scene.azure.accounts.values():
        found["properties"]["disableLocalAuth"] = False
    with pytest.raises(BadSettings):
        await scene.look()
    scene.azure.provision()
    assert not scene.azure.deployments
