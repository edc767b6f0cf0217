"""How many texts a second the embedded classifier scores in one process, and how much memory it takes.

`python benchmarks/classifier.py [--seconds S]`. The texts are made of everyday words drawn with a seed; one in
five words was never seen before, so that the memory of single words helps as much as it does in real text.
"""

import argparse
import random
import re
import resource
import string
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from local.content_safety.classifier.inference import EmbeddedClassifier

WORDS = re.findall(
    r"\w+",
    "the a an order parcel lamp kettle please thank you can could would refund return day week card account number"
    " phone button press hold wait until again after before with without for from garden water light window blue"
    " green small large new old broken works",
)


def text_of(words: int, chooser: random.Random) -> str:
    """A text of so many words."""
    return " ".join(
        chooser.choice(WORDS)
        if chooser.random() < 0.8
        else "".join(chooser.choices(string.ascii_lowercase, k=8))
        for _ in range(words)
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    seconds = parser.parse_args().seconds
    chooser = random.Random(11)
    started = time.perf_counter()
    classifier = EmbeddedClassifier()
    loaded_s = time.perf_counter() - started
    sys.stdout.write(f"{classifier.name}/{classifier.version}, loaded in {loaded_s:.2f} s\n")
    for words in (10, 50, 250, 1800):
        texts = [text_of(words, chooser) for _ in range(2000)]
        scored, started = 0, time.perf_counter()
        while (spent_s := time.perf_counter() - started) < seconds:
            classifier.analyze(texts[scored % len(texts)])
            scored += 1
        sys.stdout.write(f"{words:5} words: {scored / spent_s:8.0f} texts a second\n")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"peak memory of the process: {peak_mb:.0f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
