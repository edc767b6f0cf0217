"""Both cloud suites on a local cloud named as real resources are: `make test-cloud-dry`.

No part of `make test`: the suites wait for a bus that takes its time, some minutes in all.
"""

import pytest

from tests.cloud.named import APP, DISPOSABLE, MODEL, MODEL_DEPLOYMENT
from tests.cloud.test_dry_run import SUITES, run
from tests.clouds import CloudThread


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("app", SUITES)
async def test_a_suite_passes_on_a_local_cloud(app: str) -> None:
    parts = ("azurite", "broker", "content_safety", "model_server", *(["host"] if app == "running" else []))
    with CloudThread(parts=parts) as cloud:
        named = {MODEL: "tunegate-base", MODEL_DEPLOYMENT: "tunegate-base"}
        code, told = await run(SUITES[app], {**cloud.settings, **named, DISPOSABLE: "disposable", APP: app})
    assert code == 0, told
    assert "skipped" not in told, told
