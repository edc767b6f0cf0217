"""The wire contract of text:analyze: what it answers, and each limit violated and refused."""

import json

import aiohttp
import pytest

from tests.content_safety.serving import KEY, Served, served

ROUTE = "/contentsafety/text:analyze"
VERSION = "2024-09-01"
CANARY = "quixotic-canary"


async def post(
    url: str,
    body: object,
    *,
    version: str | None = VERSION,
    key: str | None = KEY,
    route: str = ROUTE,
    method: str = "POST",
    content_type: str = "application/json",
) -> tuple[int, dict[str, str], dict]:
    """Send a request as raw as it gets and yield status, headers and JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": content_type} | ({"Ocp-Apim-Subscription-Key": key} if key is not None else {})
    params = {} if version is None else {"api-version": version}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url + route, data=raw, params=params, headers=headers) as answer,
    ):
        return answer.status, dict(answer.headers), await answer.json()


@pytest.mark.parametrize("version", ["2023-10-01", "2024-09-01"])
async def test_four_levels_are_the_default_in_both_versions(marked: Served, version: str) -> None:
    text = "[[violence:7]] [[sexual:5]] [[hate_fairness:3]] [[self_harm:1]]"
    status, headers, answer = await post(marked.url, {"text": text}, version=version)
    assert status == 200
    assert headers["x-tunegate-classifier"] == "markers/1"
    assert answer == {
        "blocklistsMatch": [],
        "categoriesAnalysis": [
            {"category": "Hate", "severity": 2},
            {"category": "SelfHarm", "severity": 0},
            {"category": "Sexual", "severity": 4},
            {"category": "Violence", "severity": 6},
        ],
    }


@pytest.mark.parametrize(("eight", "four"), [(0, 0), (1, 0), (2, 2), (3, 2), (4, 4), (5, 4), (6, 6), (7, 6)])
async def test_each_of_eight_levels_and_the_four_it_maps_to(marked: Served, eight: int, four: int) -> None:
    body = {"text": f"so [[sexual:{eight}]]", "categories": ["Sexual"], "outputType": "EightSeverityLevels"}
    _, _, answer = await post(marked.url, body)
    assert answer["categoriesAnalysis"] == [{"category": "Sexual", "severity": eight}]
    _, _, answer = await post(marked.url, body | {"outputType": "FourSeverityLevels"})
    assert answer["categoriesAnalysis"] == [{"category": "Sexual", "severity": four}]


async def test_only_the_categories_asked_for_are_answered(marked: Served) -> None:
    _, _, answer = await post(marked.url, {"text": "x", "categories": ["Violence", "Hate"]})
    assert [one["category"] for one in answer["categoriesAnalysis"]] == ["Hate", "Violence"]


async def test_the_longest_text_is_served_and_one_code_point_more_is_refused(marked: Served) -> None:
    for filler in ("a", "\U0001f642"):
        status, _, answer = await post(marked.url, {"text": "[[violence:4]]" + filler * (10_000 - 14)})
        assert status == 200
        assert answer["categoriesAnalysis"][3] == {"category": "Violence", "severity": 4}
        status, headers, answer = await post(marked.url, {"text": filler * 10_001})
        assert (status, headers["x-ms-error-code"]) == (400, "InvalidRequestBody")
        assert answer["error"]["target"] == "text"
    escaped = json.dumps({"text": "\U0001f642" * 10_000, "categories": ["Hate"]}, ensure_ascii=True).encode()
    assert (await post(marked.url, escaped))[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"text": None},
        {"text": 7},
        {"text": ""},
        {"text": " \n\t"},
        {"text": CANARY, "unknown": 1},
        {"text": CANARY, "categories": [CANARY]},
        {"text": CANARY, "categories": ["violence"]},
        {"text": CANARY, "categories": ["Hate", "Hate"]},
        {"text": CANARY, "categories": "Hate"},
        {"text": CANARY, "outputType": CANARY},
        {"text": CANARY, "haltOnBlocklistHit": CANARY},
        {"text": CANARY, "blocklistNames": CANARY},
        {"Text": CANARY},
        b"",
        b"{",
        b'{"text": "' + CANARY.encode(),
        b'{"text": "\xff"}',
        b'{"text": "\\ud800"}',
    ],
)
async def test_a_body_off_the_contract_is_refused_without_an_echo(marked: Served, body: object) -> None:
    status, headers, answer = await post(marked.url, body)
    assert (status, headers["x-ms-error-code"]) == (400, "InvalidRequestBody")
    assert answer["error"]["code"] == "InvalidRequestBody"
    assert answer["error"]["message"]
    assert CANARY not in json.dumps(answer) + json.dumps(headers)


@pytest.mark.parametrize("version", [None, "", "2022-01-01", CANARY])
async def test_another_api_version_is_refused(marked: Served, version: str | None) -> None:
    status, headers, answer = await post(marked.url, {"text": "x"}, version=version)
    assert (status, headers["x-ms-error-code"]) == (400, "InvalidRequestBody")
    assert CANARY not in json.dumps(answer)


@pytest.mark.parametrize("key", [None, "", "wrong", KEY + "x"])
async def test_another_key_is_refused_before_anything_else(marked: Served, key: str | None) -> None:
    status, headers, answer = await post(marked.url, b"{", key=key, version=None)
    assert (status, headers["x-ms-error-code"], answer["error"]["code"]) == (401, "401", "401")


async def test_a_blocklist_is_not_found(marked: Served) -> None:
    status, headers, answer = await post(marked.url, {"text": CANARY, "blocklistNames": [CANARY]})
    assert (status, headers["x-ms-error-code"]) == (404, "ResourceNotFound")
    assert CANARY not in json.dumps(answer)
    assert (await post(marked.url, {"text": "x", "blocklistNames": [], "haltOnBlocklistHit": False}))[
        0
    ] == 200


async def test_routes_methods_types_and_sizes_off_the_contract_are_refused(marked: Served) -> None:
    status, headers, _ = await post(marked.url, {"text": "x"}, route="/contentsafety/text:detect")
    assert (status, headers["x-ms-error-code"]) == (404, "ResourceNotFound")
    status, headers, _ = await post(marked.url, {"text": "x"}, method="PUT")
    assert (status, headers["x-ms-error-code"], headers["Allow"]) == (405, "MethodNotAllowed", "POST")
    status, headers, _ = await post(marked.url, {"text": "x"}, content_type="text/plain")
    assert (status, headers["x-ms-error-code"]) == (415, "InvalidRequestBody")
    status, headers, _ = await post(marked.url, b" " * 300_000)
    assert (status, headers["x-ms-error-code"]) == (413, "InvalidRequestBody")


async def test_images_are_answered_as_not_supported(marked: Served) -> None:
    image = {"image": {"content": "AAAA"}}
    status, headers, answer = await post(marked.url, image, route="/contentsafety/image:analyze")
    assert (status, headers["x-ms-error-code"]) == (501, "NotSupportedLocally")
    assert answer["error"]["code"] == "NotSupportedLocally"


async def test_the_quota_is_refused_with_the_wait_and_refusals_do_not_count() -> None:
    with served("--marker-tokens", "--requests-per-10s", "3") as small:
        assert [(await post(small.url, {"text": "x"}))[0] for _ in range(5)] == [200, 200, 200, 429, 429]
        status, headers, answer = await post(small.url, {"text": "x"})
        assert (status, headers["x-ms-error-code"], answer["error"]["code"]) == (
            429,
            "TooManyRequests",
            "TooManyRequests",
        )
        assert 1 <= int(headers["Retry-After"]) <= 10
        assert (await post(small.url, {"text": "x"}, key="wrong"))[0] == 401


async def test_the_wait_can_be_left_out_and_faults_can_be_played() -> None:
    with served("--marker-tokens", "--requests-per-10s", "1", "--no-retry-after") as silent:
        await post(silent.url, {"text": "x"})
        status, headers, _ = await post(silent.url, {"text": "x"})
        assert status == 429
        assert "Retry-After" not in headers
    with served("--marker-tokens", "--fail-every", "3", "--fail-status", "500") as faulty:
        found = [(await post(faulty.url, {"text": "x"}))[0] for _ in range(6)]
        assert found == [200, 200, 500, 200, 200, 500]


async def test_the_embedded_classifier_scores_and_says_so(service: Served) -> None:
    body = {"text": "I will beat you until you bleed.", "outputType": "EightSeverityLevels"}
    status, headers, answer = await post(service.url, body)
    assert status == 200
    assert headers["x-tunegate-classifier"] == service.classifier
    assert service.classifier.startswith("embedded/")
    severities = {one["category"]: one["severity"] for one in answer["categoriesAnalysis"]}
    assert severities["Violence"] >= 4
    _, _, answer = await post(service.url, {"text": "The kettle is green. [[violence:7]]"})
    assert max(one["severity"] for one in answer["categoriesAnalysis"]) < 4, "markers count on request only"
