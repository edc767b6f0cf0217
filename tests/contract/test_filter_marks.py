"""What an endpoint's content filter says of an answer, and what of that nobody can read."""

import pytest

from shared.harm import HarmCategory
from shared.ports import Answer
from tests.contract.test_chat_model import SECRET, ask, completion


@pytest.mark.parametrize("results", [[SECRET], SECRET, 7, {"violence": SECRET}, {"violence": [SECRET]}])
async def test_annotations_without_sense_do_not_hide_the_answer(results: object) -> None:
    answer = await ask(200, completion(content_filter_results=results))
    assert isinstance(answer, Answer)
    assert (answer.text, answer.filtered, answer.obscure) == ("No.", {}, True)


@pytest.mark.parametrize(
    ("results", "filtered", "obscure"),
    [
        ({"hate": {"filtered": True, "severity": "low"}}, {HarmCategory.HATE_FAIRNESS: 4}, False),
        ({"hate": {"filtered": True}}, {HarmCategory.HATE_FAIRNESS: 4}, False),
        ({"Hate": {"Filtered": True}}, {HarmCategory.HATE_FAIRNESS: 4}, False),
        ({"hate_fairness": {"filtered": True}}, {HarmCategory.HATE_FAIRNESS: 4}, False),
        (
            {"hate": {"severity": "high"}, "hate_fairness": {"severity": "low"}},
            {HarmCategory.HATE_FAIRNESS: 6},
            False,
        ),
        ({"violence": {"filtered": False, "severity": "high"}}, {HarmCategory.VIOLENCE: 6}, False),
        ({"VIOLENCE": {"filtered": False, "Severity": "High"}}, {HarmCategory.VIOLENCE: 6}, False),
        ({"violence": {"filtered": False, "severity": "low"}}, {HarmCategory.VIOLENCE: 2}, False),
        ({"violence": {"filtered": False, "severity": "safe"}}, {}, False),
        ({"violence": {"filtered": False, "severity": "unheard-of"}}, {HarmCategory.VIOLENCE: 4}, False),
        ({"jailbreak": {"filtered": True, "detected": True}}, {}, True),
        ({"jailbreak": {"filtered": False, "detected": True}}, {}, False),
        ({"protected_material_text": {"filtered": False, "detected": True}}, {}, False),
        ({"profanity": {"filtered": True, "detected": True}}, {}, True),
        ({"custom_blocklists": {"filtered": True, "details": []}}, {}, True),
        ({"custom_blocklists": {"filtered": False, "details": []}, "profanity": None}, {}, False),
        ({"custom_blocklists": [{"filtered": True, "id": "ours"}]}, {}, True),
        ({"fury": {"filtered": False, "severity": "medium"}}, {}, True),
        (
            {"profanity": {"filtered": True}, "sexual": {"filtered": True}, "hate": [SECRET]},
            {HarmCategory.SEXUAL: 4},
            True,
        ),
    ],
    ids=repr,
)
async def test_what_the_filter_found_is_never_made_less(
    results: dict[str, object], filtered: dict[HarmCategory, int], obscure: bool
) -> None:
    answer = await ask(200, completion(content_filter_results=results))
    assert isinstance(answer, Answer)
    assert (answer.text, answer.filtered, answer.obscure) == ("No.", filtered, obscure)
