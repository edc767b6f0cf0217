"""The Event Grid webhook, as Event Grid would use it."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.host.serving import KEY, Host

PATH = "/runtime/webhooks/eventgrid"
NOTIFICATION = {"aeg-event-type": "Notification"}


def event(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "eventType": "Kind",
        "subject": "s",
        "eventTime": "2026-11-21T02:00:00Z",
        "data": {"a": 1},
    }


def cloud_event(name: str) -> dict[str, Any]:
    return {"specversion": "1.0", "id": name, "type": "Kind", "source": "/here", "data": {"a": 1}}


@pytest.fixture
async def http(served: Host) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(served.url) as session:
        yield session


def query(function: str = "event_seen", code: str = KEY) -> dict[str, str]:
    return {"functionName": function, "code": code}


async def test_events_are_handed_over_one_by_one_in_either_schema(
    served: Host, http: aiohttp.ClientSession
) -> None:
    events = [event("array-1"), cloud_event("array-2")]
    async with http.post(PATH, params=query(), headers=NOTIFICATION, json=events) as answer:
        assert answer.status == 202
    assert [(fact["kind"], fact["data"]) for fact in served.wait_for("event_seen", _named("array-1"))] == [
        ("EventGridEvent", {"a": 1})
    ]
    assert [(fact["kind"], fact["data"]) for fact in served.wait_for("event_seen", _named("array-2"))] == [
        ("CloudEvent", {"a": 1})
    ]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/cloudevents+json", cloud_event("single")),
        ("application/cloudevents-batch+json; charset=utf-8", [cloud_event("batch")]),
    ],
)
async def test_cloud_events_under_their_own_content_types(
    served: Host, http: aiohttp.ClientSession, kind: str, body: Any
) -> None:
    headers = {**NOTIFICATION, "Content-Type": kind}
    async with http.post(PATH, params=query(), headers=headers, json=body) as answer:
        assert answer.status == 202
    name = body["id"] if isinstance(body, dict) else body[0]["id"]
    served.wait_for("event_seen", _named(name))


async def test_the_validation_handshake(http: aiohttp.ClientSession) -> None:
    headers = {"aeg-event-type": "SubscriptionValidation"}
    body = [{"id": "1", "data": {"validationCode": "512d38b6"}}]
    async with http.post(PATH, params=query(), headers=headers, json=body) as answer:
        assert (answer.status, await answer.json()) == (200, {"validationResponse": "512d38b6"})
    async with http.post(PATH, params=query(), headers=headers, json=[event("no code")]) as answer:
        assert answer.status == 400


async def test_the_handshake_of_cloud_events(http: aiohttp.ClientSession) -> None:
    asking = {"WebHook-Request-Origin": "eventgrid.azure.net"}
    async with http.options(PATH, params=query(), headers=asking) as answer:
        assert answer.status == 200
        assert answer.headers["WebHook-Allowed-Origin"] == "eventgrid.azure.net"
    async with http.options(PATH, params=query()) as answer:
        assert answer.status == 400
    async with http.options(PATH, params=query(code="wrong"), headers=asking) as answer:
        assert answer.status == 401


async def test_a_function_that_raises_is_told_to_the_sender(
    served: Host, http: aiohttp.ClientSession
) -> None:
    events = [event("good-beside-bad"), event("fail")]
    async with http.post(PATH, params=query(), headers=NOTIFICATION, json=events) as answer:
        assert answer.status == 500
        assert "SECRET" not in await answer.text()
    served.wait_for("event_seen", _named("good-beside-bad"))


async def test_a_function_that_returns_a_value_fails(http: aiohttp.ClientSession) -> None:
    async with http.post(
        PATH, params=query("event_returned"), headers=NOTIFICATION, json=event("x")
    ) as answer:
        assert answer.status == 500


@pytest.mark.parametrize(
    ("given", "headers", "body", "status"),
    [
        (query(code="wrong"), NOTIFICATION, b"[]", 401),
        ({"functionName": "event_seen"}, NOTIFICATION, b"[]", 401),
        (query("no_such_function"), NOTIFICATION, b"[]", 404),
        (query("work"), NOTIFICATION, b"[]", 404),  # not an Event Grid function
        (query(), NOTIFICATION, b"{not json", 400),
        (query(), NOTIFICATION, b"[]", 400),
        (query(), NOTIFICATION, b'["text"]', 400),
        (query(), {}, b'[{"id": "1"}]', 400),
        (query(), {"aeg-event-type": "Other"}, b'[{"id": "1"}]', 400),
        (query(), {"aeg-event-type": "Unsubscribe"}, b"", 202),
    ],
)
async def test_what_is_refused(
    http: aiohttp.ClientSession, given: dict[str, str], headers: dict[str, str], body: bytes, status: int
) -> None:
    async with http.post(PATH, params=given, headers=headers, data=body) as answer:
        assert answer.status == status


async def test_the_key_may_stand_in_a_header_and_names_have_no_case(http: aiohttp.ClientSession) -> None:
    headers = {**NOTIFICATION, "x-functions-key": KEY}
    async with http.post(
        PATH, params={"functionName": "Event_Seen"}, headers=headers, json=event("by header")
    ) as answer:
        assert answer.status == 202


async def test_the_host_says_that_it_runs(http: aiohttp.ClientSession) -> None:
    async with http.get("/admin/host/status") as answer:
        assert await answer.json() == {"state": "Running"}


def _named(name: str) -> Any:
    return lambda fact: fact["id"] == name
