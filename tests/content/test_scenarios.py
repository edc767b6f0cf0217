"""The probe conversations keep the rules of docs/scenarios.md."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from shared.scenarios import Branch, benign, shipped
from tests.content.authored import CATEGORIES, SCENARIOS, objects, said_in
from tests.content.similarity import near_copies

TACTICS = {
    "direct": 18,
    "role_play": 18,
    "fiction": 18,
    "claimed_authority": 18,
    "hypothetical": 12,
    "persuasion": 12,
    "emotional_appeal": 12,
    "obedience": 12,
    "format": 12,
    "escalation": 30,
    "splitting": 20,
    "completion": 20,
    "encoding": 18,
    "translation": 20,
}
LANGUAGES = {"en": 144, "de": 20, "es": 20, "fr": 20, "it": 18, "pt": 18}
ENCODINGS = {"base64": 6, "rot13": 6, "spaced": 6}
KEYS = ["id", "category", "request", "persona", "tactic", "language", "turns"]
FILES = (*CATEGORIES, "benign")

MINORS = {
    "en": r"year[- ]?old|\b(?:under ?age|minors?|child(?:ren|hood)?|kids?|teen\w*|adolescen\w+|young\w*|youth\w*|"
    r"boys?|girls?|schools?|pupils?|students?|babies|baby|toddlers?)\b",
    "de": r"\b\w*jährig\w*|\b(?:kind(?:er\w*|heit)?|mädchen|jung(?:e[nrs]?)?|jugend\w*|minderjähr\w*|schul(?!d)\w*|"
    r"schüler\w*|student\w*|baby\w*)\b",
    "es": r"\b(?:niñ[oa]s?|chic[oa]s?|jóvenes|joven|menor(?:es)? de edad|adolescen\w+|escuela\w*|colegi(?:os?|al\w*)|"
    r"alumn\w*|estudiant\w*|bebés?)\b",
    "fr": r"\b(?:enfants?|fille(?:tte)?s?|garçons?|jeunes?|mineure?s?|ado(?:lescen\w+)?s?|écoles?|écoli\w+|"
    r"élèves?|étudiant\w*|bébés?)\b",
    "it": r"\b(?:bambin[oaie]|ragazz[oaie]|giovan[ei]|minorenn[ei]|adolescen\w+|scuol[ae]|alunn[oaie]|student\w*|"
    r"neonat[oaie])\b",
    "pt": r"\b(?:crianças?|menin[oa]s?|jove(?:m|ns)|menor(?:es)? de idade|adolescen\w+|escolas?|alun[oa]s?|"
    r"estudantes?|bebês?)\b",
}
"""Words that speak of minors, by language."""
OFFSPRING = {
    "en": r"\b(?:nephews?|nieces?|daughters?|sons?)\b",
    "de": r"\b(?:neffen?|nichten?|töchter|tochter|sohn|söhne)\b",
    "es": r"\b(?:hij|sobrin)[oa]s?\b",
    "fr": r"\b(?:fils|filles?|neveux?|nièces?)\b",
    "it": r"\b(?:figli[oae]?|nipot[ei])\b",
    "pt": r"\b(?:filh|sobrinh)[oa]s?\b",
}
"""Elsewhere a grown daughter or a father's grown sons may be spoken of; in a sexual probe nobody's are."""
GROWN = {
    "en": r"\b(?:adult\w*|grown\w*|husband|wife|spouses?|married|wedding|widow\w*|divorced?|middle-aged|retired|"
    r"mistress|bride|(?:twenties|thirties|forties|fifties|sixties|thirty|forty|fifty)(?:-\w+)?|anniversary)\b",
    "de": r"\b(?:erwachsen\w*|ehemann|ehefrau\w*|ehepaar\w*|verheiratet\w*|geschieden\w*|witwe\w*)\b",
    "es": r"\b(?:adult[oa]s?|marido|espos[oa]s?|casad[oa]s?|divorciad[oa]s?|viud[oa]s?)\b",
    "fr": r"\b(?:adultes?|maris?|épou(?:x|ses?)|mariée?s?|divorcée?s?|veu(?:f|ve)s?)\b",
    "it": r"\b(?:adult[oaie]|marito|mogli[ea]?|spos[oaie]|sposat[oaie]|divorziat[oaie]|vedov[oaie])\b",
    "pt": r"\b(?:adult[oa]s?|marido|espos[oa]s?|casad[oa]s?|divorciad[oa]s?|viúv[oa]s?)\b",
}
"""Words that say in each language that it is about adults."""


def scenarios(name: str) -> list[dict[str, object]]:
    return objects(SCENARIOS / f"{name}.jsonl")


def probes() -> Iterator[dict[str, object]]:
    for category in CATEGORIES:
        yield from scenarios(category)


def shows(words: dict[str, str], language: object, text: str) -> bool:
    """Whether one of the words of the language stands in the text."""
    return re.search(words[str(language)], text, re.IGNORECASE) is not None


def speaks_of_minors(scenario: dict[str, object]) -> bool:
    """Whether the turns do in their language, or the request or persona in English."""
    told = f"{scenario['request']} {scenario['persona']}"
    # "the same kind" is English; only a German turn can mean a child by it
    return shows(MINORS, scenario["language"], " ".join(said_in(scenario))) or shows(MINORS, "en", told)


@pytest.mark.parametrize("name", FILES)
def test_every_conversation_has_the_stated_form(name: str) -> None:
    for number, scenario in enumerate(scenarios(name), start=1):
        where = f"{name}-{number:03}"
        assert [key for key in scenario if key != "encoding"] == KEYS, where
        assert scenario["id"] == where
        assert scenario["category"] in ((name,) if name in CATEGORIES else CATEGORIES), where
        assert 5 <= len(str(scenario["request"]).split()) <= 18, where
        assert 1 <= len(str(scenario["persona"]).split()) <= 5, where
        assert scenario["tactic"] in (TACTICS if name in CATEGORIES else {"benign"}), where
        assert scenario["language"] in LANGUAGES, where
        for text in said_in(scenario):
            assert text == text.strip(), where
            assert 3 <= len(text.split()) <= 60, where


@pytest.mark.parametrize("category", CATEGORIES)
def test_each_category_has_its_240_by_tactic_language_and_encoding(category: str) -> None:
    told = scenarios(category)
    assert len(told) == 240
    assert Counter(scenario["tactic"] for scenario in told) == TACTICS
    assert Counter(scenario["language"] for scenario in told) == LANGUAGES
    assert Counter(scenario["encoding"] for scenario in told if "encoding" in scenario) == ENCODINGS
    assert len(TACTICS) >= 8
    assert len(LANGUAGES) >= 5


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_tactic_is_tried_in_english_and_in_two_other_languages(category: str) -> None:
    tried = {(scenario["tactic"], scenario["language"]) for scenario in scenarios(category)}
    for tactic in TACTICS:
        languages = {language for each, language in tried if each == tactic}
        assert "en" in languages, tactic
        assert len(languages) >= 3, tactic


@pytest.mark.parametrize("category", CATEGORIES)
def test_later_turns_depend_on_answers(category: str) -> None:
    told = scenarios(category)
    branched = Counter(
        scenario["tactic"] for scenario in told if any(isinstance(turn, dict) for turn in scenario["turns"])
    )
    assert branched["escalation"] >= 18
    assert branched["splitting"] >= 8
    assert branched.total() >= 40
    lengths = Counter(len(scenario["turns"]) for scenario in told)
    assert set(lengths) == {1, 2, 3, 4}
    assert min(lengths.values()) >= 8
    for scenario in told:
        if scenario["tactic"] in {"escalation", "splitting"}:
            assert len(scenario["turns"]) >= 2, scenario["id"]


def test_the_benign_look_alikes() -> None:
    told = scenarios("benign")
    assert len(told) == 60
    assert Counter(scenario["category"] for scenario in told) == dict.fromkeys(CATEGORIES, 15)
    assert {scenario["language"] for scenario in told} == set(LANGUAGES)
    assert len({scenario["request"] for scenario in told}) == 60


def test_there_are_no_other_files_of_conversations() -> None:
    assert sorted(path.stem for path in SCENARIOS.glob("*.jsonl")) == sorted(FILES)


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_request_stands_in_two_conversations_at_most_and_then_by_two_tactics(category: str) -> None:
    told = scenarios(category)
    by_request = Counter(scenario["request"] for scenario in told)
    assert max(by_request.values()) == 2
    assert len(by_request) >= 150
    assert len({(scenario["request"], scenario["tactic"]) for scenario in told}) == 240


def test_no_conversation_is_a_near_copy_of_another() -> None:
    texts = {
        str(scenario["id"]): " ".join(said_in(scenario)) for name in FILES for scenario in scenarios(name)
    }
    assert len(texts) == 1020
    assert list(near_copies(texts)) == []


def test_no_text_is_said_twice() -> None:
    said = Counter(text for name in FILES for scenario in scenarios(name) for text in said_in(scenario))
    assert [text for text, times in said.items() if times > 1] == []


@pytest.mark.parametrize("category", CATEGORIES)
def test_openings_vary(category: str) -> None:
    openings = Counter(
        " ".join(re.findall(r"\w+", said_in(scenario)[0].casefold())[:5]) for scenario in scenarios(category)
    )
    assert max(openings.values()) <= 3


@pytest.mark.parametrize(
    ("language", "marked"),
    [
        ("en", "a 15-year-old clerk"),
        ("en", "two year old"),
        ("en", "the teenager"),
        ("en", "her younger brother"),
        ("en", "at school"),
        ("de", "ein Mädchen"),
        ("de", "die Siebzehnjährige"),
        ("es", "una chica"),
        ("fr", "une jeune femme"),
        ("it", "la ragazza"),
        ("pt", "o menino"),
    ],
)
def test_the_marker_of_minors_finds_them(language: str, marked: str) -> None:
    assert shows(MINORS, language, marked)


@pytest.mark.parametrize("name", FILES)
def test_no_minors_anywhere(name: str) -> None:
    assert [scenario["id"] for scenario in scenarios(name) if speaks_of_minors(scenario)] == []


def test_no_offspring_in_sexual_probes() -> None:
    found = [
        scenario["id"]
        for scenario in scenarios("sexual")
        if shows(OFFSPRING, scenario["language"], " ".join(said_in(scenario)))
    ]
    assert found == []


def test_every_sexual_probe_says_in_its_language_that_it_is_about_adults() -> None:
    silent = [
        scenario["id"]
        for scenario in scenarios("sexual")
        if not shows(GROWN, scenario["language"], " ".join(said_in(scenario)))
    ]
    assert silent == []


@pytest.mark.parametrize("name", FILES)
def test_no_figures_but_in_the_name_of_an_encoding(name: str) -> None:
    for scenario in scenarios(name):
        named = " ".join([*said_in(scenario), str(scenario["request"]), str(scenario["persona"])])
        without = re.sub(r"\b(?:Base64|ROT13)\b", "", named) if "encoding" in scenario else named
        assert not re.search(r"\d", without), scenario["id"]


@pytest.mark.parametrize("name", FILES)
def test_what_is_encoded_stands_in_double_braces_and_nothing_else_does(name: str) -> None:
    for scenario in scenarios(name):
        assert ("encoding" in scenario) == (scenario["tactic"] == "encoding"), scenario["id"]
        said = " ".join(said_in(scenario))
        assert ("encoding" in scenario) == bool(re.search(r"\{\{[^{}]+\}\}", said)), scenario["id"]
        assert not re.search(r"[{}]", re.sub(r"\{\{[^{}]+\}\}", "", said)), scenario["id"]


def test_the_product_ships_exactly_these_in_policy_order() -> None:
    read = [
        {
            "id": scenario.id,
            "category": str(scenario.category),
            "request": scenario.request,
            "persona": scenario.persona,
            "tactic": scenario.tactic,
            "language": scenario.language,
            **({"encoding": str(scenario.encoding)} if scenario.encoding else {}),
            "turns": [
                {"refused": turn.refused, "asked": turn.asked, "complied": turn.complied}
                if isinstance(turn, Branch)
                else turn
                for turn in scenario.turns
            ],
        }
        for scenario in (*shipped().values(), *benign().values())
    ]
    assert read == [*probes(), *scenarios("benign")]
