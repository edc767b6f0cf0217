"""HTTP triggers: routes, methods, keys, and what a function is given and gives back."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from local.host.http_routes import pattern
from tests.host.serving import KEY, Host


@pytest.fixture
async def http(served: Host) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(served.url) as session:
        yield session


async def test_request_and_response_pass_whole(http: aiohttp.ClientSession) -> None:
    async with http.post("/api/Open/ann/7?q=1", headers={"X-Custom": "h"}, data=b"body") as answer:
        assert (answer.status, answer.headers["x-answer"]) == (201, "yes")
        assert answer.content_type == "application/json"
        assert answer.cookies["a"].value == "b"
        assert await answer.json() == {
            "route": {"name": "ann", "number": "7"},
            "query": {"q": "1"},
            "header": "h",
            "body": "body",
        }


async def test_an_optional_parameter_may_be_left_out(http: aiohttp.ClientSession) -> None:
    async with http.get("/api/open/ann") as answer:
        assert (await answer.json())["route"] == {"name": "ann"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/open/ann/seven", 404),  # violates :int
        ("DELETE", "/api/open/ann", 404),  # a method that is not listed
        ("GET", "/open/ann", 404),  # without the prefix
        ("GET", "/api/nothing", 404),
        ("GET", "/api/keyed", 401),
        ("GET", "/api/keyed?code=wrong", 401),
        ("GET", f"/api/keyed?code={KEY}", 200),
        ("GET", f"/api/keyed?code={KEY}&fail", 500),
        ("GET", f"/api/silent?code={KEY}", 500),  # an HTTP function must answer
        ("GET", "/api/out", 202),
    ],
)
async def test_who_gets_in(http: aiohttp.ClientSession, method: str, path: str, status: int) -> None:
    async with http.request(method, path) as answer:
        assert answer.status == status
        assert "SECRET" not in await answer.text()


async def test_the_key_may_stand_in_a_header(http: aiohttp.ClientSession) -> None:
    async with http.get("/api/keyed", headers={"x-functions-key": KEY}) as answer:
        assert await answer.text() == "for those with a key"


async def test_a_response_by_way_of_out(http: aiohttp.ClientSession) -> None:
    async with http.get("/api/out") as answer:
        assert await answer.text() == "by way of Out"


@pytest.mark.parametrize(
    ("route", "path", "parameters"),
    [
        ("a/{b}/c", "a/1/c", {"b": "1"}),
        ("a/{b}/c", "a/1/2/c", None),
        ("{*rest}", "x/y", {"rest": "x/y"}),
        (
            "a/{id:guid}",
            "a/0f8fad5b-d9cb-469f-a165-70867728950e",
            {"id": "0f8fad5b-d9cb-469f-a165-70867728950e"},
        ),
        ("a/{id:alpha}", "a/b1", None),
        ("a.b", "axb", None),
    ],
)
def test_routes(route: str, path: str, parameters: dict[str, str] | None) -> None:
    matched = pattern(route).fullmatch(path)
    assert (matched and matched.groupdict()) == parameters


@pytest.mark.parametrize("route", ["a/{b}-{c}", "a/{b:regex}", "a/{b", "a/{b:range(1,2)}"])
def test_a_route_that_is_not_served_is_refused(route: str) -> None:
    with pytest.raises(ValueError, match="not served here"):
        pattern(route)
