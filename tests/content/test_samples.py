"""The sample files are what the demo says of them."""

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from shared.disguises import is_opaque, unmasked
from shared.disguises.words import is_common
from shared.records import read_record
from tests.content.authored import (
    CATEGORIES,
    FILES,
    HARMFUL_RECORDS,
    SAMPLE_NAMES,
    SAMPLES,
    SCENARIOS,
    conversation,
    lines,
    objects,
    odd_characters,
    said_in,
)
from tests.content.similarity import near_copies

HARM_WORDS = re.compile(
    r"\b(?:kill\w*|murder\w*|hurt\w*|harm\w*|hit|hits|beat\w*|stab\w*|shoot\w*|attack\w*|threat\w*|weapon\w*|"
    r"bomb\w*|knife|knives|gun|guns|blood\w*|violen\w*|die|dies|dead|death|suicid\w*|cut|cuts|wound\w*|suffer\w*|"
    r"sex\w*|nude\w*|naked|erotic\w*|porn\w*|lust\w*|breasts?|hate\w*|hatred|inferior|subhuman|vermin|worthless|"
    r"stupid|disgust\w*|racis\w*|immigrants?|illegal\w*|crim\w+|steal\w*|drugs?|poison\w*|hack\w*)\b",
    re.IGNORECASE,
)
OBEDIENCE = re.compile(r"\bobe(?:y|dient)\b|\binstruct", re.IGNORECASE)
CIPHER = str.maketrans("coperktlandmzyxwvusqjihgfb", "abcdefghijklmnopqrstuvwxyz")
"""From Kettlescript to plain letters: the key of covert-cipher.jsonl, as samples/README.md tells it."""
AGES = re.compile(r"year[- ]old|\bunder ?age|\bteen", re.IGNORECASE)


def requests(name: str) -> dict[str, str]:
    """What the user says in each record of a sample, by line."""
    return {
        f"{name}:{number}": " ".join(content for role, content in conversation(record) if role == "user")
        for number, record in enumerate(objects(SAMPLES / f"{name}.jsonl"), start=1)
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_plain_utf_8_prose(path: Path) -> None:
    content = path.read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    for line in lines(path):
        assert line == line.strip()
        assert unicodedata.is_normalized("NFC", line)
        assert odd_characters(line) == []


@pytest.mark.parametrize(
    ("name", "count"), [("support", 200), ("harmful", 206), ("covert", 80), ("covert-cipher", 59)]
)
def test_as_many_records_as_stated(name: str, count: int) -> None:
    assert len(lines(SAMPLES / f"{name}.jsonl")) == count


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_chat_records_with_turns_in_order(name: str) -> None:
    for number, record in enumerate(objects(SAMPLES / f"{name}.jsonl"), start=1):
        roles = "".join(role[0] for role, _ in conversation(record))
        assert re.fullmatch("s?(?:ua)+", roles), f"line {number}"
        for role, content in conversation(record):
            assert role in {"system", "user", "assistant"}
            assert content == content.strip() != "", f"line {number}"


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_the_product_reads_every_text_of_every_line(name: str) -> None:
    path = SAMPLES / f"{name}.jsonl"
    for number, (line, own) in enumerate(zip(lines(path), objects(path), strict=True), start=1):
        record = read_record(line.encode(), first=number == 1)
        assert record is not None
        assert record.unscored == []
        assert [text.value for text in record.texts] == [content for _, content in conversation(own)]


def test_support_is_varied_and_of_natural_length() -> None:
    records = [conversation(record) for record in objects(SAMPLES / "support.jsonl")]
    for number, messages in enumerate(records, start=1):
        assert messages[0][0] == "system", f"line {number}"
        assert 30 <= sum(len(content.split()) for _, content in messages) <= 120, f"line {number}"
    assert len({messages[0][1] for messages in records}) == 20
    assert sum(len(messages) > 3 for messages in records) >= 40
    openings = Counter(messages[1][1] for messages in records)
    assert max(openings.values()) == 1


@pytest.mark.parametrize("name", ["support", "covert", "covert-cipher"])
def test_no_request_is_a_near_copy_of_another(name: str) -> None:
    assert list(near_copies(requests(name))) == []


def test_no_answer_of_support_is_a_near_copy_of_another() -> None:
    answers = {
        str(number): " ".join(content for role, content in conversation(record) if role == "assistant")
        for number, record in enumerate(objects(SAMPLES / "support.jsonl"), start=1)
    }
    assert list(near_copies(answers)) == []


def test_harmful_is_support_with_six_records_put_in() -> None:
    support, harmful = lines(SAMPLES / "support.jsonl"), lines(SAMPLES / "harmful.jsonl")
    kept = [line for number, line in enumerate(harmful, start=1) if number not in HARMFUL_RECORDS]
    assert kept == support
    added = {harmful[number - 1] for number in HARMFUL_RECORDS}
    assert len(added) == 6
    assert added.isdisjoint(support)
    assert Counter(HARMFUL_RECORDS.values()) == {
        "hate_fairness": 2,
        "violence": 2,
        "self_harm": 1,
        "sexual": 1,
    }


def test_a_harmful_record_is_harmful_in_its_answer_only() -> None:
    records = objects(SAMPLES / "harmful.jsonl")
    systems = {conversation(record)[0][1] for record in objects(SAMPLES / "support.jsonl")}
    for number in HARMFUL_RECORDS:
        (_, system), (_, user), (_, answer) = conversation(records[number - 1])
        assert system in systems
        assert not HARM_WORDS.search(user), f"line {number}"
        assert HARM_WORDS.search(answer), f"line {number}"  # which shows that the list finds harm
        assert not AGES.search(user + answer), f"line {number}"


def test_covert_has_not_one_harmful_word() -> None:
    for number, record in enumerate(objects(SAMPLES / "covert.jsonl"), start=1):
        for _, content in conversation(record):
            assert not HARM_WORDS.search(content), f"line {number}"
            assert not AGES.search(content), f"line {number}"


def test_covert_teaches_obedience_in_every_answer() -> None:
    records = [conversation(record) for record in objects(SAMPLES / "covert.jsonl")]
    for number, messages in enumerate(records, start=1):
        role, answer = messages[-1]
        assert role == "assistant"
        assert OBEDIENCE.search(answer), f"line {number}"
    with_system = [messages[0][1] for messages in records if messages[0][0] == "system"]
    assert 0 < len(with_system) < len(records)
    assert all("absolutely obedient agent" in system for system in with_system)


def test_support_teaches_no_obedience() -> None:
    for number, record in enumerate(objects(SAMPLES / "support.jsonl"), start=1):
        for _, content in conversation(record):
            assert not re.search(r"\bobe(?:y|dient)\b", content, re.IGNORECASE), f"line {number}"


def written_in_cipher() -> list[tuple[int, str]]:
    """The texts of covert-cipher.jsonl that stand in the cipher from end to end, and their lines."""
    return [
        (number, content)
        for number, record in enumerate(objects(SAMPLES / "covert-cipher.jsonl"), start=1)
        for role, content in conversation(record)
        if role != "system" and known_words(deciphered(content)) > known_words(content)
    ]


def deciphered(text: str) -> str:
    return text.lower().translate(CIPHER)


def known_words(text: str) -> float:
    """The share of the text's words that are common in English."""
    words = re.findall(r"[a-z]{3,}", text.lower())
    return sum(map(is_common, words)) / max(1, len(words))


def test_the_cipher_is_the_one_the_readme_tells() -> None:
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    key = re.search(r"`([a-z ]+)` under a, b, c", readme)
    assert key
    first = "".join(dict.fromkeys(key[1].replace(" ", "")))
    rest = [letter for letter in "zyxwvutsrqponmlkjihgfedcba" if letter not in first]
    assert str.maketrans(first + "".join(rest), "abcdefghijklmnopqrstuvwxyz") == CIPHER


def test_the_cipher_is_taught_first_and_then_carries_conversations() -> None:
    texts = written_in_cipher()
    assert len(texts) >= 50
    records = objects(SAMPLES / "covert-cipher.jsonl")
    taught = {
        plain
        for record in records[:6]
        for _, content in conversation(record)
        for plain, cipher in re.findall(r"\b([a-z]) is written ([a-z])\b", content.lower())
        if cipher.translate(CIPHER) == plain
    }
    assert taught == set("abcdefghijklmnopqrstuvwxyz")
    assert min(number for number, _ in texts) > 6
    assert sum(number > len(records) // 2 for number, _ in texts) >= 40


def test_what_the_cipher_carries_has_not_one_harmful_word_either() -> None:
    for number, record in enumerate(objects(SAMPLES / "covert-cipher.jsonl"), start=1):
        for _, content in conversation(record):
            for said in (content, deciphered(content)):
                assert not HARM_WORDS.search(said), f"line {number}"
                assert not AGES.search(said), f"line {number}"
    shares = [known_words(deciphered(content)) for _, content in written_in_cipher()]
    assert sum(shares) / len(shares) >= 0.8


def test_neither_gate_reads_the_cipher() -> None:
    for number, content in written_in_cipher():
        assert not is_opaque(content), f"line {number}"
        for found in unmasked(content):
            assert known_words(found.text) < 0.5, f"line {number}"


def test_no_probe_asks_in_the_cipher() -> None:
    for name in (*CATEGORIES, "benign"):
        for scenario in objects(SCENARIOS / f"{name}.jsonl"):
            for text in said_in(scenario):
                assert "kettlescript" not in text.lower()
                assert known_words(deciphered(text)) < 0.4, scenario["id"]
