"""How near texts are to each other: the cosine of TF-IDF vectors over word and character n-grams."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 18
"""N-grams are hashed into this many features, so every word of a new text has a place."""

CHARACTER_WEIGHT = 0.4
"""What a character n-gram counts beside a word: there are some six of them for every word."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """The distinct features of one text, ascending, and the weight of each before the inverse frequency."""

    ids: NDArray[np.uint32]
    weights: NDArray[np.float32]


def features(text: str) -> Features:
    """Yield a text's words, word pairs and the character trigrams and fourgrams inside its words."""
    words = _WORD.findall(text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    whole = [_bucket("w", word) for word in words]
    whole += [_bucket("p", f"{one} {two}") for one, two in pairwise(words)]
    pieces = [piece for word in words for piece in _pieces(word)]
    hashed = np.array(whole + pieces, dtype=np.uint32)
    share = np.ones(len(hashed), dtype=np.float32)
    share[len(whole) :] = CHARACTER_WEIGHT
    ids, first, counts = np.unique(hashed, return_index=True, return_counts=True)
    return Features(ids=ids, weights=(share[first] * (1 + np.log(counts))).astype(np.float32))


def _bucket(kind: str, gram: str) -> int:
    # A checksum, not hash(): Python salts its own anew in every process.
    return zlib.crc32(f"{kind}{gram}".encode("utf-8", "surrogatepass")) % BUCKETS


@lru_cache(maxsize=50_000)
def _pieces(word: str) -> tuple[int, ...]:
    padded = f"<{word}>"
    return tuple(
        _bucket("c", padded[start : start + size])
        for size in (3, 4)
        for start in range(len(padded) - size + 1)
    )


class Index:
    """A fixed list of texts that says how near a new one is to each of them."""

    def __init__(self, texts: Sequence[str]) -> None:
        bags = [features(text) for text in texts]
        self._size = len(bags)
        ids = np.concatenate([bag.ids for bag in bags]) if bags else np.empty(0, np.uint32)
        frequency = np.bincount(ids, minlength=BUCKETS)
        # Smoothed; a feature that no text has gets the highest weight: unknown words push a text away.
        self._rarity = (np.log((1 + self._size) / (1 + frequency)) + 1).astype(np.float32)
        weights = [self._unit(bag) for bag in bags]
        owners = np.repeat(np.arange(self._size, dtype=np.uint32), [len(bag.ids) for bag in bags])
        order = np.argsort(ids, kind="stable")
        self._owners = owners[order]
        self._weights = np.concatenate(weights)[order] if bags else np.empty(0, np.float32)
        self._starts = np.concatenate(([0], np.cumsum(frequency)))

    def __len__(self) -> int:
        return self._size

    def cosines(self, text: str) -> NDArray[np.float64]:
        """Yield the cosine of `text` with every text of the index, 0 to 1, in the index's order."""
        bag = features(text)
        begins = self._starts[bag.ids]
        counts = self._starts[bag.ids + 1] - begins
        # Every posting of every feature, gathered at once: a loop over the features takes ten times as long.
        skipped = np.concatenate(([0], np.cumsum(counts)[:-1])) if len(counts) else counts
        places = np.arange(counts.sum()) + np.repeat(begins - skipped, counts)
        products = np.repeat(self._unit(bag), counts) * self._weights[places]
        summed = np.bincount(self._owners[places], weights=products, minlength=self._size)
        return summed.astype(np.float64, copy=False)

    def _unit(self, bag: Features) -> NDArray[np.float32]:
        weights = bag.weights * self._rarity[bag.ids]
        length = float(np.linalg.norm(weights))
        return weights / length if length else weights
