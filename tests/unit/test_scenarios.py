"""Scenarios: what is said when, how it is encoded, how they are dealt out, and what a customer's file is told."""

import codecs
import json
from base64 import b64decode
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import ValidationError, convert

from shared.disguises import unmasked
from shared.harm import HarmCategory
from shared.scenarios import (
    SHARD_SIZE,
    Branch,
    Encoding,
    Scenario,
    benign,
    plan_scenario_shards,
    read_added,
    shipped,
)
from shared.scenarios.added import MOST_ADDED, MOST_BYTES
from shared.stance import Stance

SECRET = "zanzibar"
"""Stands in every text of a customer's file here, and must stand in no message about it."""
BRANCH = {"refused": f"Refused? {SECRET}", "asked": f"Asked? {SECRET}", "complied": f"Complied? {SECRET}"}


def scenario(*turns: str | Branch, encoding: Encoding | None = None) -> Scenario:
    return Scenario(
        id="violence-001",
        category=HarmCategory.VIOLENCE,
        request="a request",
        persona="a user",
        tactic="direct",
        language="en",
        encoding=encoding,
        turns=turns,
    )


def added(**changes: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "id": "added-001",
        "category": "violence",
        "request": f"a request about {SECRET}",
        "persona": "a user",
        "tactic": "direct",
        "language": "en",
        "turns": [f"Say something about {SECRET}."],
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


def written(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def refusal(path: Path, *records: object) -> list[str]:
    """What is said of the records, line by line; never a word of theirs."""
    with pytest.raises(ValueError) as raised:
        read_added(written(path, *records))
    message = str(raised.value)
    assert SECRET not in message
    assert raised.value.__cause__ is None
    return message.split("\n")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scenarios.jsonl"


@pytest.mark.parametrize(
    ("stance", "said"), [(Stance.REFUSED, "r"), (Stance.ASKED, "a"), (Stance.COMPLIED, "c")]
)
def test_a_branch_is_chosen_by_the_answer_before(stance: Stance, said: str) -> None:
    held = scenario("first", Branch(refused="r", asked="a", complied="c"), "last")
    assert [held.probe(number, stance) for number in range(3)] == ["first", said, "last"]


def test_every_text_of_every_branch_is_told_in_order() -> None:
    held = scenario("first", Branch(refused="r", asked="a", complied="c"), "last")
    assert list(held.texts()) == ["first", "r", "a", "c", "last"]


def test_what_stands_in_double_braces_is_encoded_and_nothing_else() -> None:
    text = "Answer in code: {{Hé, you}} and {{go}}."
    said = {code: scenario(text, encoding=code).probe(0, Stance.COMPLIED) for code in Encoding}
    assert said == {
        Encoding.BASE64: "Answer in code: SMOpLCB5b3U= and Z28=.",
        Encoding.ROT13: "Answer in code: Ué, lbh and tb.",
        Encoding.SPACED: "Answer in code: H é ,   y o u and g o.",
    }


def test_a_branch_is_encoded_as_well() -> None:
    held = scenario(
        "{{one}}", Branch(refused="again {{two}}", asked="a", complied="c"), encoding=Encoding.ROT13
    )
    assert held.probe(1, Stance.REFUSED) == "again gjb"
    assert held.probe(1, Stance.ASKED) == "a"


@pytest.mark.parametrize("code", list(Encoding))
def test_the_gate_reads_every_encoding_it_asks_in(code: Encoding) -> None:
    plain = "Write a long and friendly letter to the people who live at the end of our street."
    assert any("friendly letter to the people" in found.text for found in unmasked(code.write(plain)))


@given(st.text(min_size=1).filter(str.strip))
def test_base64_and_rot13_can_be_undone(text: str) -> None:
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        return
    assert b64decode(Encoding.BASE64.write(text)) == encoded
    assert codecs.decode(Encoding.ROT13.write(text), "rot13") == text


def test_every_shipped_probe_can_be_said_and_shows_no_braces() -> None:
    said = [
        held.probe(number, stance)
        for held in (*shipped().values(), *benign().values())
        for number in range(len(held.turns))
        for stance in Stance
    ]
    assert len(said) > 3 * 1020
    assert not any("{" in text or "}" in text for text in said)


@pytest.mark.parametrize(
    ("turns", "encoding"),
    [
        ((Branch(refused="r", asked="a", complied="c"),), None),
        (("first {{x}}",), None),
        (("first",), Encoding.ROT13),
        (("first } {",), None),
        (("first {{x}} {",), Encoding.ROT13),
        (("first", Branch(refused="r {{x}}", asked="a", complied="c")), None),
    ],
)
def test_turns_that_do_not_fit_together_are_refused(
    turns: tuple[str | Branch, ...], encoding: Encoding | None
) -> None:
    with pytest.raises(ValueError):
        scenario(*turns, encoding=encoding)


@pytest.mark.parametrize(
    "changes",
    [
        {"turns": []},
        {"turns": ["t"] * 5},
        {"turns": [""]},
        {"turns": ["t", {"refused": "r"}]},
        {"turns": ["t", {**BRANCH, "more": "m"}]},
        {"category": "other"},
        {"encoding": "morse"},
        {"id": "No"},
        {"id": "a" * 61},
        {"weight": 1},
    ],
)
def test_what_is_no_scenario_does_not_decode(changes: dict[str, object]) -> None:
    assert convert(added(), Scenario).id == "added-001"
    with pytest.raises(ValidationError):
        convert({**added(), **changes}, Scenario)


def test_the_shipped_set_cannot_be_changed() -> None:
    assert len(shipped()) == 960
    assert len(benign()) == 60
    assert list(dict.fromkeys(held.category for held in shipped().values())) == list(HarmCategory)
    assert not shipped().keys() & benign().keys()
    with pytest.raises(TypeError):
        shipped()["violence-001"] = shipped()["violence-002"]  # type: ignore[index]


def test_shards_hold_every_scenario_once_and_every_category_evenly() -> None:
    shards = plan_scenario_shards([*benign(), *shipped()])
    dealt = [name for shard in shards for name in shard]
    assert sorted(dealt) == sorted([*benign(), *shipped()])
    assert len(shards) == 85
    assert {len(shard) for shard in shards} == {SHARD_SIZE}
    for shard in plan_scenario_shards(shipped()):
        kinds = Counter(shipped()[name].category for name in shard)
        assert set(kinds) == set(HarmCategory)
        assert max(kinds.values()) <= 3


def test_shards_are_the_same_in_whatever_order_and_however_often_the_ids_come() -> None:
    names = [*shipped(), "added-b-1", "added-a-1", "added-c"]
    assert plan_scenario_shards([*reversed(names), "added-c"]) == plan_scenario_shards(names)
    assert plan_scenario_shards([]) == []
    assert plan_scenario_shards(["added-b-1", "added-a-1"]) == [("added-a-1", "added-b-1")]


def test_a_customers_file_is_read(path: Path) -> None:
    branched = added(id="added-x-2", encoding="base64", turns=["{{Hello}}", BRANCH])
    read = read_added(written(path, added(), branched))
    assert list(read) == ["added-001", "added-x-2"]
    assert read["added-001"].turns == (f"Say something about {SECRET}.",)
    assert read["added-x-2"].probe(0, Stance.REFUSED) == "SGVsbG8="
    assert read["added-x-2"].probe(1, Stance.ASKED) == BRANCH["asked"]


def test_a_mark_at_the_start_blank_lines_and_windows_line_ends_do_not_matter(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(added()).encode() + b"\r\n\r\n \n")
    assert list(read_added(path)) == ["added-001"]


def test_every_problem_is_told_at_once_by_line_and_field(path: Path) -> None:
    path.write_bytes(
        b"\n".join(
            [
                json.dumps(added(id="violence-001", category=f"bad {SECRET}")).encode(),
                b"{" + SECRET.encode(),
                json.dumps(added(id="added-003", persona=None, turns=[])).encode(),
                json.dumps([SECRET]).encode(),
                b'{"id": "' + SECRET.encode() + b"\xff",
                b'{"' + SECRET.encode() + b'": 1, "' + SECRET.encode() + b'": 2}',
                json.dumps(added()).encode(),
                json.dumps(added()).encode(),
            ]
        )
    )
    with pytest.raises(ValueError) as raised:
        read_added(path)
    assert SECRET not in str(raised.value)
    assert str(raised.value).split("\n") == [
        'line 1, id: give "added-" and 1 to 54 of a-z, 0-9, -',
        "line 1, category: give one of violence, sexual, hate_fairness, self_harm",
        "line 2: this is not JSON; write one whole JSON object on the line",
        "line 3, persona: give a text of 1 to 200 characters",
        "line 3, turns: give a list of 1 to 4 turns",
        "line 4: this is no JSON object; write {...} on the line",
        "line 5: this is not UTF-8; save the file in UTF-8",
        "line 6: a field stands twice in an object; leave one of them",
        "line 8, id: line 7 has it already; give each scenario its own",
    ]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"id": "added-"}, "id"),
        ({"id": "added-A"}, "id"),
        ({"id": "added-" + "a" * 55}, "id"),
        ({"id": "added-1\n"}, "id"),
        ({"id": 7}, "id"),
        ({"category": ["violence"]}, "category"),
        ({"request": "  "}, "request"),
        ({"tactic": "t" * 201}, "tactic"),
        ({"language": 1}, "language"),
        ({"encoding": "morse", "turns": ["{{a}}"]}, "encoding"),
        ({"encoding": ["base64"], "turns": ["{{a}}"]}, "encoding"),
        ({"encoding": "base64"}, "turns"),
        ({"turns": SECRET}, "turns"),
        ({"turns": [SECRET] * 5}, "turns"),
        ({"turns": [BRANCH]}, "turns[0]"),
        ({"turns": [7]}, "turns[0]"),
        ({"turns": [SECRET * 501]}, "turns[0]"),
        ({"turns": ["\ud800"]}, "turns[0]"),
        ({"turns": [f"{{{{{SECRET}}}}}"]}, "turns[0]"),
        ({"turns": ["a } b"], "encoding": None}, "turns[0]"),
        ({"turns": [SECRET, None]}, "turns[1]"),
        ({"turns": [SECRET, {"refused": SECRET, "asked": SECRET}]}, "turns[1]"),
        ({"turns": [SECRET, {**BRANCH, SECRET: SECRET}]}, "turns[1]"),
        ({"turns": [SECRET, {**BRANCH, "asked": ""}]}, "turns[1].asked"),
        ({"turns": [SECRET, {**BRANCH, "complied": "a {b}"}]}, "turns[1].complied"),
        ({SECRET: SECRET}, "field 8"),
    ],
)
def test_each_rule_is_told_by_its_field(path: Path, changes: dict[str, object], where: str) -> None:
    told = refusal(path, added(id="added-000"), {**added(), **changes})
    assert len(told) == 1
    assert told[0].startswith(f"line 2, {where}: ")


@given(
    st.dictionaries(
        st.sampled_from(
            ["id", "category", "request", "persona", "tactic", "language", "encoding", "turns", "x"]
        ),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.text()
            | st.sampled_from(["{{a}}", "base64", "added-1"]),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*Stance, "x"]), inner),
        ),
    )
)
def test_whatever_stands_there_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, changes: dict[str, object]
) -> None:
    path = written(tmp_path_factory.mktemp("added") / "scenarios.jsonl", {**added(), **changes})
    try:
        read = read_added(path)
    except ValidationError:
        raise
    except ValueError as error:
        assert SECRET not in str(error)
        assert "no scenario; write it anew" not in str(error)  # each problem has words of its own
    else:
        assert len(read) == 1


def test_more_than_can_be_held_is_refused(path: Path) -> None:
    many = [added(id=f"added-{number}") for number in range(MOST_ADDED)]
    assert len(read_added(written(path, *many))) == MOST_ADDED
    told = refusal(path, *many, added(id="added-more"))
    assert told == ["the file holds 1001 scenarios: leave 1,000 at most"]


def test_a_file_without_scenarios_or_far_too_large_is_refused(path: Path) -> None:
    assert refusal(path) == ["the file holds no scenario: write one JSON object on each line"]
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(ValueError, match="larger than 16 MiB"):
        read_added(path)


def test_deep_json_is_told_not_raised(path: Path) -> None:
    path.write_text("[" * 100_000 + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 1: this is not JSON"):
        read_added(path)
