"""Remove evaluation deployments that are of no more use: they cost by the hour."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.errors import Unavailable
from shared.fine_tuning import BADLY, STANDS_AT_MOST, Deployment, Deployments
from shared.ports import Clock, Verdicts

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Steps:
    """The steps of a look. One that a service keeps from being done is left to the next look, and holds up no other."""

    left: int = 0

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        try:
            yield
        except Unavailable as error:
            _log.warning("%s: %s", what, error)
            self.left += 1

    def require_all(self) -> None:
        """Raises Unavailable where a step was left."""
        if self.left:
            raise Unavailable(f"{self.left} steps are left to the next look")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What is over, and away with it."""

    clock: Clock
    deployments: Deployments
    verdicts: Verdicts | None
    """None where the settings are such that nobody can be asked for a verdict."""
    resource: str

    async def remove(self, ended: Collection[str], steps: Steps) -> dict[str, Deployment] | None:
        """Remove every deployment of ours that is over, `ended` being the evaluations known to have an outcome.

        Gives all of ours by name, None where nobody can say.
        """
        standing: dict[str, Deployment] | None = None
        with steps.step("deployments"):
            standing = {one.name: one for one in await self.deployments.standing()}
            for name, deployment in standing.items():
                with steps.step(name):
                    if await self._is_over(deployment, ended):
                        await self.deployments.remove(name)
                        standing[name] = replace(deployment, state="Deleting")
        return standing

    async def _is_over(self, deployment: Deployment, ended: Collection[str]) -> bool:
        created = deployment.created_utc
        if deployment.evaluation in ended or deployment.state.lower() in BADLY:
            return True
        # Without its time, or with one to come, nobody would know when to remove it.
        if created is None or not timedelta(0) <= self.clock.now() - created < STANDS_AT_MOST:
            return True
        # Somebody else may have taken the outcome; where it was a verdict, the row is there.
        if self.verdicts is None or not deployment.job:
            return False
        return await self.verdicts.read(resource=self.resource, job=deployment.job) is not None
