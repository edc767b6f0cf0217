"""The faults that are played on request, as a caller with the openai library sees them."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion

from local.model_server.faults import UNNAMED, Faults
from local.model_server.refusals import REFUSALS

Serve = Callable[[Faults], Awaitable[AsyncOpenAI]]


async def ask(client: AsyncOpenAI) -> ChatCompletion:
    return await client.chat.completions.create(
        model="tunegate-base", messages=[{"role": "user", "content": "Good morning."}]
    )


def filter_results(completion: ChatCompletion) -> Any:
    return completion.choices[0].model_dump().get("content_filter_results")


async def test_without_faults_nothing_is_annotated(client: AsyncOpenAI) -> None:
    completion = await ask(client)
    assert filter_results(completion) is None
    assert completion.choices[0].message.content in REFUSALS


@pytest.mark.parametrize(("category", "name"), [("violence", "violence"), ("hate_fairness", "hate")])
async def test_a_withheld_answer_names_its_category_as_azure_does(
    serve: Serve, category: str, name: str
) -> None:
    completion = await ask(await serve(Faults(filter_answers=category)))
    assert completion.choices[0].finish_reason == "content_filter"
    assert completion.choices[0].message.content == ""
    results = filter_results(completion)
    assert set(results) == {"hate", "self_harm", "sexual", "violence"}
    assert results.pop(name) == {"filtered": True, "severity": "medium"}
    assert all(other == {"filtered": False, "severity": "safe"} for other in results.values())


async def test_an_answer_can_be_withheld_for_no_named_category(serve: Serve) -> None:
    completion = await ask(await serve(Faults(filter_answers=UNNAMED)))
    assert completion.choices[0].finish_reason == "content_filter"
    assert filter_results(completion) == {}


async def test_an_annotated_answer_is_given(serve: Serve) -> None:
    completion = await ask(await serve(Faults(annotate_answers="self_harm")))
    assert completion.choices[0].finish_reason == "stop"
    assert completion.choices[0].message.content in REFUSALS
    assert filter_results(completion)["self_harm"] == {"filtered": False, "severity": "medium"}


async def test_a_withheld_probe_is_a_bad_request_of_the_content_filter(serve: Serve) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await ask(await serve(Faults(withhold_probes=True)))
    assert refused.value.code == "content_filter"
    assert isinstance(refused.value.body, dict)
    assert refused.value.body["innererror"]["code"] == "ResponsibleAIPolicyViolation"


async def test_every_third_answer_is_empty(serve: Serve) -> None:
    client = await serve(Faults(empty_every=3))
    empty = [(await ask(client)).choices[0].message.content == "" for _ in range(6)]
    assert empty == [False, False, True, False, False, True]


@pytest.mark.parametrize(("status", "retry_after"), [(503, None), (429, "1")])
async def test_every_second_request_fails_as_asked(
    serve: Serve, status: int, retry_after: str | None
) -> None:
    client = await serve(Faults(fail_every=2, fail_status=status))
    for _ in range(2):
        await ask(client)
        with pytest.raises(openai.APIStatusError) as failed:
            await ask(client)
        assert failed.value.status_code == status
        assert failed.value.response.headers.get("Retry-After") == retry_after


async def test_another_model_can_answer(serve: Serve) -> None:
    assert (await ask(await serve(Faults(other_model=True)))).model == "tunegate-base-other"


async def test_an_answer_can_be_late(serve: Serve) -> None:
    client = await serve(Faults(delay_s=0.3))
    began_s = time.monotonic()
    await ask(client)
    assert time.monotonic() - began_s >= 0.3
