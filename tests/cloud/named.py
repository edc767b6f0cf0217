"""Real resources that the environment names, and why a suite cannot run on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from client.target import Target
from shared.errors import BadSettings
from shared.settings import read_settings

DISPOSABLE: Final = "TUNEGATE_TEST_CLOUD"
"""Must say `disposable`: the contract suite takes every message it finds, whoever it was for."""
APP: Final = "TUNEGATE_TEST_APP"
"""Whether the function app is `running`, for the end-to-end suite, or `stopped`, for the contract suite: a running
one would take the messages first."""

MODEL: Final = "TUNEGATE_TEST_MODEL"
MODEL_DEPLOYMENT: Final = "TUNEGATE_TEST_DEPLOYMENT"
"""The tuned model that the contract suite asks and the end-to-end suite evaluates."""
TOPIC: Final = "TUNEGATE_TEST_TOPIC"
"""Where the deployment takes events of completed trainings; a local cloud takes them at its host."""
NOT_NAMED: Final = 2
"""The exit code of a run that has no resources to run on: nothing was shown, so it is no success."""

App = Literal["running", "stopped"]


@dataclass(frozen=True, kw_only=True)
class NamedCloud:
    """A cloud that somebody else made; what the tests ask of a local cloud, as far as there is such a thing here."""

    settings: dict[str, str]

    @property
    def target(self) -> Target:
        return Target(settings=self.settings, origin="the environment")

    @property
    def is_azure(self) -> bool:
        """Whether it is reached by identity."""
        return bool(self.target.service_bus.address)


def why_not(environment: Mapping[str, str], app: App) -> str:
    """Why the suite that needs the function app in this state cannot run; empty where it can."""
    if environment.get(DISPOSABLE) != "disposable":
        return (
            f"No real resources are named. Make a deployment that nobody uses, set the functions' settings that name "
            f"it and {DISPOSABLE}=disposable (tests/cloud/README.md), and run make test-cloud."
        )
    if environment.get(APP) != app:
        return f"This suite needs the function app {app}; say so with {APP}={app}."
    if not (environment.get(MODEL) and environment.get(MODEL_DEPLOYMENT)):
        return f"No tuned model is named: set {MODEL} and {MODEL_DEPLOYMENT}."
    try:
        settings = read_settings(environment)
    except BadSettings as error:
        return str(error)
    if app == "running" and settings.service_bus.address and not environment.get(TOPIC):
        return f"Nothing says where to send the event: set {TOPIC} to the topic's endpoint."
    return ""
