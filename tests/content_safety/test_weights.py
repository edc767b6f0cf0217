"""The three files of weights: small, without pickle, and refused where they are broken or not of this classifier."""

import io
import itertools
import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from local.content_safety.classifier import encoder, linear, scale
from local.content_safety.classifier.inference import EmbeddedClassifier
from local.content_safety.classifier.linear import BadWeightsError

SHIPPED = (encoder.SHIPPED, linear.SHIPPED, scale.SHIPPED)
CATEGORIES = ("violence", "sexual", "hate_fairness", "self_harm")


def test_weights_are_small_altogether() -> None:
    files = [file for file in scale.SHIPPED.parent.iterdir() if file.is_file() and file.suffix != ".py"]
    assert set(SHIPPED) < set(files)
    assert sum(file.stat().st_size for file in files) <= 30 * 1024 * 1024


def test_no_weights_hold_a_pickle() -> None:
    assert {file.suffix for file in SHIPPED} == {".onnx", ".npz", ".json"}
    with zipfile.ZipFile(linear.SHIPPED) as archive:
        assert archive.namelist()
        for member in archive.namelist():
            array = np.load(io.BytesIO(archive.read(member)), allow_pickle=False)
            assert array.dtype.hasobject is False


def test_the_shipped_weights_are_of_this_classifier() -> None:
    known = scale.read()
    assert known.version == EmbeddedClassifier().version != ""
    for row, edges in enumerate(known.edges):
        assert len(edges) == 7
        assert all(left < right for left, right in itertools.pairwise(edges))
        assert known.encoder[row] + known.linear[row] > 0, "one of the two models is heard at least"


def _arrays(**changed: object) -> dict[str, object]:
    with np.load(linear.SHIPPED, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files} | changed
    return {name: array for name, array in arrays.items() if array is not None}


def _folder(folder: Path, *, but: Path) -> Path:
    """The shipped weights but one, whose place is returned."""
    for file in SHIPPED:
        if file != but:
            (folder / file.name).symlink_to(file)
    return folder / but.name


@pytest.mark.parametrize(
    "changed",
    [
        {"quantised": None},
        {"offsets": None},
        {"quantised": np.zeros((4, 8), dtype=np.int8)},
        {"quantised": np.zeros((4, 1 << 20), dtype=np.int16)},
        {"scales": np.ones(3)},
        {"offsets": np.ones(5)},
        {"about": np.frombuffer(b'{"categories": ["other"]}', dtype=np.uint8)},
        {"about": np.frombuffer(json.dumps({"categories": CATEGORIES[::-1]}).encode(), dtype=np.uint8)},
    ],
    ids=lambda changed: "-".join(changed),
)
def test_an_n_gram_model_that_does_not_fit_is_refused(tmp_path: Path, changed: dict[str, object]) -> None:
    path = _folder(tmp_path, but=linear.SHIPPED)
    np.savez(path, **_arrays(**changed))
    with pytest.raises(BadWeightsError):
        EmbeddedClassifier(tmp_path)


def test_an_n_gram_model_with_a_pickle_is_not_loaded(tmp_path: Path) -> None:
    path = _folder(tmp_path, but=linear.SHIPPED)
    np.savez(path, **_arrays(scales=np.array([pickle.dumps, None], dtype=object)))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        EmbeddedClassifier(tmp_path)


def test_the_same_n_gram_model_gives_the_same_bytes_and_is_read_back(tmp_path: Path) -> None:
    known = linear.read()
    for name in ("one.npz", "two.npz"):
        linear.write(known, tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    again = linear.read(tmp_path / "one.npz")
    for field in ("quantised", "scales", "offsets"):
        assert np.array_equal(getattr(again, field), getattr(known, field))


def test_quantised_weights_are_within_half_a_step() -> None:
    exact = np.random.default_rng(3).normal(size=(4, 1000))
    exact[2] = 0.0
    quantised, scales = linear.quantise(exact)
    assert quantised.dtype == np.int8
    assert np.abs(quantised * scales[:, None] - exact).max() <= scales.max() / 2 + 1e-12
    assert not quantised[2].any()


_SCALE = json.loads(scale.SHIPPED.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "changed",
    [
        {"version": ""},
        {"edges": None},
        {"edges": [[0.0] * 7] * 4},
        {"edges": [[float(edge) for edge in range(7)]] * 3},
        {"edges": [[float(edge) for edge in range(6)]] * 4},
        {"edges": [[float(edge) for edge in range(7)]] * 3 + [[0.0, 1.0]]},
        {"edges": [[*range(6), float("nan")]] * 4},
        {"edges": [[*range(6), float("inf")]] * 4},
        {"encoder": [0.5, 0.5, 0.5]},
        {"linear": [0.5, 0.5, 0.5, -0.5]},
        {"alone": ["x"] * 4},
        {"alone": [0.0] * 3},
        {"alone": [0.0, 0.0, 0.0, float("inf")]},
        {"per_window": [0.1, 0.1, 0.1, float("nan")]},
        {"per_window": [-0.1, 0.1, 0.1, 0.1]},
        {"unknown": 1},
    ],
    ids=lambda changed: "-".join(changed),
)
def test_a_scale_that_does_not_fit_is_refused(tmp_path: Path, changed: dict[str, object]) -> None:
    _folder(tmp_path, but=scale.SHIPPED).write_text(json.dumps(_SCALE | changed), encoding="utf-8")
    with pytest.raises(BadWeightsError):
        EmbeddedClassifier(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", "7", "null", "{}", '{"version": "1"}'])
def test_a_file_that_is_no_scale_is_refused(tmp_path: Path, content: str) -> None:
    _folder(tmp_path, but=scale.SHIPPED).write_text(content, encoding="utf-8")
    with pytest.raises(BadWeightsError):
        EmbeddedClassifier(tmp_path)


def test_a_scale_is_read_as_it_was_written(tmp_path: Path) -> None:
    scale.write(scale.read(), tmp_path / "scale.json")
    assert scale.read(tmp_path / "scale.json") == scale.read()


_BREAKS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "one byte short": lambda content: content[:-1],
    "zeros": lambda content: bytes(4096),
    "another file": lambda content: b"these are no weights " * 100,
    "damaged end": lambda content: content[:-300] + b"\xff" * 300,
    "an error page": lambda content: b"<html><body>404</body></html>",
}


@pytest.mark.parametrize("damage", _BREAKS.values(), ids=_BREAKS.keys())
def test_a_damaged_encoder_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = _folder(tmp_path, but=encoder.SHIPPED)
    path.write_bytes(damage(encoder.SHIPPED.read_bytes()))
    with pytest.raises(BadWeightsError, match=r"encoder\.onnx") as refused:
        EmbeddedClassifier(tmp_path)
    assert str(tmp_path) not in str(refused.value)
    path.unlink()  # pytest keeps the folders of some runs


@pytest.mark.parametrize("file", SHIPPED, ids=[file.name for file in SHIPPED])
def test_the_whole_copies_are_not_refused_and_each_is_needed(tmp_path: Path, file: Path) -> None:
    """The undisturbed case: what the refusals above refuse is the damage, not the folder."""
    path = _folder(tmp_path, but=file)
    with pytest.raises(Exception, match=r"(?i)no.?such.?file"):
        EmbeddedClassifier(tmp_path)
    shutil.copyfile(file, path)
    assert EmbeddedClassifier(tmp_path).version == scale.read().version
    path.unlink()


def _made() -> scale.Scale:
    ladder = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    rows: dict[str, object] = dict.fromkeys(("encoder", "linear", "alone", "per_window"), [0.5] * 4)
    return scale.Scale(version="1", edges=[[10 * row + edge for edge in ladder] for row in range(4)], **rows)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("score", "severity"),
    [
        (-np.inf, 0),
        (0.999999, 0),
        (1.0, 1),
        (1.000001, 1),
        (3.999999, 3),
        (4.0, 4),
        (6.9, 6),
        (7.0, 7),
        (1e9, 7),
    ],
)
def test_a_score_at_an_edge_has_the_severity_that_begins_there(score: float, severity: int) -> None:
    found = _made().severities(np.array([score, score + 10, score + 20, score + 30]))
    assert found == dict.fromkeys(CATEGORIES, severity)
    assert all(type(one) is int for one in found.values())


def test_each_category_has_edges_of_its_own() -> None:
    assert _made().severities(np.full(4, 14.0)) == {
        "violence": 7,
        "sexual": 4,
        "hate_fairness": 0,
        "self_harm": 0,
    }


def test_the_windows_count_by_doublings_and_beyond_eight_no_more() -> None:
    assert [scale.doublings(count) for count in (1, 2, 4, 8)] == [0.0, 1.0, 2.0, 3.0]
    assert 1.0 < scale.doublings(3) < 2.0
    assert scale.doublings(9) == scale.doublings(1000) == 3.0
