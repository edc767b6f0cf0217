"""Measure speed and memory: `python -m local.content_safety.classifier.speed`, as a table in Markdown."""

import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from local.content_safety.classifier.inference import EmbeddedClassifier
from local.content_safety.classifier.windows import tokenizer

THREADS = 2
SIZES = ((52, 400), (250, 100))
"""Word pieces of a text, and how many such texts are scored."""
_SENTENCE = (
    "the order was late and I would like to know whether the lamp can be sent back before the end of May "
    "because it flickers whenever somebody switches on the kettle in the next room"
)


def texts_of(pieces: int, count: int) -> list[str]:
    """So many different texts of so many word pieces; each of these words is one piece."""
    words = _SENTENCE.split()
    return [" ".join(words[(at + place) % len(words)] for place in range(pieces)) for at in range(count)]


def main() -> int:
    classifier = EmbeddedClassifier()
    sys.stdout.write(f"\n| word pieces of a text | texts a second, {THREADS} threads |\n|---|---|\n")
    for pieces, count in SIZES:
        texts = texts_of(pieces, count)
        counted = sum(len(tokenizer().encode(text, add_special_tokens=False).ids) for text in texts)
        with ThreadPoolExecutor(THREADS) as pool:
            started = time.perf_counter()
            list(pool.map(classifier.analyze, texts))
            spent_s = time.perf_counter() - started
        sys.stdout.write(f"| {counted / count:.0f} | {count / spent_s:.0f} |\n")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"\nMemory of the process: {peak_mb:.0f} MB at most.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
