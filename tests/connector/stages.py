"""How far a job has come: in training, deployed, its evaluation asked for."""

from shared.ids import model_evaluation_id
from tests.connector.scene import JOB, Scene
from tests.connector.standin import BASE

MODEL = f"{BASE}.ft-0"
NAME = "tunegate-" + model_evaluation_id(resource="contoso", job=JOB, model=MODEL, attempt=0)


async def started(scene: Scene) -> None:
    """A job that was accepted and is in training."""
    scene.accept(scene.put())
    assert await scene.look()
    assert len(scene.azure.jobs) == 1


async def deployed(scene: Scene) -> None:
    """A tuned model whose evaluation deployment stands."""
    await started(scene)
    scene.azure.finish()
    assert await scene.look()
    scene.azure.provision()
    assert set(scene.azure.deployments) == {NAME}


async def asked_for(scene: Scene) -> None:
    """A tuned model whose evaluation was asked for."""
    await deployed(scene)
    assert await scene.look()
    assert len(scene.azure.events) == 1
