"""Real resources in place of a local cloud; where the environment names none, the run ends and says why."""

import os

import pytest

from tests.cloud.named import NOT_NAMED, NamedCloud, why_not


@pytest.fixture(scope="session")
def servers() -> NamedCloud:
    """Storage, bus and classifier, with nobody else at work on them: for the contract suite."""
    if reason := why_not(os.environ, "stopped"):
        pytest.exit(reason, returncode=NOT_NAMED)
    return NamedCloud(settings=dict(os.environ))


@pytest.fixture(scope="session")
def deployment() -> NamedCloud:
    """The whole of it, with the functions running: for the end-to-end suite."""
    if reason := why_not(os.environ, "running"):
        pytest.exit(reason, returncode=NOT_NAMED)
    return NamedCloud(settings=dict(os.environ))
