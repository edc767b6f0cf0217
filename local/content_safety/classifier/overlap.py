"""Which texts share a word 8-gram with the training data: the proof that no sample was learned by heart.

The data is no part of the project, so training leaves behind a compact set of hashed 8-grams: 40-bit hashes,
sorted, as differences, each in a Rice code (k low bits, the rest in unary). A wrong hit has a chance of about
one in a million per 8-gram looked up.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local.content_safety.classifier import corpus, features

SHIPPED = Path(__file__).with_name("training_ngrams.bin")
WORDS = 8
STOCK_TEXTS = 4
"""An 8-gram of so many clean texts is a formula ("I'm sorry, but I can't help with that"), not content."""
ENGLISH = ("", "EN")
"""Languages in the set. The translations would double its size, and what it has to clear is English."""
_BITS = 40
_LOW_BITS = 20
_MAGIC = b"TGNG1"


def collect(examples: Iterable[corpus.Example]) -> NDArray[np.uint64]:
    """The hashes of all English 8-grams of the examples, ascending, without formulas."""
    everywhere: set[int] = set()
    in_clean: dict[int, int] = {}
    for example in examples:
        if example.language not in ENGLISH:
            continue
        found = set(hashes(example.text))
        everywhere |= found
        if example.is_clean:
            for one in found:
                in_clean[one] = in_clean.get(one, 0) + 1
    return np.array(sorted(one for one in everywhere if in_clean.get(one, 0) < STOCK_TEXTS), dtype=np.uint64)


def hashes(text: str) -> Iterator[int]:
    """Yield the hash of every run of eight words; punctuation and case do not count."""
    words = [token for token in features.tokens(features.normalise(text)) if token[0].isalnum()]
    for at in range(len(words) - WORDS + 1):
        gram = " ".join(words[at : at + WORDS]).encode("utf-8", "surrogatepass")
        yield int.from_bytes(hashlib.blake2b(gram, digest_size=_BITS // 8).digest())


class TrainingNgrams:
    """Decides whether a text shares an 8-gram with what the shipped weights were learned from."""

    def __init__(self, path: Path = SHIPPED) -> None:
        self._known = read(path)

    def shares(self, text: str) -> bool:
        """Whether any 8-gram of the text was seen in training."""
        looked_up = np.fromiter(hashes(text), dtype=np.uint64)
        if not looked_up.size or not self._known.size:
            return False
        at = np.minimum(np.searchsorted(self._known, looked_up), len(self._known) - 1)
        return bool((self._known[at] == looked_up).any())

    def __len__(self) -> int:
        return len(self._known)


def write(ngrams: NDArray[np.uint64], path: Path) -> None:
    """Write the ascending hashes in Rice code."""
    gaps = np.diff(ngrams, prepend=np.uint64(0))
    low = gaps & np.uint64((1 << _LOW_BITS) - 1)
    low_bits = ((low[:, None] >> np.arange(_LOW_BITS, dtype=np.uint64)) & np.uint64(1)).astype(np.uint8)
    ends = np.cumsum((gaps >> np.uint64(_LOW_BITS)).astype(np.int64) + 1)
    unary = np.zeros(int(ends[-1]) if ends.size else 0, dtype=np.uint8)
    unary[ends - 1] = 1
    path.write_bytes(
        _MAGIC
        + len(ngrams).to_bytes(4)
        + np.packbits(low_bits.reshape(-1)).tobytes()
        + np.packbits(unary).tobytes()
    )


def read(path: Path) -> NDArray[np.uint64]:
    """The ascending hashes of a file that `write` wrote."""
    content = path.read_bytes()
    if not content.startswith(_MAGIC):
        raise ValueError(f"{path.name} holds no training 8-grams")
    count = int.from_bytes(content[len(_MAGIC) : len(_MAGIC) + 4])
    body = np.frombuffer(content, dtype=np.uint8, offset=len(_MAGIC) + 4)
    low_bytes = (count * _LOW_BITS + 7) // 8
    low_bits = np.unpackbits(body[:low_bytes], count=count * _LOW_BITS).reshape(count, _LOW_BITS)
    low = (low_bits.astype(np.uint64) << np.arange(_LOW_BITS, dtype=np.uint64)).sum(axis=1, dtype=np.uint64)
    ends = np.flatnonzero(np.unpackbits(body[low_bytes:]))[:count]
    high = (np.diff(ends, prepend=-1) - 1).astype(np.uint64)
    return np.cumsum((high << np.uint64(_LOW_BITS)) | low, dtype=np.uint64)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="overlap", description="Name the lines that share a word 8-gram with the training data."
    )
    parser.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args(arguments)
    known = TrainingNgrams()
    shared = 0
    for file in options.files:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if known.shares(line):
                shared += 1
                sys.stdout.write(f"{file}:{number}\n")
    sys.stdout.write(f"{shared} lines share an 8-gram with the training data.\n")
    return 1 if shared else 0


if __name__ == "__main__":
    sys.exit(main())
