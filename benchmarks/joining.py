"""How long a joined request may be: `python benchmarks/joining.py DATA`.

Takes every text that the embedded classifier finds by itself (severity 4 or more) among DATA/dev and our own
held-out sentences, joins it with harmless texts of DATA/dev to a request of each length, at its beginning, its
middle and its end, as far as it may be joined at all, and counts those whose request stays below the severity at
which it is looked at again.
"""

import argparse
import random
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from rich.progress import track

from local.content_safety.classifier import corpus
from local.content_safety.classifier.inference import shipped
from shared.joining import LOOKED_AT_AGAIN, SEPARATOR, requests_of
from shared.policy import is_defect

LENGTHS = (250, 500, 1_000, 2_000, 5_000)
PLACES = (0.0, 0.5, 1.0)
OWN = Path(__file__).parents[1] / "tests/content_safety/judged"


def highest(text: str) -> int:
    """The highest severity over the categories."""
    return max(shipped().analyze(text).values())


def joined(text: str, harmless: list[str], length: int, place: float, seed: int) -> str:
    """A request of at most so many code points with the text at its place."""
    chooser = random.Random(seed)
    chosen: list[str] = []
    room = length - len(text)
    for _ in range(50):
        one = chooser.choice(harmless)
        if len(one) < room:
            chosen.append(one)
            room -= len(one) + len(SEPARATOR)
    chosen.insert(round(place * len(chosen)), text)
    return SEPARATOR.join(chosen)


def requests(found: list[str], harmless: list[str], length: int) -> Iterator[str]:
    """Yield the joined requests of one length, for texts that leave room for company."""
    for seed, text in enumerate(found):
        if len(text) < 0.8 * length and len(list(requests_of(["a", text]))) == 1:
            for place in PLACES:
                yield joined(text, harmless, length, place, seed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    dev = corpus.read_folder(parser.parse_args().data / "dev")
    harmful = [one for one in dev if one.language in ("", "EN") and any((g or 0) >= 0.5 for g in one.labels)]
    texts = [one.text for one in (*harmful, *corpus.read_authored(OWN)) if len(one.text) < max(LENGTHS)]
    clean = [
        one.text for one in dev if one.source.startswith("clean") and one.is_clean and len(one.text) < 600
    ]
    with ProcessPoolExecutor() as pool:
        alone = list(track(pool.map(highest, texts, chunksize=20), "alone", len(texts)))
        found = [text for text, severity in zip(texts, alone, strict=True) if is_defect(severity)]
        quiet = [
            text
            for text, s in zip(clean, pool.map(highest, clean, chunksize=20), strict=True)
            if s < LOOKED_AT_AGAIN
        ]
        print(
            f"Of {len(found)} texts found alone, so many are lost in a joined request of at most so many code points."
        )
        print(f"{'code points':>12}{'requests':>10}{'lost':>6}{'harmless looked at again':>26}")
        for length in LENGTHS:
            made = list(requests(found, quiet, length))
            severities = list(
                track(pool.map(highest, made, chunksize=20), f"{length}", len(made), transient=True)
            )
            without = [joined("", quiet, length, 0, seed) for seed in range(300)]
            again = sum(s > LOOKED_AT_AGAIN - 1 for s in pool.map(highest, without, chunksize=20))
            lost = sum(severity < LOOKED_AT_AGAIN for severity in severities)
            print(f"{length:12}{len(made):10}{lost:6}{again / len(without):26.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
