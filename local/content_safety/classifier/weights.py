"""The classifier's weights on disk: one int8 per bucket and category, and the edges between severities."""

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local.content_safety.classifier.features import BUCKETS

SHIPPED = Path(__file__).with_name("weights.npz")
CATEGORIES = ("violence", "sexual", "hate_fairness", "self_harm")
_EDGES = 7


class BadWeightsError(ValueError):
    """The file holds no weights of this classifier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What training yields: scores are `values @ quantised[:, buckets] * scales + offsets`."""

    version: str
    quantised: NDArray[np.int8]
    """Shape (categories, buckets)."""
    scales: NDArray[np.float64]
    offsets: NDArray[np.float64]
    edges: NDArray[np.float64]
    """Shape (categories, 7), ascending: a score at or above the n-th edge has severity n or more."""


def write(weights: Weights, path: Path) -> None:
    """Write the weights; the same weights give the same bytes (no time stamps)."""
    arrays = {
        "quantised": weights.quantised,
        "scales": weights.scales,
        "offsets": weights.offsets,
        "edges": weights.edges,
        "about": np.frombuffer(_about(weights.version), dtype=np.uint8),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            entry = io.BytesIO()
            np.lib.format.write_array(entry, np.ascontiguousarray(array), allow_pickle=False)
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, entry.getvalue(), compresslevel=9)


def read(path: Path = SHIPPED) -> Weights:
    """Read weights without pickle; BadWeightsError when they do not fit this code."""
    with np.load(path, allow_pickle=False) as archive:
        missing = {"quantised", "scales", "offsets", "edges", "about"} - set(archive.files)
        if missing:
            raise BadWeightsError(f"weights lack {', '.join(sorted(missing))}")
        about = json.loads(archive["about"].tobytes())
        weights = Weights(
            version=str(about.get("version", "")),
            quantised=archive["quantised"],
            scales=archive["scales"],
            offsets=archive["offsets"],
            edges=archive["edges"],
        )
    if about.get("categories") != list(CATEGORIES) or not weights.version:
        raise BadWeightsError("weights are for other categories")
    if weights.quantised.shape != (len(CATEGORIES), BUCKETS) or weights.quantised.dtype != np.int8:
        raise BadWeightsError("weights have another number of buckets")
    if weights.edges.shape != (len(CATEGORIES), _EDGES) or not (np.diff(weights.edges, axis=1) > 0).all():
        raise BadWeightsError("edges between severities must ascend")
    return weights


def quantise(exact: NDArray[np.float64]) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """The weights as int8 and the scale of each row; a step is 1/127 of the row's largest weight."""
    scales = np.abs(exact).max(axis=1) / 127.0
    scales[scales == 0.0] = 1.0
    return np.rint(exact / scales[:, None]).astype(np.int8), scales


def _about(version: str) -> bytes:
    return json.dumps({"version": version, "categories": CATEGORIES}, sort_keys=True).encode()
