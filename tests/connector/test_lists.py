"""Lists that are not wholly read: whatever is missing may be ours."""

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from tests.connector.scene import Scene
from tests.connector.stages import started
from tests.connector.standin import BASE, EVALUATION, cursor_page

Entries = dict[str, dict[str, Any]]


def first_again(request: web.Request, everything: Entries) -> web.Response:
    """The newest two, whatever comes after."""
    return web.json_response({"data": list(everything.values())[-2:], "has_more": True})


def first_again_without_more(request: web.Request, everything: Entries) -> web.Response:
    """The newest two, then one of them and another, with no word of more."""
    newest = list(reversed(everything.values()))
    return web.json_response({"data": newest[1:3] if "after" in request.query else newest[:2]})


def empty_with_more(request: web.Request, everything: Entries) -> web.Response:
    """Nothing, and more to come."""
    return web.json_response({"data": [], "has_more": True})


def nameless_with_more(request: web.Request, everything: Entries) -> web.Response:
    """A last file with no id to go on from, and more to come."""
    foreign = {"filename": "their.jsonl", "training_file": "x"}
    return web.json_response({"data": [foreign], "has_more": True})


def no_list(request: web.Request, everything: Entries) -> web.Response:
    return web.json_response({"data": None, "has_more": False})


@pytest.mark.parametrize("kind", ["files", "jobs"])
@pytest.mark.parametrize(
    "page", [first_again, first_again_without_more, empty_with_more, nameless_with_more, no_list]
)
async def test_a_list_that_is_not_wholly_read_starts_nothing(
    scene: Scene, page: Callable[[web.Request, Entries], web.Response], kind: str
) -> None:
    await started(scene)
    for _ in range(2):
        their = scene.azure.put_file("their.jsonl", b"x\n")["id"]
        scene.azure.put_job(model=BASE, training_file=their)
    scene.azure.page = lambda request, everything: (page if request.path.endswith(kind) else cursor_page)(
        request, everything
    )
    scene.accept(scene.put(job="another"))
    scene.azure.finish()
    for _ in range(3):
        assert not await scene.look()
    assert len(scene.azure.jobs) == 3
    assert not scene.azure.deployments
    scene.azure.page = cursor_page
    assert await scene.look()
    assert len(scene.azure.jobs) == 4
    assert len(scene.azure.deployments) == 1


async def test_a_service_without_pages_has_told_all(scene: Scene) -> None:
    scene.azure.page = lambda _, everything: web.json_response({"data": list(everything.values())})
    for number in range(3):
        scene.azure.put_file(f"their-{number}.jsonl", b"x\n")
    await started(scene)
    await scene.until_evaluated()
    assert len(scene.azure.jobs) == 1


async def test_a_next_page_that_comes_again_ends_the_look(scene: Scene) -> None:
    path = f"{EVALUATION}/deployments"
    scene.azure.next_page = f"{scene.azure.address}{path}?api-version=2024-10-01"
    for number in range(2):
        scene.azure.deployments[f"other-{number}"] = {"name": f"other-{number}", "properties": {}}
    assert not await scene.look()
    assert scene.azure.asked("GET", path) == 1
