"""HTTP triggers: routes, methods, keys, and what a function is given and gives back."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from local.host.http_routes import decoded, pattern
from tests.host.serving import KEY, Host, refusal


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
        ("POST", f"/api/keyed?code={KEY}", 404),
        ("GET", f"/api/keyed?code={KEY}&code=wrong", 200),
        ("GET", f"/api/keyed?code=wrong&code={KEY}", 401),
        ("GET", f"/api/keyed?CODE={KEY}", 401),
        ("GET", f"/api/keyed/?code={KEY}", 200),
        ("GET", f"/api/keyed//?code={KEY}", 404),
        ("GET", f"/api//keyed?code={KEY}", 404),
        ("GET", f"/api/keyed/more?code={KEY}", 404),
        ("GET", f"/api/KEYED?code={KEY}", 200),
        ("GET", "/api/open/a%2Fb", 201),  # one segment, not two: the route takes no third that is no number
        ("GET", "/api/open%2Fann", 404),
        ("GET", f"/api/keyed?code={KEY}&fail", 500),
        ("GET", f"/api/silent?code={KEY}", 500),  # an HTTP function must answer
        ("GET", "/api/out", 202),
    ],
)
async def test_who_gets_in(http: aiohttp.ClientSession, method: str, path: str, status: int) -> None:
    async with http.request(method, URL(path, encoded=True)) as answer:
        assert answer.status == status
        assert "SECRET" not in await answer.text()


async def test_the_key_may_stand_in_a_header(http: aiohttp.ClientSession) -> None:
    async with http.get("/api/keyed", headers={"x-functions-key": KEY}) as answer:
        assert await answer.text() == "for those with a key"


@pytest.mark.parametrize(
    ("header", "code", "status"), [("", KEY, 401), ("wrong", KEY, 401), (KEY, "wrong", 200)]
)
async def test_where_both_are_given_the_header_decides(
    http: aiohttp.ClientSession, header: str, code: str, status: int
) -> None:
    headers = {"x-functions-key": header}
    async with http.get("/api/keyed", params={"code": code}, headers=headers) as answer:
        assert answer.status == status


async def test_a_slash_that_is_encoded_parts_no_segments(http: aiohttp.ClientSession) -> None:
    async with http.get(URL("/api/open/a%2Fb%20c/7", encoded=True)) as answer:
        assert (await answer.json())["route"] == {"name": "a%2Fb c", "number": "7"}


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


@pytest.mark.parametrize(
    ("route", "reason"),
    [
        ("a/{b}-{c}", "not served here"),
        ("a/{b:regex}", "not served here"),
        ("a/{b", "not served here"),
        ("a/{b:range(1,2)}", "not served here"),
        ("a/{b}/{B}", "twice"),
        ("a/{b?}/c", "may be left out"),
        ("{*rest}/c", "may be left out"),
        ("a//b", "empty segment"),
        ("/", "empty segment"),
    ],
)
def test_a_route_that_is_not_served_is_refused(route: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        pattern(route)


@pytest.mark.parametrize(
    ("path", "matched"),
    [("a/b", "a/b"), ("a/", "a"), ("a//", "a/"), ("/a", "/a"), ("a%20b%2fc%252F", "a b%2Fc%2F")],
)
def test_how_a_path_is_matched(path: str, matched: str) -> None:
    assert decoded(path) == matched


TRIGGER = '@app.generic_trigger(arg_name="req", type="httpTrigger", route="r", methods=["GET"]%s)'


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        (
            ['@app.route(route="Admin/keys")'],
            "function f0: The specified route conflicts with one or more built in routes.",
        ),
        (
            [
                '@app.route(route="r/{a}", methods=["GET", "POST"])',
                '@app.route(route="/R/{a}/", methods=["GET"])',
            ],
            "function f1: The route specified conflicts with the route defined by function 'f0'.",
        ),
        (
            ['@app.route(route="f1", methods=["PUT"])', "@app.route()"],
            "function f1: The route specified conflicts with the route defined by function 'f0'.",
        ),
        (['@app.route(route="r/{a}/{a}")'], "function f0: the route names the parameter 'a' twice"),
        (
            [TRIGGER.replace("GET", "FETCH") % ', auth_level="function"'],
            "function f0: FETCH is no HTTP method served here",
        ),
        ([TRIGGER % ', auth_level="none"'], "function f0: 'none' is no level of authorization"),
    ],
)
def test_a_declaration_that_is_not_served_is_refused(
    tmp_path: Path, declared: list[str], reason: str
) -> None:
    functions = [
        f"{trigger}\ndef f{number}(req: func.HttpRequest) -> str:\n    return ''\n"
        for number, trigger in enumerate(declared)
    ]
    head = "import azure.functions as func\n\napp = func.FunctionApp()\n"
    (tmp_path / "function_app.py").write_text("\n\n".join([head, *functions]))
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    assert refusal(tmp_path) == reason
