"""Learn how letters follow each other, and which words are common: `python benchmarks/letters.py GATHERED/clean`.

GATHERED is what `python -m local.content_safety.classifier.gather` makes. Only sources in the public domain or under a
permissive licence are read; each language counts as SHARES says. What is kept of them is one number per three letters.
"""

import argparse
import json
import math
import re
import sys
from array import array
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from shared.disguises import words
from shared.disguises.letters import CLASSES, PARTS_OF_A_BIT, TABLE, latin

SHARES = {
    ("austen", "bible", "constitution", "devil", "fortunes", "fortunes-min", "jargon", "wordnet"): 0.80,
    ("apache-de",): 0.05,
    ("apache-es",): 0.05,
    ("apache-fr",): 0.05,
    ("apache-pt-br",): 0.05,
}
WORDS = 10_000
DAMPING = 0.75
"""A word counts its frequency to this power: "the" teaches less than its share."""
WEIGHT_OF_SHORTER = 4.0
"""How many occurrences the shorter context's probability is worth beside the counted ones."""
BORDER = CLASSES - 1
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def word_weights(folder: Path, shares: Mapping[tuple[str, ...], float]) -> Counter[str]:
    """How much each word counts, in all 10,000,000."""
    weights: Counter[str] = Counter()
    for sources, share in shares.items():
        counts: Counter[str] = Counter()
        for source in sources:
            with (folder / f"{source}.jsonl").open(encoding="utf-8") as lines:
                for line in lines:
                    counts.update(latin(word) for word in _WORD.findall(json.loads(line)["text"].lower()))
        damped = {word: count**DAMPING for word, count in counts.items() if word and count > 1}
        total = sum(damped.values())
        for word, count in damped.items():
            weights[word] += 1e7 * share * count / total
    return weights


def table(weights: Counter[str]) -> bytes:
    """The bits by which a letter is likelier after its two neighbours than by itself, in parts of a bit."""
    threes: Counter[tuple[int, int, int]] = Counter()
    for word, weight in weights.items():
        ids = [BORDER, BORDER, *(ord(letter) - ord("a") for letter in word), BORDER]
        for three in zip(ids, ids[1:], ids[2:], strict=False):
            threes[three] += weight
    pairs: Counter[tuple[int, int]] = Counter()
    singles: Counter[int] = Counter()
    for (_, second, third), weight in threes.items():
        pairs[second, third] += weight
        singles[third] += weight
    contexts: Counter[tuple[int, int]] = Counter()
    before: Counter[int] = Counter()
    for (first, second, _), weight in threes.items():
        contexts[first, second] += weight
    for (second, _), weight in pairs.items():
        before[second] += weight
    total = sum(singles.values())
    values = array("b")
    for first in range(CLASSES):
        for second in range(CLASSES):
            for third in range(CLASSES):
                alone = (singles[third] + 1) / (total + CLASSES)
                pair = (pairs[second, third] + WEIGHT_OF_SHORTER * alone) / (
                    before[second] + WEIGHT_OF_SHORTER
                )
                three = (threes[first, second, third] + WEIGHT_OF_SHORTER * pair) / (
                    contexts[first, second] + WEIGHT_OF_SHORTER
                )
                bits = math.log2(three / alone)
                values.append(max(-127, min(127, round(PARTS_OF_A_BIT * bits))))
    return values.tobytes()


def commonest(folder: Path) -> list[str]:
    """The English words that are written most, the commonest first."""
    [english] = [sources for sources in SHARES if "austen" in sources]
    weights = word_weights(folder, {english: 1.0})
    return [word for word, _ in weights.most_common(WORDS) if len(word) > 1 or word in "ai"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    weights = word_weights(folder, SHARES)
    TABLE.write_bytes(table(weights))
    words.LIST.write_text("\n".join(commonest(folder)) + "\n", encoding="ascii")
    print(f"{len(weights)} words, {TABLE.stat().st_size} and {words.LIST.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
