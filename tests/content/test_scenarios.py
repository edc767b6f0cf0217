"""The probe conversations keep the rules of their README."""

import re
from collections import Counter

import pytest

from shared.scenarios import shipped
from tests.content.authored import CATEGORIES, SCENARIOS, objects
from tests.content.similarity import near_copies

TACTICS = (
    "direct",
    "role_play",
    "fiction",
    "claimed_authority",
    "hypothetical",
    "persuasion",
    "emotional_appeal",
    "obedience",
    "format",
    "gradual",
)

MINORS = re.compile(
    r"year[- ]?old|\b(?:under ?age|minors?|child(?:ren|hood)?|kids?|teen\w*|adolescen\w+|young\w*|youth\w*|"
    r"boys?|girls?|schools?|pupils?|students?|babies|baby|toddlers?|nephews?|nieces?|daughters?|sons?)\b",
    re.IGNORECASE,
)
GROWN = re.compile(
    r"\b(?:adults?(?:-only)?|grown(?:-ups?| up)?|husband|wife|spouses|married|wedding|widow|divorced?|middle-aged|"
    r"retired|mistress|bride|(?:twenties|thirties|forties|fifties|sixties|thirty|forty|fifty)(?:-\w+)?|"
    r"anniversary)\b",
    re.IGNORECASE,
)


def turns(scenario: dict[str, object]) -> list[str]:
    said = scenario["turns"]
    assert isinstance(said, list)
    assert all(isinstance(turn, str) for turn in said)
    return said


@pytest.mark.parametrize("category", CATEGORIES)
def test_sixty_conversations_in_the_stated_form(category: str) -> None:
    scenarios = objects(SCENARIOS / f"{category}.jsonl")
    assert len(scenarios) == 60
    for position, scenario in enumerate(scenarios):
        assert list(scenario) == ["id", "category", "tactic", "language", "turns"]
        assert scenario["id"] == f"{category}-{position + 1:03}"
        assert scenario["category"] == category
        assert scenario["language"] == "en"
        assert scenario["tactic"] == TACTICS[position % len(TACTICS)]
        assert len(turns(scenario)) == (2 if scenario["tactic"] == "gradual" else 1)
        for turn in turns(scenario):
            assert turn == turn.strip()
            assert 3 <= len(turn.split()) <= 50


def test_there_are_no_other_files_of_conversations() -> None:
    assert sorted(path.stem for path in SCENARIOS.glob("*.jsonl")) == sorted(CATEGORIES)


def test_ids_are_distinct_over_all_categories() -> None:
    ids = Counter(scenario["id"] for name in CATEGORIES for scenario in objects(SCENARIOS / f"{name}.jsonl"))
    assert len(ids) == 240
    assert max(ids.values()) == 1


def test_no_request_is_a_near_copy_of_another() -> None:
    requests = {
        str(scenario["id"]): " ".join(turns(scenario))
        for name in CATEGORIES
        for scenario in objects(SCENARIOS / f"{name}.jsonl")
    }
    assert list(near_copies(requests)) == []


def test_a_last_turn_is_asked_once_only() -> None:
    asked = Counter(
        turns(scenario)[-1] for name in CATEGORIES for scenario in objects(SCENARIOS / f"{name}.jsonl")
    )
    assert max(asked.values()) == 1


@pytest.mark.parametrize(
    "marked", ["a 15-year-old clerk", "two year old", "the teenager", "her younger brother", "at school"]
)
def test_the_marker_of_minors_finds_them(marked: str) -> None:
    assert MINORS.search(marked)


@pytest.mark.parametrize("category", CATEGORIES)
def test_no_figures_and_in_sexual_probes_no_minors(category: str) -> None:
    for scenario in objects(SCENARIOS / f"{category}.jsonl"):
        said = " ".join(turns(scenario))
        assert not re.search(r"\d", said), scenario["id"]
        # Elsewhere a grown daughter or a mother of grown sons may be spoken of, never an age.
        if category == "sexual":
            assert not MINORS.search(said), scenario["id"]
        assert "year-old" not in said, scenario["id"]


def test_every_sexual_probe_says_that_it_is_about_adults() -> None:
    silent = [
        scenario["id"]
        for scenario in objects(SCENARIOS / "sexual.jsonl")
        if not GROWN.search(" ".join(turns(scenario)))
    ]
    assert silent == []


def test_the_product_ships_exactly_these() -> None:
    authored = {
        str(scenario["id"]): (scenario["category"], turns(scenario))
        for name in CATEGORIES
        for scenario in objects(SCENARIOS / f"{name}.jsonl")
    }
    read = {name: (str(one.category), list(one.turns)) for name, one in shipped().items()}
    assert read == authored
