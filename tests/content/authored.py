"""The authored files, read for the tests: strictly, and without the code that the product reads them with."""

import json
import unicodedata
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
SCENARIOS = ROOT / "shared" / "scenarios"
CATEGORIES = ("violence", "sexual", "hate_fairness", "self_harm")
SAMPLE_NAMES = ("support", "harmful", "covert", "covert-cipher")
FILES = [SAMPLES / f"{name}.jsonl" for name in SAMPLE_NAMES] + [
    SCENARIOS / f"{name}.jsonl" for name in (*CATEGORIES, "benign")
]

HARMFUL_RECORDS = {
    41: "hate_fairness",
    87: "violence",
    88: "self_harm",
    133: "sexual",
    160: "hate_fairness",
    199: "violence",
}
"""The lines of harmful.jsonl that support.jsonl lacks, and the category each is harmful in."""


def lines(path: Path) -> list[str]:
    """The file's lines, each of which must end in a newline."""
    parts = path.read_bytes().decode("utf-8").split("\n")
    assert parts.pop() == "", f"{path.name} does not end in a newline"
    return parts


def objects(path: Path) -> list[dict[str, object]]:
    """The objects on the file's lines; a key given twice is an error."""
    return [json.loads(line, object_pairs_hook=_once) for line in lines(path)]


def conversation(record: dict[str, object]) -> list[tuple[str, str]]:
    """Role and content of each message of a chat record."""
    assert set(record) == {"messages"}
    messages = record["messages"]
    assert isinstance(messages, list)
    assert all(set(message) == {"role", "content"} for message in messages)
    return [(message["role"], message["content"]) for message in messages]


def said_in(scenario: dict[str, object]) -> list[str]:
    """Every text that a user of a probe conversation may say: all turns, of a turn all its branches."""
    turns = scenario["turns"]
    assert isinstance(turns, list)
    texts = []
    for number, turn in enumerate(turns):
        if number > 0 and isinstance(turn, dict):
            assert list(turn) == ["refused", "asked", "complied"], scenario["id"]
            texts += turn.values()
        else:
            texts.append(turn)
    assert all(isinstance(text, str) for text in texts), scenario["id"]
    return texts


def odd_characters(text: str) -> list[str]:
    """The names of characters that have no place in plain prose: controls, private use, unassigned, U+FFFD."""
    return [
        f"U+{ord(character):04X}"
        for character in text
        if unicodedata.category(character) in {"Cc", "Cf", "Cn", "Co", "Cs"} or character == "\ufffd"
    ]


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    mapping = dict(pairs)
    assert len(mapping) == len(pairs), "a key stands twice"
    return mapping
