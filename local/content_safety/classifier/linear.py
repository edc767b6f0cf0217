"""The n-gram model: one weight per feature and category, kept in eight bits."""

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local.content_safety.classifier import CATEGORIES, features

SHIPPED = Path(__file__).with_name("linear.npz")


class BadWeightsError(ValueError):
    """The file holds no weights of this classifier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """What training yields: log-odds are `values @ quantised[:, buckets] * scales + offsets`."""

    quantised: NDArray[np.int8]
    """Shape (categories, buckets)."""
    scales: NDArray[np.float64]
    offsets: NDArray[np.float64]

    def score(self, normalised: str) -> NDArray[np.float64]:
        """The log-odds of harm for one window of a normalised text, shape (4,), in policy order."""
        buckets, values = features.extract(features.tokens(normalised))
        summed: NDArray[np.float64] = (self.quantised[:, buckets].astype(np.float64) * values).sum(axis=1)
        return summed * self.scales + self.offsets


def write(linear: Linear, path: Path) -> None:
    """Write the weights; the same weights give the same bytes (no time stamps)."""
    arrays = {
        "quantised": linear.quantised,
        "scales": linear.scales,
        "offsets": linear.offsets,
        "about": np.frombuffer(json.dumps({"categories": CATEGORIES}).encode(), dtype=np.uint8),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            entry = io.BytesIO()
            np.lib.format.write_array(entry, np.ascontiguousarray(array), allow_pickle=False)
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, entry.getvalue(), compresslevel=9)


def read(path: Path = SHIPPED) -> Linear:
    """Read weights without pickle; BadWeightsError when they do not fit this code."""
    with np.load(path, allow_pickle=False) as archive:
        missing = {"quantised", "scales", "offsets", "about"} - set(archive.files)
        if missing:
            raise BadWeightsError(f"weights lack {', '.join(sorted(missing))}")
        about = json.loads(archive["about"].tobytes())
        linear = Linear(quantised=archive["quantised"], scales=archive["scales"], offsets=archive["offsets"])
    if about.get("categories") != list(CATEGORIES):
        raise BadWeightsError("weights are for other categories")
    if linear.quantised.shape != (len(CATEGORIES), features.BUCKETS) or linear.quantised.dtype != np.int8:
        raise BadWeightsError("weights have another number of buckets")
    if not (len(linear.scales) == len(linear.offsets) == len(CATEGORIES)):
        raise BadWeightsError("weights have another number of categories")
    return linear


def quantise(exact: NDArray[np.float64]) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """The weights as int8 and the scale of each row; a step is 1/127 of the row's largest weight."""
    scales = np.abs(exact).max(axis=1) / 127.0
    scales[scales == 0.0] = 1.0
    return np.rint(exact / scales[:, None]).astype(np.int8), scales
